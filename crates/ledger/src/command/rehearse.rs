//! Arguments of a rehearsal: commands that are judged as if they were given, and leave nothing behind.

use serde::{Deserialize, Serialize};

use super::Command;

/// The most commands of one rehearsal.
pub const REHEARSED_MAX: usize = 512;

/// Carries out `city.roster`, `agreement.publish-guide` and `agreement.propose-batch`, one after the other, each on what
/// those before it left, up to the first one that is refused; then forgets them all. Nothing is signed or stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearse {
    /// The commands; 1 to [`REHEARSED_MAX`].
    pub commands: Vec<Command>,
}
