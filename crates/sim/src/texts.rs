//! The words of the story, in Chinese and English: one table. Names of commands and codes are not words and
//! stay as they are.

/// A language of the story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// A sentence of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// The heading's second line.
    Played,
    /// The agreement is in force.
    Founded,
    /// Between a city and another it acts towards.
    Towards,
    /// A refusal that the scenario wants.
    RefusedAsWritten,
    /// A refusal that it does not want.
    RefusedUnexpectedly,
    /// No refusal though the scenario wants one.
    NotRefused,
    /// The act could not be given.
    NotGiven,
    /// A node was stopped.
    DownBegins,
    /// A node is back.
    DownEnds,
    /// A process was killed.
    KillBegins,
    /// A killed process is back.
    KillEnds,
    /// A process was frozen.
    PauseBegins,
    /// A frozen process goes on.
    PauseEnds,
    /// Links were cut.
    PartitionBegins,
    /// Links are back.
    PartitionEnds,
    FileCarried,
    FileLost,
    /// A twin was signed with a stolen key.
    Forged,
    /// A step at the copy of a node.
    AtCopy,
    /// Another fault began.
    FaultBegins,
    /// Another fault is over.
    FaultEnds,
    /// The list of cases.
    Cases,
    /// Held by.
    HeldBy,
    /// The month's obligations.
    Owed,
    /// Nobody owes anybody.
    NothingOwed,
    /// One obligation.
    Owes,
    /// The nets.
    Nets,
    /// Paid for itself.
    SelfPaid,
    /// The books of a pair differ.
    BooksDiffer,
    /// The expectations.
    Expectations,
    /// An expectation that did not hold.
    Missed,
    /// Every city shows the same.
    Converged,
    /// They do not.
    NotConverged,
    /// Everything as written.
    Ok,
    /// Something went otherwise.
    NotOk,
}

impl Language {
    /// Finds a sentence; `{}` stands where names and figures go.
    pub(crate) const fn words(self, words: Words) -> &'static str {
        let (zh, en) = pair(words);
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// Names a command as a clerk would; one without a name keeps its own.
    pub(crate) fn act(self, act: &str) -> &str {
        match ACTS.iter().find(|(name, _, _)| *name == act) {
            None => act,
            Some((_, zh, en)) => match self {
                Language::Zh => zh,
                Language::En => en,
            },
        }
    }

    /// Names a day of the week, 0 for Sunday.
    pub(crate) fn weekday(self, day: usize) -> &'static str {
        let names = match self {
            Language::Zh => ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
            Language::En => ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
        };
        names.get(day).copied().unwrap_or_default()
    }

    /// Names a stage code of a case; an unknown one stays as it is.
    pub(crate) fn stage(self, code: &str) -> &str {
        match STAGES.iter().find(|(name, _, _)| *name == code) {
            None => code,
            Some((_, zh, en)) => match self {
                Language::Zh => zh,
                Language::En => en,
            },
        }
    }

    /// Puts names after each other.
    pub(crate) const fn comma(self) -> &'static str {
        match self {
            Language::Zh => "、",
            Language::En => ", ",
        }
    }
}

