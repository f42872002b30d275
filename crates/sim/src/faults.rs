//! The faults that a scenario may name: their kinds, and what can be said of each. The table is in `rows`.

mod hostile;
mod rows;

use serde::Serialize;

use crate::scenario::EngineName;

pub use rows::TABLE;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The node is stopped cleanly and started again.
    Down,
    /// The node's process is killed without warning (SIGKILL) and started again.
    Kill,
    /// The node's process is frozen (SIGSTOP) and goes on later.
    Pause,
    /// The node's process is killed and started again and again.
    CrashLoop,
    /// Every node is killed; they start again in an order of the file's choice.
    RestartAll,
    /// The process dies in its next commit, of which nothing is on the disk.
    CrashBefore,
    /// The process dies in its next commit, which is on the disk.
    CrashAfter,
    /// The links between two or more groups of cities are cut.
    Partition,
    /// One city reaches nobody.
    HubOff,
    /// What one city sends to another does not arrive.
    OneWay,
    /// Links break and heal in turn.
    Flap,
    /// A city's links are cut one by one and heal one by one in another order.
    Swizzle,
    /// One end of a link is gone and the other does not notice.
    HalfOpen,
    /// A link breaks with everything on its way.
    Reset,
    /// Frames take longer, each as long as it happens to take.
    Delay,
    /// A few frames take very long.
    HeavyTail,
    /// Few bytes pass in a second.
    Slow,
    /// Some frames are lost or changed, which breaks their link.
    Loss,
    /// Frames come twice.
    Duplicate,
    /// Old frames come again on a new link.
    Replay,
    /// A city moves to another address.
    AddressChange,
    /// The power goes in the next commit.
    PowerCut,
    /// A sync reports an error.
    SyncError,
    /// Syncs report success and do nothing until the power goes.
    SyncLies,
    /// The disk is full.
    DiskFull,
    /// Some records cannot be read.
    ReadError,
    /// A record that lies on the disk loses a bit.
    BitRot,
    /// Commits take longer.
    SlowDisk,
    /// Nothing can be written.
    ReadOnly,
    /// The civil clock jumps.
    ClockStep,
    /// The civil clock runs fast or slow.
    ClockDrift,
    /// The civil clock stands still.
    ClockFreeze,
    /// The civil clock shows one absurd time.
    ClockAbsurd,
    /// An old copy of the data is put back.
    Restore,
    /// A copy of the machine runs beside it.
    Clone,
    /// The data are gone; the keys are not.
    Wipe,
    /// A device gets another key.
    Rotate,
    /// A city makes another root key, and its node signs under that one later.
    NewRoot,
    /// A hostile city: signs a second entry under a number that it used, and shows it to some only.
    ByzantineEquivocate,
    /// A hostile city: leaves its entries out of what it sends to some cities.
    ByzantineWithhold,
    /// A hostile city: sends old frames again.
    ByzantineReplay,
    /// A hostile city: seals file changes that hurt an Automerge document.
    ByzantinePoison,
    /// A hostile city: sends thousands of entries that rest on nothing, once.
    ByzantineFlood,
    /// A hostile city: announces entries that do not exist.
    ByzantineFalseFeed,
    /// A hostile city: bills one tracking number twice.
    ByzantineDoubleBill,
    /// A hostile city: signs acts that its standing does not allow, and pushes one case to two cities.
    ByzantineUsurp,
    /// A hostile city: signs at absurd times.
    ByzantineBackdate,
    /// A hostile city: opens cases by the dozen.
    ByzantineSpam,
    /// A hostile city: signs in the name of other cities.
    ByzantineForge,
    /// A hostile city: asks for documents and keys that are not its own.
    ByzantineSnoop,
    /// A hostile city: signs entries that skip numbers or depths, or lie in the wrong document.
    ByzantineMalform,
    /// A hostile city: forks the membership log by contradicting votes.
    ByzantineForkVotes,
    /// A city is gone for good.
    ByzantineVanish,
    /// Every command so far is given again under its key.
    Repeat,
}

/// Whom a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// `node`: its process, which does not answer as long as the fault holds.
    Process,
    /// `node`: its surroundings; it goes on answering.
    City,
    /// `node` and `to`: the way between two cities.
    Link,
    /// `node` and, if wanted, `to`: one way, or all of a city's.
    Links,
    /// `groups`: the sides of a partition.
    Groups,
    /// `order`: every city, in this order.
    Everybody,
}

/// When a fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// `from` and `until`.
    FromUntil,
    /// `at`, and `until` if wanted.
    AtUntil,
    /// `at`: it is over at once.
    At,
}

/// The number that a fault takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Its key, with the unit in the name.
    pub key: &'static str,
    /// The least.
    pub min: i64,
    /// The most.
    pub max: i64,
    /// What it is where the file does not say; it has to where there is none.
    pub otherwise: Option<i64>,
}

