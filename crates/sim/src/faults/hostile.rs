//! The rows of hostile cities. What each does is in `byzantine`.

use super::{Aim, Amount, FaultKind, FaultRow, Span};
use crate::scenario::EngineName;

/// Why no node can be told to.
const REASON: &str = "a real node does not lie";

/// A city that acts every so many seconds.
const fn acts(
    kind: FaultKind,
    name: &'static str,
    ids: &'static [&'static str],
    zh: &'static str,
    en: &'static str,
) -> FaultRow {
    FaultRow {
        amount: Some(Amount {
            key: "every_s",
            min: 10,
            max: 3600,
            otherwise: Some(120),
        }),
        ..lies(kind, name, ids, zh, en)
    }
}

/// A city that lies on the wire all the time.
const fn lies(
    kind: FaultKind,
    name: &'static str,
    ids: &'static [&'static str],
    zh: &'static str,
    en: &'static str,
) -> FaultRow {
    FaultRow {
        kind,
        name,
        ids,
        engines: &[EngineName::Sim],
        reason: REASON,
        aim: Aim::City,
        span: Span::FromUntil,
        amount: None,
        zh,
        en,
    }
}

/// Every hostile script, in the order of the kinds.
pub(super) const ROWS: [FaultRow; 15] = [
    acts(
        FaultKind::ByzantineEquivocate,
        "byzantine-equivocate",
        &["B1", "B13"],
        "一个城市以已用过的序号另签一条记录，只给部分城市看",
        "a city signs a second entry under a number that it used, and shows it to some only",
    ),
    lies(
        FaultKind::ByzantineWithhold,
        "byzantine-withhold",
        &["B2"],
        "一个城市向部分城市隐去自己的记录",
        "a city leaves its entries out of what it sends to some cities",
    ),
    lies(
        FaultKind::ByzantineReplay,
        "byzantine-replay",
        &["B3"],
        "一个城市重发旧的消息",
        "a city sends old frames again",
    ),
    acts(
        FaultKind::ByzantinePoison,
        "byzantine-poison",
        &["B4", "B5"],
        "一个城市签发有害的文件改动",
        "a city seals file changes that hurt a case file",
    ),
    acts(
        FaultKind::ByzantineFlood,
        "byzantine-flood",
        &["B6"],
        "一个城市一次发出数千条无所依据的记录",
        "a city sends thousands of entries that rest on nothing, once",
    ),
    lies(
        FaultKind::ByzantineFalseFeed,
        "byzantine-false-feed",
        &["B7"],
        "一个城市宣告不存在的记录",
        "a city announces entries that do not exist",
    ),
    acts(
        FaultKind::ByzantineDoubleBill,
        "byzantine-double-bill",
        &["B8"],
        "一个城市对同一邮件号记账两次",
        "a city bills one tracking number twice",
    ),
    acts(
        FaultKind::ByzantineUsurp,
        "byzantine-usurp",
        &["B9", "B15", "B16"],
        "一个城市越权签署操作，把同一办件推送给两个城市",
        "a city signs acts that it has no right to, and pushes one case to two cities",
    ),
    acts(
        FaultKind::ByzantineBackdate,
        "byzantine-backdate",
        &["B10"],
        "一个城市以荒谬的时间签署",
        "a city signs at absurd times",
    ),
    acts(
        FaultKind::ByzantineSpam,
        "byzantine-spam",
        &["B11"],
        "一个城市成批地收件",
        "a city opens cases by the dozen",
    ),
    acts(
        FaultKind::ByzantineForge,
        "byzantine-forge",
        &["B12"],
        "一个城市以其他城市的名义签署",
        "a city signs in the name of other cities",
    ),
    acts(
        FaultKind::ByzantineSnoop,
        "byzantine-snoop",
        &["B14"],
        "一个城市索取不属于它的文档和密钥",
        "a city asks for documents and keys that are not its own",
    ),
    acts(
        FaultKind::ByzantineMalform,
        "byzantine-malform",
        &["B1"],
        "一个城市签发序号、深度或归属有误的记录",
        "a city signs entries that skip numbers or depths, or lie in the wrong document",
    ),
    acts(
        FaultKind::ByzantineForkVotes,
        "byzantine-fork-votes",
        &["B13"],
        "一个城市在表决中对不同城市作相反的表示",
        "a city votes, commits and gives up contradictorily before different cities",
    ),
    FaultRow {
        kind: FaultKind::ByzantineVanish,
        name: "byzantine-vanish",
        ids: &["B2"],
        engines: &[EngineName::Sim],
        reason: REASON,
        aim: Aim::City,
        span: Span::At,
        amount: None,
        zh: "一个城市永远消失",
        en: "a city is gone for good",
    },
];
