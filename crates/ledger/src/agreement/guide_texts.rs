//! The texts of a whole guide: the union of what the source texts want in one, for the public and for staff.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::guide::GuideFault;
use super::{Mode, TEXT_BYTES_MAX, Transfer};
use crate::calendar::Day;
use crate::code::Code;

/// The longest text of one element, in bytes.
pub const ELEMENT_BYTES_MAX: usize = 4_096;
/// The most bytes of all texts of a guide together.
pub const GUIDE_BYTES_MAX: usize = 32_768;

/// What a whole guide says beside its materials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct GuideTexts {
    /// The text of each element.
    #[n(0)]
    #[serde(default)]
    pub elements: BTreeMap<Element, String>,
    /// The modes that it explains (实现模式, R-111).
    #[n(1)]
    #[serde(default)]
    pub modes: Vec<Mode>,
    /// In which ways people may apply (申报方式).
    #[n(2)]
    #[serde(default)]
    pub apply_ways: Vec<ApplyWay>,
    /// Why there is only one way.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_way_because: Option<String>,
    /// Over which channels papers travel (资料传输方式).
    #[n(4)]
    #[serde(default)]
    pub channels: Vec<Transfer>,
    /// Where it was filed; it is not followed before.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<Filed>,
}

/// The filing of a guide with the service centre (备案, R-111).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    /// The centre.
    #[n(0)]
    pub by: String,
    /// When.
    #[n(1)]
    pub on: Day,
    /// Its file number.
    #[n(2)]
    pub file_no: String,
}

/// Writes the elements once: name in files, part, whether it may be empty.
macro_rules! elements {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $text:literal, $public:literal, $must:literal;)+) => {
        /// An element of a whole guide.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
        )]
        #[cbor(index_only)]
        #[serde(rename_all = "kebab-case")]
        pub enum Element {
            $($(#[doc = $doc])+ #[n($number)] $name,)+
        }

        impl Element {
            /// Every element, in the order in which a guide is read.
            pub const ALL: &'static [Element] = &[$(Element::$name),+];

            /// Its stable name, as files have it.
            pub const fn name(self) -> &'static str {
                match self { $(Element::$name => $text,)+ }
            }

            /// Whether it is for the public; for staff otherwise.
            pub const fn public(self) -> bool {
                match self { $(Element::$name => $public,)+ }
            }

            /// Whether a whole guide has it.
            pub const fn mandatory(self) -> bool {
                match self { $(Element::$name => $must,)+ }
            }
        }
    };
}

elements! {
    /// 基本信息.
    BasicInfo = 1, "basic-info", true, true;
    /// 部门信息.
    Departments = 2, "departments", true, true;
    /// 办理窗口.
    Windows = 3, "windows", true, true;
    /// 受理标准.
    Standard = 4, "standard", true, true;
    /// 申请条件.
    Conditions = 5, "conditions", true, true;
    /// 办理流程.
    Process = 6, "process", true, true;
    /// 审核程序.
    ReviewSteps = 7, "review-steps", true, true;
    /// 办理时限.
    TimeLimits = 8, "time-limits", true, true;
    /// 收费情况.
    Fees = 9, "fees", true, true;
    /// 审批结果.
    Result = 10, "result", true, true;
    /// 发证方式.
    IssueWay = 11, "issue-way", true, true;
    /// 法律依据.
    LegalBasis = 12, "legal-basis", true, true;
    /// 常见问题.
    Faq = 13, "faq", true, true;
    /// 咨询投诉.
    Consult = 14, "consult", true, true;
    /// 权利义务.
    Rights = 15, "rights", true, true;
    /// 法律救济.
    Remedies = 16, "remedies", true, true;
    /// 受理模式.
    AcceptanceModel = 17, "acceptance-model", false, true;
    /// 流转程序.
    FlowSteps = 18, "flow-steps", false, true;
    /// 岗位职责.
    PostDuties = 19, "post-duties", false, true;
    /// 联动方式.
    Linkage = 20, "linkage", false, true;
    /// 权责划分.
    Responsibilities = 21, "responsibilities", false, true;
    /// 形式审查要点.
    FormalPoints = 22, "formal-points", false, true;
    /// 实质审查要点; none where only the form is reviewed.
    SubstantivePoints = 23, "substantive-points", false, false;
}

/// A way of applying.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyWay {
    /// On the network (网上申请).
    #[n(1)]
    Online,
    /// At a window (窗口申请).
    #[n(2)]
    Window,
    /// By post (邮寄申请).
    #[n(3)]
    Post,
    /// At a machine (自助终端).
    #[n(4)]
    SelfService,
    /// By an app (移动端).
    #[n(5)]
    Mobile,
}

impl ApplyWay {
    /// Every way.
    pub const ALL: [ApplyWay; 5] = [
        ApplyWay::Online,
        ApplyWay::Window,
        ApplyWay::Post,
        ApplyWay::SelfService,
        ApplyWay::Mobile,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            ApplyWay::Online => "online",
            ApplyWay::Window => "window",
            ApplyWay::Post => "post",
            ApplyWay::SelfService => "self-service",
            ApplyWay::Mobile => "mobile",
        }
    }
}

impl GuideTexts {
    /// The text of an element; empty if there is none.
    pub fn text(&self, element: Element) -> &str {
        self.elements.get(&element).map_or("", String::as_str)
    }

    /// Every mandatory element has a text, and one way of applying has a reason.
    pub(super) fn check(&self) -> Result<(), GuideFault> {
        let all = || self.elements.values();
        let long = |(_, text): &(&Element, &String)| text.len() > ELEMENT_BYTES_MAX;
        if let Some((element, _)) = self.elements.iter().find(long) {
            return Err(GuideFault::new(Code::TooLarge, element.name()));
        }
        if all().map(String::len).sum::<usize>() > GUIDE_BYTES_MAX {
            return Err(GuideFault::new(Code::TooLarge, ""));
        }
        let empty = |element: &&Element| self.text(**element).trim().is_empty();
        let mut mandatory = Element::ALL.iter().filter(|element| element.mandatory());
        if let Some(element) = mandatory.find(empty) {
            return Err(GuideFault::new(Code::Argument, element.name()));
        }
        let ways: BTreeSet<_> = self.apply_ways.iter().collect();
        let reason = self.one_way_because.as_deref().unwrap_or_default().trim();
        if ways.is_empty() || (ways.len() == 1 && reason.is_empty()) {
            return Err(GuideFault::new(Code::Argument, "apply-ways"));
        }
        if self.modes.is_empty() {
            return Err(GuideFault::new(Code::Argument, "modes"));
        }
        if self.channels.is_empty() {
            return Err(GuideFault::new(Code::Argument, "channels"));
        }
        let repeated = ways.len() != self.apply_ways.len()
            || self.modes.iter().collect::<BTreeSet<_>>().len() != self.modes.len()
            || self.channels.iter().collect::<BTreeSet<_>>().len() != self.channels.len();
        if repeated {
            return Err(GuideFault::new(
                Code::Duplicate,
                "apply-ways, modes, channels",
            ));
        }
        let filed = self
            .filed
            .iter()
            .flat_map(|filed| [&filed.by, &filed.file_no]);
        let names = filed.chain(&self.one_way_because);
        for name in names {
            if name.trim().is_empty() || name.len() > TEXT_BYTES_MAX {
                return Err(GuideFault::new(Code::Argument, "filed"));
            }
        }
        Ok(())
    }
}