const fn pair(words: Words) -> (&'static str, &'static str) {
    match words {
        Words::Played => ("{} 座城市，引擎 {}", "{} cities, engine {}"),
        Words::Founded => (
            "合作协议 {} 生效，签署城市：{}",
            "agreement {} in force, signed by {}",
        ),
        Words::Towards => (" → {}", " → {}"),
        Words::RefusedAsWritten => (
            "——系统拒绝（{}），符合预期",
            " — refused ({}), as it should be",
        ),
        Words::RefusedUnexpectedly => (
            "——系统拒绝（{}），与剧本不符",
            " — refused ({}), against the scenario",
        ),
        Words::NotRefused => (
            "——本应拒绝，却被受理，与剧本不符",
            " — not refused, against the scenario",
        ),
        Words::NotGiven => ("——未能执行：{}", " — not given: {}"),
        Words::DownBegins => ("{} 的节点停机", "{}: node down"),
        Words::DownEnds => ("{} 的节点重新启动", "{}: node up again"),
        Words::KillBegins => (
            "{} 的节点进程被强行终止（SIGKILL）",
            "{}: node process killed (SIGKILL)",
        ),
        Words::KillEnds => (
            "{} 的节点重新启动，数据完好",
            "{}: node started again on its data",
        ),
        Words::PauseBegins => ("{} 的节点进程被冻结", "{}: node process frozen"),
        Words::PauseEnds => ("{} 的节点进程继续运行", "{}: node process goes on"),
        Words::PartitionBegins => ("网络中断：{}", "network cut: {}"),
        Words::PartitionEnds => ("网络恢复：{}", "network healed: {}"),
        Words::FileCarried => ("文件送达：{} → {}", "a file went from {} to {}"),
        Words::FileLost => ("文件丢失：{} → {}", "a file from {} to {} got lost"),
        Words::Forged => (
            "有人用{}的密钥另签一条记录：{}，只给{}看",
            "somebody with the key of {} signs a twin: {}, shown to {}",
        ),
        Words::AtCopy => ("（副本）", " (the copy)"),
        Words::FaultBegins => ("{}：{}：{}", "{}: {}: {}"),
        Words::FaultEnds => ("{}：{} 结束", "{}: {} is over"),
        Words::Cases => ("办件", "Cases"),
        Words::HeldBy => ("{} 持有", "held by {}"),
        Words::Owed => ("{} 邮费往来", "Postage of {}"),
        Words::NothingOwed => ("各市之间无应付邮费", "no city owes another"),
        Words::Owes => ("{} 应付 {} {}", "{} owes {} {}"),
        Words::Nets => ("{} 净额 {}", "{} net {}"),
        Words::SelfPaid => ("（自付 {}）", " (own account {})"),
        Words::BooksDiffer => ("两市账目不一致", "the books of a pair of cities differ"),
        Words::Expectations => ("核对：{} 项，符合 {} 项", "Expectations: {}, held: {}"),
        Words::Missed => (
            "第 {} 行 {} {}：{} {}，应为 {}，实为 {}",
            "line {} {} {}: {} {}, expected {}, found {}",
        ),
        Words::Converged => (
            "已收敛（converged）：各市数据一致",
            "converged: all cities show the same",
        ),
        Words::NotConverged => (
            "未收敛（not converged）：各市数据不一致",
            "not converged: cities differ",
        ),
        Words::Ok => ("剧本全部符合", "everything as written"),
        Words::NotOk => ("与剧本不符", "not as written"),
    }
}

