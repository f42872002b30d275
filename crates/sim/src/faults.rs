//! The faults that a scenario may name, as a table: what `tongban scenario faults` prints and what the
//! reader of files accepts.

use serde::Serialize;

use crate::scenario::EngineName;

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
    /// The links between two or more groups of cities are cut.
    Partition,
}

impl FaultKind {
    /// Returns the name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            FaultKind::Down => "down",
            FaultKind::Kill => "kill",
            FaultKind::Pause => "pause",
            FaultKind::Partition => "partition",
        }
    }

    /// Finds the fault of a name.
    pub fn from_name(name: &str) -> Option<FaultKind> {
        TABLE
            .iter()
            .map(|row| row.kind)
            .find(|kind| kind.as_str() == name)
    }

    /// Says whether the fault hits one city's process.
    pub const fn hits_process(self) -> bool {
        !matches!(self, FaultKind::Partition)
    }
}

/// A row of the fault table.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FaultRow {
    /// The fault; its name in files.
    pub kind: FaultKind,
    /// The engines that can make it.
    pub engines: &'static [EngineName],
    /// Its keys beside `kind`; an optional one stands in brackets.
    pub arguments: &'static str,
    /// What happens, in Chinese.
    pub zh: &'static str,
    /// What happens, in English.
    pub en: &'static str,
}

/// Every fault, in the order of the reference.
pub const TABLE: &[FaultRow] = &[
    FaultRow {
        kind: FaultKind::Down,
        engines: &EngineName::ALL,
        arguments: "node, from, until, [settle], [say]",
        zh: "节点正常停机，到时重新启动",
        en: "the node stops cleanly and starts again at the end",
    },
    FaultRow {
        kind: FaultKind::Kill,
        engines: &EngineName::ALL,
        arguments: "node, at, [until], [settle], [say]",
        zh: "节点进程被强行终止（SIGKILL），立即或到时重新启动",
        en: "the node's process is killed (SIGKILL) and starts again at once, or at the end",
    },
    FaultRow {
        kind: FaultKind::Pause,
        engines: &EngineName::ALL,
        arguments: "node, from, until, [settle], [say]",
        zh: "节点进程被冻结（SIGSTOP），到时继续运行",
        en: "the node's process is frozen (SIGSTOP) and goes on at the end",
    },
    FaultRow {
        kind: FaultKind::Partition,
        engines: &EngineName::ALL,
        arguments: "groups, from, until, [settle], [say]",
        zh: "各组城市之间的网络中断，到时恢复；未列入任何一组的城市不受影响",
        en: "links between the groups are cut and heal at the end; a city in no group keeps its links",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_every_kind_once() {
        let kinds = [
            FaultKind::Down,
            FaultKind::Kill,
            FaultKind::Pause,
            FaultKind::Partition,
        ];
        assert_eq!(TABLE.len(), kinds.len());
        for kind in kinds {
            assert_eq!(FaultKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(FaultKind::from_name("earthquake"), None);
    }
}