/// A row of the fault table.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FaultRow {
    /// The fault.
    pub kind: FaultKind,
    /// Its name in files.
    pub name: &'static str,
    /// The letters and numbers of the faults that it stands for, as operators count them: N network, D disk,
    /// C clock, P process, O operator, B Byzantine.
    pub ids: &'static [&'static str],
    /// The engines that can make it.
    pub engines: &'static [EngineName],
    /// Why an engine is left out, in English.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'static str,
    /// Whom it hits.
    pub aim: Aim,
    /// When it ends.
    pub span: Span,
    /// The number that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What happens, in Chinese.
    pub zh: &'static str,
    /// What happens, in English.
    pub en: &'static str,
}

impl FaultKind {
    /// Returns the row of the table.
    pub fn row(self) -> &'static FaultRow {
        TABLE
            .iter()
            .find(|row| row.kind == self)
            .expect("every kind has a row")
    }

    /// Returns the name in files.
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Finds the fault of a name.
    pub fn from_name(name: &str) -> Option<FaultKind> {
        let row = TABLE.iter().find(|row| row.name == name)?;
        Some(row.kind)
    }

    /// Says whether the fault hits one city's process, which then may not answer.
    pub fn hits_process(self) -> bool {
        self.row().aim == Aim::Process
    }

    /// Says whether the fault makes a file for which a label may stand.
    pub const fn is_labelled(self) -> bool {
        matches!(self, FaultKind::Rotate | FaultKind::NewRoot)
    }

    /// Says whether the fault takes turns while it holds, every so many seconds.
    pub fn turns(self) -> bool {
        self.row()
            .amount
            .is_some_and(|amount| amount.key == "every_s")
    }
}

impl FaultRow {
    /// Says whether an engine can make it.
    pub fn runs_on(&self, engine: EngineName) -> bool {
        self.engines.contains(&engine)
    }

    /// The keys that a file gives beside `kind`; an optional one stands in brackets.
    pub fn arguments(&self) -> String {
        let mut keys: Vec<String> = match self.aim {
            Aim::Process | Aim::City => vec!["node".to_owned()],
            Aim::Link => vec!["node".to_owned(), "to".to_owned()],
            Aim::Links => vec!["node".to_owned(), "[to]".to_owned()],
            Aim::Groups => vec!["groups".to_owned()],
            Aim::Everybody => vec!["order".to_owned()],
        };
        let span: &[&str] = match self.span {
            Span::FromUntil => &["from", "until"],
            Span::AtUntil => &["at", "[until]"],
            Span::At => &["at"],
        };
        keys.extend(span.iter().map(|key| (*key).to_owned()));
        keys.extend(self.amount.map(|amount| match amount.otherwise {
            Some(_) => format!("[{}]", amount.key),
            None => amount.key.to_owned(),
        }));
        keys.extend(self.kind.is_labelled().then(|| "[as]".to_owned()));
        keys.extend(["[settle]".to_owned(), "[say]".to_owned()]);
        keys.join(", ")
    }

    /// The keys that a file may give.
    pub fn keys(&self) -> Vec<&'static str> {
        let mut keys = vec!["kind", "settle", "say"];
        keys.extend_from_slice(match self.aim {
            Aim::Process | Aim::City => &["node"],
            Aim::Link | Aim::Links => &["node", "to"],
            Aim::Groups => &["groups"],
            Aim::Everybody => &["order"],
        });
        keys.extend_from_slice(match self.span {
            Span::FromUntil => &["from", "until"],
            Span::AtUntil => &["at", "until"],
            Span::At => &["at"],
        });
        keys.extend(self.amount.map(|amount| amount.key));
        keys.extend(self.kind.is_labelled().then_some("as"));
        keys
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_has_each_kind_and_each_name_once() {
        let kinds: BTreeSet<FaultKind> = TABLE.iter().map(|row| row.kind).collect();
        let names: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!((kinds.len(), names.len()), (TABLE.len(), TABLE.len()));
        // The last kind is the one with the highest number.
        assert_eq!(TABLE.len(), FaultKind::Repeat as usize + 1);
        for row in TABLE {
            assert_eq!(FaultKind::from_name(row.name), Some(row.kind));
            let left_out = row.engines.len() < EngineName::ALL.len();
            assert_eq!(left_out, !row.reason.is_empty(), "{}", row.name);
            assert!(!row.ids.is_empty() && !row.zh.is_empty() && !row.en.is_empty());
        }
        assert_eq!(FaultKind::from_name("earthquake"), None);
    }

    #[test]
    fn the_faults_of_the_list_are_there() {
        let made: BTreeSet<&str> = TABLE.iter().flat_map(|row| row.ids).copied().collect();
        let network = (1..=15).map(|n| format!("N{n}"));
        let disk = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12].map(|n| format!("D{n}"));
        let clock = (1..=6).map(|n| format!("C{n}"));
        let process = (1..=5).map(|n| format!("P{n}"));
        let operator = [1, 2, 3, 10].map(|n| format!("O{n}"));
        let hostile = (1..=16).map(|n| format!("B{n}"));
        for id in network
            .chain(disk)
            .chain(clock)
            .chain(process)
            .chain(operator)
            .chain(hostile)
        {
            assert!(made.contains(id.as_str()), "{id} is missing");
        }
    }
}
