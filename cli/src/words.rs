//! The words of the protocol as option values: each is taken by its own name and by the Chinese words that
//! clerks write for it, and a mistyped one is refused with the list of right ones.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde::de::DeserializeOwned;
use tongban_ledger::agreement::{Body, ListKind, Mode, Power, Role, StanceKind};
use tongban_ledger::case::{Channel, Delivery, Fault, FollowStep, Means, Outcome, Special, Target};
use tongban_ledger::city::ChangeKind;
use tongban_ledger::meeting::Category;
use tongban_ledger::parcel::{
    ClaimOutcome, CostKind, Event, Leg, Outcome as DisputeOutcome, PayMethod, Reason,
};

use crate::catalogue::Catalogue;
use crate::read::word;

/// Words of one kind, each with what may be written instead.
type List = &'static [(&'static str, &'static [&'static str])];

const MEANS: List = &[
    ("on-the-spot", &["当场", "当面", "窗口", "window"]),
    ("phone", &["电话"]),
    ("sms", &["短信"]),
    ("portal", &["网上平台", "网上", "平台"]),
    ("post", &["邮寄", "寄"]),
    ("fax", &["传真"]),
    ("system", &["系统", "系统对接"]),
];
const OUTCOMES: List = &[
    ("granted", &["准予", "准予许可", "通过"]),
    ("on-commitment", &["容缺通过", "容缺", "告知承诺"]),
    ("refused", &["不予", "不予许可", "不通过"]),
];
const DELIVERIES: List = &[
    ("network", &["网络", "网上"]),
    ("post-to-applicant", &["邮寄申请人", "寄申请人"]),
    ("post-to-window", &["邮寄窗口", "寄窗口"]),
];
const FAULTS: List = &[
    ("missing", &["缺失", "缺少", "未交"]),
    ("wrong-form", &["样式不符", "表格不符"]),
    ("unreadable", &["无法辨认", "不清晰"]),
    ("expired", &["过期", "已过期"]),
    ("inconsistent", &["不一致", "矛盾"]),
    ("original-wanted", &["需核原件", "需验原件", "要原件"]),
    ("paper-wanted", &["需交纸质", "要纸质"]),
];
const STANCES: List = &[
    ("agree", &["同意"]),
    ("reserve", &["保留", "保留意见"]),
    ("object", &["反对"]),
];
const ROLES: List = &[
    ("owner", &["属地", "属地城市"]),
    ("receiver", &["收件", "收件城市"]),
    ("both", &["两者", "属地和收件"]),
];
const LISTS: List = &[
    ("national", &["国家清单", "国家"]),
    ("regional", &["区域清单", "区域"]),
];
const BODIES: List = &[
    ("leading", &["领导小组", "leading group"]),
    ("working", &["工作小组", "working group"]),
];
const CATEGORIES: List = &[
    ("standard", &["标准不一", "标准"]),
    ("process", &["流程"]),
    ("system", &["系统"]),
    ("mail", &["邮寄"]),
    ("deadline", &["时限"]),
    ("other", &["其他"]),
];
const MODES: List = &[
    ("A", &["全程网办", "a"]),
    ("B", &["代收代办", "b"]),
    ("C", &["多地联办", "c"]),
    ("D", &["直接通办", "d"]),
];
const SPECIALS: List = &[
    ("hearing", &["听证"]),
    ("inspection", &["检验"]),
    ("testing", &["检测"]),
    ("quarantine", &["检疫"]),
    ("appraisal", &["鉴定"]),
    ("expert-review", &["专家评审"]),
    ("other", &["其他", "招标", "拍卖"]),
];
const CHANNELS: List = &[
    ("on-site", &["现场评", "现场", "窗口"]),
    ("online", &["在线评", "在线", "网上"]),
    ("scan", &["扫码评", "扫码"]),
    ("sms", &["短信评", "短信"]),
];
const TARGETS: List = &[
    ("window", &["窗口"]),
    ("department", &["部门"]),
    ("delivery", &["寄递", "送达"]),
];
const FOLLOW: List = &[
    ("contacted", &["已联系", "联系"]),
    ("mended", &["已整改", "整改"]),
    ("called-back", &["已回访", "回访"]),
];
const REASONS: List = &[
    ("sent-elsewhere", &["推诿", "要求去别处办"]),
    ("late", &["超期", "拖延"]),
    ("rude", &["态度差", "态度"]),
    ("other", &["其他"]),
];
const CHANGES: List = &[
    ("transfer", &["划转"]),
    ("new", &["新增"]),
    ("delete", &["取消"]),
    ("rename", &["更名"]),
];
const LEGS: List = &[
    ("L2", &["材料"]),
    ("L3", &["结果到窗口"]),
    ("L4", &["结果到申请人"]),
    ("L5", &["退回"]),
    ("L6", &["补正材料", "补正"]),
    ("L7", &["改投"]),
    ("L8", &["误投转寄", "转寄"]),
    ("L9", &["联办材料"]),
    ("L10", &["代寄结果", "最后一程"]),
];
const EVENTS: List = &[
    ("in-transit", &["运输中", "在途"]),
    ("redelivered", &["已改投", "改投"]),
    ("refused", &["拒收", "收件人拒收"]),
    ("returned", &["已退回", "退回"]),
    ("lost", &["丢失", "已丢失"]),
    ("damaged", &["破损", "损坏"]),
];
const DISPUTES: List = &[
    ("weight", &["重量不符"]),
    ("not-ours", &["非本市邮件", "非本市"]),
    ("wrong-leg", &["寄递类型有误", "邮路类别有误"]),
    ("wrong-rule", &["适用规则有误"]),
    ("duplicate", &["重复计费", "重复"]),
    ("not-received", &["未收到"]),
    ("fault-of-other", &["对方过错"]),
];
const DISPUTE_OUTCOMES: List = &[
    ("upheld", &["异议成立", "冲销"]),
    ("amended", &["更正"]),
    ("reallocated", &["重新分担"]),
];
const CLAIMS: List = &[
    ("paid", &["已赔付", "赔付"]),
    ("refused", &["拒赔"]),
    ("withdrawn", &["撤回索赔", "撤回"]),
];
const MAIL: List = &[
    ("out", &["寄件登记", "寄件"]),
    ("carrier", &["承运途中", "途中"]),
    ("in", &["收件登记", "收件"]),
];
const PAYMENTS: List = &[
    ("prepaid", &["寄付", "现付"]),
    ("contract", &["协议客户", "协议账户", "月结"]),
    ("collect", &["到付"]),
    ("return-label", &["对方回寄单", "回寄单"]),
];
const COSTS: List = &[
    ("postage", &["邮费"]),
    ("redelivery", &["改投费"]),
    ("packing", &["包装费"]),
    ("insurance", &["保价费"]),
    ("refund", &["退费"]),
    ("compensation", &["赔偿"]),
];
const POWERS: List = &[
    ("G1a", &["收件"]),
    ("G1b", &["受理"]),
    ("G2", &["告知"]),
    ("G3", &["原件核验"]),
    ("G4", &["人证核验"]),
    ("G5", &["结果发放"]),
];

