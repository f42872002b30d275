//! Hands other than a clerk's: the operator who gives a node another key, and who stole the one it has.

use std::collections::BTreeSet;

use tongban_identity::DivisionCode;
use tongban_ledger::command::Command;

use super::error::RunError;
use super::report::What;
use super::{Runner, engine};
use crate::engine::Engine;
use crate::forge::{self, ForgeError};
use crate::scenario::{Fault, Step};

impl<E: Engine> Runner<'_, E> {
    /// Gives a node another device key; the fault's label stands for the revocation of the old one.
    pub(super) async fn rotate(
        &mut self,
        fault: &Fault,
        node: DivisionCode,
    ) -> Result<(), RunError<E::Error>> {
        let revocation = engine!(self, rotate, node)?;
        if let Some(label) = &fault.label {
            self.labels.insert(label.clone(), revocation);
        }
        Ok(())
    }

    /// Lets a city make another root key; the fault's label stands for the invitation under it.
    pub(super) async fn new_root(
        &mut self,
        fault: &Fault,
        node: DivisionCode,
    ) -> Result<(), RunError<E::Error>> {
        let invitation = engine!(self, new_root, node)?;
        if let Some(label) = &fault.label {
            self.labels.insert(label.clone(), invitation);
        }
        engine!(self, begin, fault)
    }

    /// Signs a twin with a city's key, and hands it to some cities in files.
    pub(super) async fn forge(
        &mut self,
        step: &Step,
        command: &Command,
        shown: &[DivisionCode],
    ) -> Result<(), RunError<E::Error>> {
        let node = step.node;
        let document = self.document_of(node, command).await?;
        let status = engine!(self, status, node.into())?;
        let members = status.agreements.iter().flat_map(|one| &one.members);
        let members: BTreeSet<DivisionCode> = members.map(|one| one.city.division).collect();
        let mut files = Vec::new();
        for city in self.cities.clone() {
            if city != node && members.contains(&city) {
                let written = engine!(self, write_files, node.into(), city, true)?;
                files.push((city, written));
            }
        }
        let key = engine!(self, steal_key, node)?;
        for city in shown {
            let forged = forge::twin(&key, &files, *city, &document, command);
            let forged = forged.map_err(|source| RunError::Forge {
                at: self.clock,
                node,
                source,
            })?;
            let taken = engine!(self, take_files, (*city).into(), vec![forged])?;
            self.failed |= taken.is_err();
        }
        let what = What::Forged {
            node,
            act: step.act,
            shown: shown.to_vec(),
        };
        self.happened(what, step.say.clone());
        Ok(())
    }

    /// The document that a command is about, as a city has it: a case, a bill, or the agreement.
    async fn document_of(
        &mut self,
        node: DivisionCode,
        command: &Command,
    ) -> Result<String, RunError<E::Error>> {
        let document = match (command.case(), command) {
            (Some(case), _) => engine!(self, case, node, case)?.map(|answer| answer.row.document),
            (None, Command::BillDraft(named)) => {
                let agreement = named.agreement.as_deref();
                let bill = engine!(self, bill, node, named.month, named.with, agreement)?;
                bill.and_then(|bill| bill.row.document)
            }
            (None, _) => {
                let status = engine!(self, status, node.into())?;
                let first = status.agreements.into_iter().next();
                first.map(|agreement| agreement.agreement)
            }
        };
        document.ok_or(RunError::Forge {
            at: self.clock,
            node,
            source: ForgeError::Unknown,
        })
    }
}
