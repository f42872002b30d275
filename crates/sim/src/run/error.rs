//! Why a run could not go on. A step or expectation that went otherwise is no error; the report has it.

use tongban_identity::DivisionCode;
use tongban_ledger::answer::Refusal;
use tongban_ledger::code::Code;

use crate::forge::ForgeError;
use crate::scenario::Moment;

/// Reports why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: std::error::Error + 'static> {
    /// The scenario does not name this engine.
    #[error("the scenario is not for the engine `{engine}`{}", because(.reason))]
    OtherEngine {
        /// The engine.
        engine: &'static str,
        /// The scenario's reason, if it gives one.
        reason: Option<String>,
    },
    /// The engine failed.
    #[error("at {at} the engine failed")]
    Engine {
        /// The scripted time.
        at: Moment,
        /// The cause.
        source: E,
    },
    /// A city refused to found or to sign the agreement.
    #[error("{node} refused to found or sign the agreement: {}{}", .refusal.code, about(.refusal))]
    Founding {
        /// The city.
        node: DivisionCode,
        /// Its refusal.
        refusal: Refusal,
    },
    /// A twin could not be forged.
    #[error("at {at} no twin can be signed for {node}")]
    Forge {
        /// The scripted time.
        at: Moment,
        /// The city whose key signs it.
        node: DivisionCode,
        /// The cause.
        source: ForgeError,
    },
    /// The cities did not come to rest.
    #[error("at {at} the cities do not come to rest: {gap}")]
    Standstill {
        /// The scripted time.
        at: Moment,
        /// What was still open at the last look.
        gap: Gap,
    },
}

impl<E: std::error::Error + 'static> RunError<E> {
    /// Returns the node's refusal code, where a node refused.
    pub fn code(&self) -> Option<Code> {
        match self {
            RunError::Founding { refusal, .. } => Some(refusal.code),
            _ => None,
        }
    }
}

/// What is open between cities.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// The agreement is not in force in a city.
    #[error("the agreement is not in force in {0}")]
    Agreement(DivisionCode),
    /// A link is down though nothing cuts it.
    #[error("{from} has no link to {to}")]
    Offline {
        /// The city that says so.
        from: DivisionCode,
        /// The other city.
        to: DivisionCode,
    },
    /// Entries are on their way.
    #[error("{entries} entries of {from} wait for the receipt of {to}")]
    Waiting {
        /// The city that has them.
        from: DivisionCode,
        /// The city that lacks them.
        to: DivisionCode,
        /// How many.
        entries: u64,
    },
    /// Entries wait for something they rest on.
    #[error("{entries} entries at {node} wait for something they rest on")]
    Pending {
        /// The city.
        node: DivisionCode,
        /// How many.
        entries: u64,
    },
    /// Two cities show a document differently.
    #[error("{a} and {b} differ on the document {document}")]
    Differs {
        /// The document.
        document: String,
        /// One city.
        a: DivisionCode,
        /// The other.
        b: DivisionCode,
    },
    /// Something changed between the last two looks.
    #[error("entries still arrive")]
    Moving,
}

fn because(reason: &Option<String>) -> String {
    reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(": {reason}"))
}

fn about(refusal: &Refusal) -> String {
    match refusal.about.as_str() {
        "" => String::new(),
        about => format!(" ({about})"),
    }
}