/// Every list with its kind in the catalogue.
pub const ALL: &[(&str, List)] = &[
    ("means", MEANS),
    ("outcome", OUTCOMES),
    ("delivery", DELIVERIES),
    ("fault", FAULTS),
    ("mode", MODES),
    ("special", SPECIALS),
    ("channel", CHANNELS),
    ("target", TARGETS),
    ("follow", FOLLOW),
    ("reason", REASONS),
    ("change", CHANGES),
    ("leg", LEGS),
    ("pay", PAYMENTS),
    ("cost", COSTS),
    ("power", POWERS),
    ("stance", STANCES),
    ("role", ROLES),
    ("list", LISTS),
    ("parcel", EVENTS),
    ("dispute", DISPUTES),
    ("dispute-outcome", DISPUTE_OUTCOMES),
    ("claim", CLAIMS),
    ("mail", MAIL),
    ("body", BODIES),
    ("category", CATEGORIES),
];

/// A parser that takes the words of the list.
fn one_of<T>(list: List) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let values = list
        .iter()
        .map(|(word, also)| PossibleValue::new(*word).aliases(also.iter().copied()));
    PossibleValuesParser::new(values).try_map(move |text: String| {
        canonical(list, &text)
            .and_then(word::<T>)
            .ok_or(UnknownWord)
    })
}