/// Command, Chinese, English.
const ACTS: &[(&str, &str, &str)] = &[
    ("agreement.found", "发起协议", "founds the agreement"),
    ("agreement.accept", "签署协议", "signs the agreement"),
    (
        "agreement.join",
        "打开将接纳本市的协议",
        "opens the agreement that is to admit it",
    ),
    ("resolution.propose", "提出动议", "puts a motion"),
    ("resolution.vote", "对动议投票", "votes for a motion"),
    ("resolution.commit", "确认动议", "commits to a motion"),
    ("resolution.nullify", "放弃本轮表决", "gives the round up"),
    ("agreement.offer-grant", "提出授权", "offers powers"),
    ("agreement.take-grant", "接受授权", "takes powers"),
    ("agreement.withdraw-grant", "撤回授权", "withdraws powers"),
    ("agreement.suspend", "暂停事项", "suspends an item"),
    ("agreement.resume", "恢复事项", "resumes an item"),
    ("agreement.propose-batch", "提出新批次", "proposes a batch"),
    ("agreement.adopt-batch", "通过新批次", "adopts a batch"),
    ("agreement.nominate", "提名事项", "nominates an item"),
    ("agreement.stance", "表态", "says for or against an item"),
    (
        "agreement.publish-guide",
        "发布指南",
        "publishes another guide",
    ),
    ("key.revoke", "吊销设备", "revokes a device"),
    (
        "key.retain",
        "确认保留的记录",
        "says which entries of a revoked device stay",
    ),
    ("city.announce", "公布地址", "announces addresses"),
    (
        "city.roster",
        "公布专窗和人员",
        "publishes windows and people",
    ),
    (
        "city.change-item",
        "公布事项调整",
        "announces a change of an item",
    ),
    ("city.take-item", "承接事项", "has taken the item"),
    ("city.delete-item", "删除原事项", "deletes the old entry"),
    ("case.receive", "收件", "receives a case"),
    ("case.id-check", "人证核验", "checks the person"),
    ("case.original-check", "核验原件", "checks originals"),
    (
        "case.formal-pass",
        "形式审查通过",
        "passes the formal review",
    ),
    ("case.push", "推送", "pushes"),
    ("case.ack", "签收", "acknowledges"),
    ("case.first-look", "首次查看", "looks at it first"),
    ("case.recall", "撤回推送", "recalls the push"),
    ("case.decline", "拒收推送", "declines the push"),
    ("case.accept", "受理", "accepts"),
    ("case.not-accept", "不予受理", "does not accept"),
    ("case.notice", "一次性告知", "gives the one-time notice"),
    ("case.notice-served", "告知送达", "serves the notice"),
    ("case.submit-correction", "补正", "takes in the correction"),
    ("case.review", "实质审查", "reviews the substance"),
    ("case.decide", "作出决定", "decides"),
    ("case.send-result", "送出结果", "sends the result"),
    ("case.served", "送达", "serves the result"),
    ("case.close", "办结", "closes"),
    ("case.edit", "编辑卷宗", "edits the case file"),
    ("case.yield", "让出持有", "yields its claim"),
    (
        "case.take-over",
        "按决议接管",
        "takes the case over by resolution",
    ),
    ("case.retract", "撤回争议行为", "retracts a disputed act"),
    ("case.redirect", "告知向有权机关申请", "redirects"),
    (
        "case.special-start",
        "启动特别程序",
        "begins a special procedure",
    ),
    (
        "case.special-end",
        "结束特别程序",
        "ends the special procedure",
    ),
    ("case.extend", "延长审批", "extends the time"),
    ("case.withdraw", "申请撤回", "asks to withdraw"),
    ("case.grant-withdrawal", "准予撤回", "grants the withdrawal"),
    (
        "case.refuse-withdrawal",
        "不予撤回",
        "refuses the withdrawal",
    ),
    (
        "case.no-correction",
        "补正超时办结",
        "ends for want of a correction",
    ),
    ("case.commit", "告知承诺", "takes a commitment"),
    ("case.check-commitment", "核查承诺", "checks the commitment"),
    ("case.pre-review", "网上预审", "reviews online"),
    ("case.compare", "比对纸质材料", "compares the paper"),
    ("case.issue-cert", "出证", "issues the certificate"),
    ("case.annul", "撤销决定", "annuls the decision"),
    ("case.archive", "归档", "archives"),
    ("case.ask", "请求确认", "asks"),
    ("case.answer", "答复确认", "answers"),
    ("case.contact", "联系", "calls"),
    ("case.supervise", "督办", "orders an answer"),
    ("case.complain", "登记投诉", "records a complaint"),
    ("case.reply", "答复", "replies"),
    ("case.rate", "评价", "is rated"),
    ("case.follow-up", "跟进差评", "follows up"),
    ("case.send-papers", "移交材料", "sends papers"),
    ("case.take-papers", "核对材料", "counts the papers"),
    ("case.mend-papers", "更正清单", "mends the list"),
    ("case.agree-papers", "确认更正", "agrees with the list"),
    ("case.open-step", "启动联办环节", "opens a step"),
    (
        "case.step-progress",
        "登记联办进展",
        "goes on with its step",
    ),
    ("case.decide-step", "决定联办环节", "decides its step"),
    ("case.release-step", "解除联办环节", "releases its step"),
    ("case.ask-undo", "请求恢复", "asks to undo its step"),
    ("case.jump-out", "转外部系统", "goes on in another system"),
    ("case.back-flow", "登记回流", "has it back from there"),
    (
        "case.hand-over",
        "移交承接部门",
        "hands over to another department",
    ),
    ("case.progress", "进度查询", "is asked how far it is"),
    ("case.recall-step", "收回联办环节", "takes back a step"),
    ("bill.draft", "拟账", "draws up the bill"),
    ("bill.sign", "签账", "signs the bill"),
    ("bill.retract", "撤签", "takes its signature back"),
    ("round.open", "开轮", "opens the round"),
    ("round.report", "报账", "reports its bills"),
    ("round.propose", "提案", "proposes a number"),
    ("round.sign", "签署方案", "signs the proposal"),
    ("payment.record", "登记付款", "records a payment"),
    ("payment.confirm", "确认收款", "confirms a payment"),
    ("consult.ask", "即时沟通提问", "asks the liaison"),
    ("consult.answer", "答复沟通", "answers the question"),
    ("consult.video", "登记视频会商", "records a video consult"),
    (
        "consult.sign-video",
        "签认视频会商",
        "signs the video consult",
    ),
    ("parcel.post", "寄出邮件", "posts a parcel"),
    ("parcel.arrive", "邮件到达", "has the parcel"),
    ("parcel.open", "开拆核对", "opens the parcel"),
    ("parcel.cost", "登记邮费", "records postage"),
    ("parcel.confirm", "确认邮费", "confirms postage"),
    ("parcel.retract", "撤回邮费", "takes postage back"),
    ("rehearse", "预演", "rehearses"),
    ("parcel.prepare", "备好邮件", "makes a parcel ready"),
    (
        "parcel.dispatch",
        "交收发件窗口",
        "hands it to the dispatch window",
    ),
    ("parcel.send", "交寄邮件", "posts what was ready"),
    (
        "parcel.event",
        "登记承运信息",
        "records what the carrier says",
    ),
    ("parcel.file", "邮件归卷", "files the papers"),
    ("parcel.dispute", "对费用提出异议", "disputes a cost"),
    (
        "parcel.withdraw-dispute",
        "撤回异议",
        "withdraws the dispute",
    ),
    ("parcel.correct", "更正费用", "corrects a cost"),
    ("parcel.agree", "同意更正", "agrees to the correction"),
    ("parcel.repay", "退还申请人", "repays the applicant"),
    ("parcel.claim", "向承运方索赔", "claims from the carrier"),
    ("parcel.claim-outcome", "登记索赔结果", "ends the claim"),
    ("agreement.propose", "提案", "puts a proposal to all"),
    ("agreement.adopt", "签署提案", "signs a proposal"),
    ("agreement.refuse", "反对提案", "refuses a proposal"),
    (
        "agreement.withdraw-proposal",
        "撤回提案",
        "takes a proposal back",
    ),
    (
        "meeting.convene",
        "召集联席会议",
        "convenes a joint meeting",
    ),
    (
        "meeting.write",
        "写议程或纪要",
        "writes in the agenda or minutes",
    ),
    ("meeting.attend", "登记出席", "says who came"),
    ("meeting.sign", "签认纪要", "signs the minutes"),
    ("meeting.action", "登记待办", "enters an action item"),
    (
        "meeting.action-done",
        "待办完成",
        "says that an action item is done",
    ),
    ("meeting.issue", "提出议题", "raises an issue"),
    (
        "meeting.resolve",
        "议题办结",
        "says that an issue is resolved",
    ),
];

