//! File bundles in the virtual world: written by one city, taken by another, with every step committed.

use tongban_identity::DivisionCode;
use tongban_ledger::answer::BundleTaken;
use tongban_ledger::code::Code;
use tongban_sync::bundle::Bundle;

use super::{SimError, World, refusal_apart};

impl World {
    /// Lets a city write what another has not confirmed, or everything, in as many files as that takes.
    ///
    /// # Errors
    /// The city is stopped, cannot read its disk, or refuses.
    pub fn write_files(
        &mut self,
        at: usize,
        to: DivisionCode,
        everything: bool,
    ) -> Result<Vec<Vec<u8>>, SimError> {
        let mut files = Vec::new();
        let mut next = None;
        loop {
            let part = self.ask(at, |engine, ctx| {
                let to = engine.city_of(to)?;
                engine.export_bundle(ctx, &to, everything, next.as_deref())
            })?;
            let part = self.agreed(at, part)?;
            files.push(part.bytes);
            next = part.next;
            if next.is_none() {
                return Ok(files);
            }
        }
    }

    /// Lets a city take a file, one frame in each step.
    ///
    /// # Errors
    /// The city is stopped, cannot read its disk, or refuses.
    pub fn take_file(&mut self, at: usize, file: Vec<u8>) -> Result<BundleTaken, SimError> {
        let division = self.machines[at].division;
        let bundle =
            Bundle::read(file).map_err(|error| SimError::Refused(division, error.code()))?;
        let begun = self.ask(at, |engine, ctx| engine.begin_intake(ctx, &bundle))?;
        let mut intake = self.agreed(at, begun)?;
        for nth in 0..bundle.frames() {
            let taken = self.ask(at, |engine, ctx| {
                engine.take_frame(ctx, &bundle, &mut intake, nth)
            })?;
            self.agreed(at, taken)?;
        }
        let ended = self.ask(at, |engine, ctx| engine.end_intake(ctx, &bundle, &intake))?;
        self.agreed(at, ended)
    }

    fn agreed<T>(
        &self,
        at: usize,
        result: Result<T, tongban_sync::CommandError>,
    ) -> Result<T, SimError> {
        let division = self.machines[at].division;
        let refused = |code: Code| SimError::Refused(division, code);
        refusal_apart(division, result)?.map_err(|refusal| refused(refusal.code))
    }
}