/// Finds the protocol's own word for what was written.
fn canonical(list: List, text: &str) -> Option<&'static str> {
    list.iter()
        .find(|(word, also)| *word == text || also.contains(&text))
        .map(|(word, _)| *word)
}

/// A word that the list has and the protocol has not: a mistake of this file, which a test looks for.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("unknown word")]
struct UnknownWord;

/// Says what kind of words an option takes, by the words that its parser knows.
pub fn kind_of(values: &[PossibleValue]) -> Option<&'static str> {
    let first = values.first()?.get_name();
    ALL.iter()
        .find(|(_, list)| list.first().is_some_and(|(word, _)| *word == first))
        .map(|(kind, _)| *kind)
}

/// Lists the words of a kind with their meaning, as `granted 准予、refused 不予`.
pub fn gloss(kind: &str, say: &Catalogue) -> String {
    let list = ALL.iter().find(|(name, _)| *name == kind);
    let words: Vec<String> = list
        .into_iter()
        .flat_map(|(_, list)| list.iter())
        .map(|(word, _)| match say.term(kind, word) {
            meaning if meaning == *word => meaning,
            meaning => say.tf("help-word", &[("word", word), ("meaning", &meaning)]),
        })
        .collect();
    words.join(&say.t("list-comma"))
}

/// Means of reaching an applicant.
pub fn means() -> impl TypedValueParser<Value = Means> {
    one_of(MEANS)
}

/// Outcomes of a decision.
pub fn outcome() -> impl TypedValueParser<Value = Outcome> {
    one_of(OUTCOMES)
}

/// Ways of a result.
pub fn delivery() -> impl TypedValueParser<Value = Delivery> {
    one_of(DELIVERIES)
}

/// Modes of handling.
pub fn mode() -> impl TypedValueParser<Value = Mode> {
    one_of(MODES)
}

/// Special procedures.
pub fn special() -> impl TypedValueParser<Value = Special> {
    one_of(SPECIALS)
}

/// Ways of a rating.
pub fn channel() -> impl TypedValueParser<Value = Channel> {
    one_of(CHANNELS)
}

/// What is rated.
pub fn target() -> impl TypedValueParser<Value = Target> {
    one_of(TARGETS)
}

/// Steps after a bad rating.
pub fn follow() -> impl TypedValueParser<Value = FollowStep> {
    one_of(FOLLOW)
}

/// What a complaint is about.
pub fn reason() -> impl TypedValueParser<Value = String> {
    one_of(REASONS)
}

/// What becomes of an item.
pub fn change() -> impl TypedValueParser<Value = ChangeKind> {
    one_of(CHANGES)
}

/// Legs of a parcel.
pub fn leg() -> impl TypedValueParser<Value = Leg> {
    one_of(LEGS)
}

/// Ways to pay the carrier.
pub fn payment() -> impl TypedValueParser<Value = PayMethod> {
    one_of(PAYMENTS)
}

/// Kinds of cost.
pub fn cost() -> impl TypedValueParser<Value = CostKind> {
    one_of(COSTS)
}

/// What a carrier says of a parcel.
pub fn event() -> impl TypedValueParser<Value = Event> {
    one_of(EVENTS)
}

/// Reads what a carrier says of a parcel.
pub fn event_of(text: &str) -> Option<Event> {
    canonical(EVENTS, text.trim()).and_then(word)
}

/// Why a city objects to a cost line.
pub fn dispute() -> impl TypedValueParser<Value = Reason> {
    one_of(DISPUTES)
}