/// Stage code, Chinese, English.
const STAGES: &[(&str, &str, &str)] = &[
    ("S20", "已收件", "received"),
    ("S21", "形式审查通过", "checked"),
    ("S30", "已推送", "pushed"),
    ("S40", "属地已签收", "acknowledged"),
    ("S41", "待补正", "returned for correction"),
    ("S42", "已补正", "resubmitted"),
    ("S50", "已受理", "accepted"),
    ("S52", "不予受理", "not accepted"),
    ("S60", "审查中", "under review"),
    ("S70", "准予", "granted"),
    ("S71", "容缺通过", "granted on commitment"),
    ("S72", "不予", "refused"),
    ("S80", "结果已寄出", "result out"),
    ("S81", "已送达", "served"),
    ("S90", "办结", "closed"),
    ("S10", "已申报", "submitted"),
    ("S51", "视为受理", "deemed accepted"),
    ("S53", "告知向有权机关申请", "redirected"),
    ("S61", "特别程序", "special procedure"),
    ("S62", "延长审批", "extended"),
    ("S91", "撤回", "withdrawn"),
    ("S92", "补正超时办结", "ended without correction"),
    ("S93", "撤销", "annulled"),
    ("S99", "已归档", "archived"),
];

/// Puts values where `{}` stands, in order.
pub(crate) fn fill(template: &str, values: &[&str]) -> String {
    let mut pieces = template.split("{}");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for piece in pieces {
        text.push_str(values.next().copied().unwrap_or_default());
        text.push_str(piece);
    }
    text
}

#[cfg(test)]
mod tests {
    use tongban_ledger::command::Command;

    use super::*;

    #[test]
    fn every_command_has_words_in_both_languages() {
        for name in Command::NAMES {
            for language in [Language::Zh, Language::En] {
                assert_ne!(language.act(name), name, "{name}");
            }
        }
        assert_eq!(ACTS.len(), Command::NAMES.len());
    }

    #[test]
    fn both_languages_have_the_same_places() {
        let (first, last) = (Words::Played as u8, Words::NotOk as u8);
        let all = [
            Words::Played,
            Words::Founded,
            Words::Towards,
            Words::RefusedAsWritten,
            Words::RefusedUnexpectedly,
            Words::NotRefused,
            Words::NotGiven,
            Words::DownBegins,
            Words::DownEnds,
            Words::KillBegins,
            Words::KillEnds,
            Words::PauseBegins,
            Words::PauseEnds,
            Words::PartitionBegins,
            Words::PartitionEnds,
            Words::FileCarried,
            Words::FileLost,
            Words::Forged,
            Words::AtCopy,
            Words::FaultBegins,
            Words::FaultEnds,
            Words::Cases,
            Words::HeldBy,
            Words::Owed,
            Words::NothingOwed,
            Words::Owes,
            Words::Nets,
            Words::SelfPaid,
            Words::BooksDiffer,
            Words::Expectations,
            Words::Missed,
            Words::Converged,
            Words::NotConverged,
            Words::Ok,
            Words::NotOk,
        ];
        assert_eq!(all.len(), usize::from(last - first) + 1);
        for words in all {
            let (zh, en) = pair(words);
            assert_eq!(
                zh.matches("{}").count(),
                en.matches("{}").count(),
                "{words:?}"
            );
        }
    }

    #[test]
    fn values_go_into_their_places() {
        assert_eq!(fill("{} 应付 {}", &["衢州", "上饶"]), "衢州 应付 上饶");
        assert_eq!(fill("plain", &["x"]), "plain");
    }
}
