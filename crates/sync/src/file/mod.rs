//! Case files (卷宗): form fields, a checklist and notes that clerks of several cities edit at once.
//!
//! A file is an Automerge document. Each entry carries at most one uncompressed change of it, by an
//! actor derived from the entry's header. Acts never live here: custody, decisions and money are
//! signed entries that no merge decides.
//!
//! A foreign change passes, in this order: the scanner (`scan`, `columns`), the box around Automerge
//! (`boxed`), the schema (`schema`), the file's own records (`records`), and then an application on a
//! copy that replaces the file when it succeeds (`casefile`).

mod actor;
mod boxed;
mod casefile;
mod check;
mod columns;
mod edit;
mod genesis;
mod leb;
mod limits;
mod records;
mod scan;
mod schema;
mod twins;
mod view;

#[cfg(test)]
mod tests;

pub use actor::actor_id;
pub use boxed::EngineRefusal;
pub use casefile::{CaseFile, Shape};
pub use check::FileRefusal;
pub use edit::{Edit, EditError};
pub use genesis::GENESIS_HASH;
pub use limits::{
    CHANGE_BYTES_MAX, COUNTER_MAX, DEPS_MAX, EDITS_MAX, NAME_BYTES_MAX, OPS_MAX, OTHER_ACTORS_MAX,
    VALUE_BYTES_MAX,
};
pub use scan::{ScanRefusal, Scanned, scan};
pub use schema::SchemaRefusal;
pub use twins::FiledChange;
pub use view::FileView;