/// What comes of a line that is corrected.
pub fn dispute_outcome() -> impl TypedValueParser<Value = DisputeOutcome> {
    one_of(DISPUTE_OUTCOMES)
}

/// How a claim ends.
pub fn claim() -> impl TypedValueParser<Value = ClaimOutcome> {
    one_of(CLAIMS)
}

/// Where a parcel is.
pub fn mail_place() -> impl TypedValueParser<Value = String> {
    one_of(MAIL)
}

/// Powers that can be delegated.
pub fn power() -> impl TypedValueParser<Value = Power> {
    one_of(POWERS)
}

/// Stances to a nominated item.
pub fn stance() -> impl TypedValueParser<Value = StanceKind> {
    one_of(STANCES)
}

/// Whose list a batch belongs to.
pub fn list() -> impl TypedValueParser<Value = ListKind> {
    one_of(LISTS)
}

/// The bodies of the joint meeting.
pub fn body() -> impl TypedValueParser<Value = Body> {
    one_of(BODIES)
}

/// What an issue is about.
pub fn category() -> impl TypedValueParser<Value = Category> {
    one_of(CATEGORIES)
}

/// Reads in which role a city does not go along.
pub fn role(text: &str) -> Option<Role> {
    canonical(ROLES, text.trim()).and_then(word)
}

/// Reads the reason of an order: a word of the list, else what was written.
pub fn reason_or_code(text: &str) -> String {
    let text = text.trim();
    canonical(REASONS, text).unwrap_or(text).to_owned()
}

/// Reads what is wrong with a material.
pub fn fault(text: &str) -> Option<Fault> {
    canonical(FAULTS, text.trim()).and_then(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    fn check<T: DeserializeOwned>(list: List) {
        for (text, _) in list {
            assert!(word::<T>(text).is_some(), "{text}");
        }
    }

    #[test]
    fn the_protocol_knows_every_word() {
        check::<Means>(MEANS);
        check::<Outcome>(OUTCOMES);
        check::<Delivery>(DELIVERIES);
        check::<Fault>(FAULTS);
        check::<Mode>(MODES);
        check::<Special>(SPECIALS);
        check::<Channel>(CHANNELS);
        check::<Target>(TARGETS);
        check::<FollowStep>(FOLLOW);
        check::<ChangeKind>(CHANGES);
        check::<Leg>(LEGS);
        check::<PayMethod>(PAYMENTS);
        check::<CostKind>(COSTS);
        check::<Power>(POWERS);
        check::<StanceKind>(STANCES);
        check::<Role>(ROLES);
        check::<Event>(EVENTS);
        check::<Reason>(DISPUTES);
        check::<DisputeOutcome>(DISPUTE_OUTCOMES);
        check::<ClaimOutcome>(CLAIMS);
        check::<Body>(BODIES);
        check::<Category>(CATEGORIES);
        assert!(word::<Means>("pigeon").is_none());
    }

    #[test]
    fn what_the_chinese_catalogue_shows_may_be_written() {
        let say = Catalogue::new(Lang::Zh);
        for (kind, list) in ALL {
            for (word, _) in *list {
                let shown = say.term(kind, word);
                assert_eq!(canonical(list, &shown), Some(*word), "{kind} {shown}");
            }
        }
        assert_eq!(fault("过期"), Some(Fault::Expired));
        assert_eq!(fault("丢失"), None);
        assert_eq!(reason_or_code("超期"), "late");
        assert_eq!(reason_or_code("overdue-twice"), "overdue-twice");
    }

    #[test]
    fn no_word_stands_for_two() {
        for (kind, list) in ALL {
            let mut seen = std::collections::BTreeSet::new();
            for (word, also) in *list {
                for text in std::iter::once(word).chain(*also) {
                    assert!(seen.insert(*text), "{kind} {text}");
                }
            }
        }
    }

    #[test]
    fn help_lists_words_with_their_meaning() {
        let text = gloss("outcome", &Catalogue::new(Lang::Zh));
        assert_eq!(
            text,
            "granted（准予）、on-commitment（容缺通过）、refused（不予）"
        );
    }
}
