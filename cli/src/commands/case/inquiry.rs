//! `tongban case progress` (进度查询): what an applicant may learn with number and query code.

use tongban_ledger::answer::ProgressAnswer;
use tongban_ledger::command::Command;
use tongban_ledger::command::progress::Progress;

use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::table::{fields, indent};

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The case number
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The query code of the slip
    #[arg(long, value_name = "CODE")]
    pub code: String,
}

impl Args {
    /// Checks the case number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<Command, CliError> {
        Ok(Command::CaseProgress(Progress {
            case: read::case(self.case)?,
            code: self.code,
        }))
    }
}

/// Runs the command.
///
/// # Errors
/// The node refused or does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let command = args.check()?;
    let done = context.client.command(&command, context.key()).await;
    let done = done.map_err(|error| context.explain(error))?;
    let text = done
        .progress
        .as_ref()
        .map_or_else(String::new, |progress| text(progress, context.say));
    Ok(Shown::new(&done.progress, text))
}

/// Writes the three blocks.
fn text(answer: &ProgressAnswer, say: &Catalogue) -> String {
    let day = |day: Option<tongban_ledger::calendar::Day>| {
        day.map_or_else(String::new, |day| day.to_string())
    };
    let block = |title: String, mut rows: Vec<(String, String)>| {
        rows.retain(|(_, value)| !value.is_empty());
        match rows.is_empty() {
            true => format!(
                "{title}\n{}",
                indent(&format!("{}\n", say.t("progress-none")))
            ),
            false => format!("{title}\n{}", indent(&fields(&rows))),
        }
    };
    let told = |wanted: bool, words: String| match wanted {
        true => words,
        false => String::new(),
    };
    let (acceptance, progress, result) = (&answer.acceptance, &answer.progress, &answer.result);
    let head = fields(&[
        (say.t("label-number"), answer.number.clone()),
        (say.t("label-item"), answer.item.clone()),
    ]);
    let acceptance = vec![
        (say.t("label-received"), acceptance.received.to_string()),
        (say.t("label-accepted"), day(acceptance.accepted)),
        (
            say.t("label-remark"),
            told(acceptance.refused, say.t("progress-refused")),
        ),
        (
            say.t("label-state"),
            told(acceptance.correcting, say.t("progress-correcting")),
        ),
    ];
    let course = vec![
        (say.t("label-stage"), say.term("stage", &progress.stage)),
        (say.t("label-holder"), progress.holder.clone()),
        (say.t("label-due"), day(progress.due)),
        (
            say.t("label-state"),
            told(progress.paused, say.t("due-paused")),
        ),
    ];
    let outcome = result.outcome;
    let result = vec![
        (
            say.t("label-outcome"),
            outcome.map_or_else(String::new, |outcome| say.term("outcome", outcome.name())),
        ),
        (
            say.t("label-state"),
            told(
                result.sent && result.served.is_none(),
                say.t("progress-sent"),
            ),
        ),
        (say.t("label-served"), day(result.served)),
    ];
    format!(
        "{head}{}{}{}",
        block(say.t("progress-acceptance"), acceptance),
        block(say.t("progress-course"), course),
        block(say.t("progress-result"), result)
    )
}

#[cfg(test)]
mod tests {
    use tongban_ledger::answer::{AcceptanceAnswer, CourseAnswer, ResultAnswer};
    use tongban_ledger::case::Outcome;

    use super::*;
    use crate::catalogue::Lang;

    /// acceptance, progress and result, each in its block.
    #[test]
    fn an_applicant_sees_three_blocks() {
        let say = Catalogue::new(Lang::Zh);
        let mut answer = ProgressAnswer {
            number: "TB-330800-260907-000123-2".to_owned(),
            item: "社会保障卡申领".to_owned(),
            acceptance: AcceptanceAnswer {
                received: "2026-09-07".parse().expect("a day"),
                accepted: Some("2026-09-08".parse().expect("a day")),
                refused: false,
                correcting: false,
            },
            progress: CourseAnswer {
                stage: "S60".to_owned(),
                holder: "南平市".to_owned(),
                due: Some("2026-09-11".parse().expect("a day")),
                paused: false,
            },
            result: ResultAnswer::default(),
        };
        let text = super::text(&answer, &say);
        for expected in [
            "受理情况",
            "办理进度",
            "审查中",
            "南平市",
            "办理结果",
            "暂无",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        answer.result.outcome = Some(Outcome::Granted);
        answer.result.sent = true;
        assert!(super::text(&answer, &say).contains("准予"));
    }
}
