//! What a command did, for people: its line, the receipt, where a push is, how a grant is taken. What must be
//! asked for besides is left out if the node does not tell.

use std::time::Duration;

use tongban_ledger::answer::Done;
use tongban_ledger::command::Command;

use crate::commands::case::handoff;
use crate::commands::parcel::miscount;
use crate::commands::{name, settled, short};
use crate::context::Context;
use crate::receipt::{self, Slip};

/// How often it is asked whether a connected city took a push, and how long between two questions.
const PUSH_LOOKS: u32 = 10;
const PUSH_LOOK: Duration = Duration::from_millis(200);

/// Says what a command did.
pub async fn text(command: &Command, done: &Done, context: &Context<'_>) -> String {
    let say = context.say;
    let what = say.term("done", &name(command).replace('.', "-"));
    let parcel = match name(command).starts_with("parcel.") {
        true => context.client.parcel(&done.document).await.ok(),
        false => None,
    };
    let number = parcel.as_ref().map(|parcel| parcel.tracking.clone());
    let number = done.number.clone().or(number);
    let number = match number {
        Some(number) => Some(number),
        None => settled::subject(command, done, context).await,
    };
    let subject = number.unwrap_or_else(|| short(&done.document));
    let mut text = format!(
        "{}\n",
        say.tf("done-line", &[("what", &what), ("subject", &subject)])
    );
    if done.repeated {
        text.push_str(&format!("{}\n", say.t("done-repeated")));
    }
    for warning in &done.warnings {
        text.push_str(&format!("{}\n", say.term("warning", warning)));
    }
    let counted = parcel.filter(|_| matches!(command, Command::ParcelOpen(_)));
    if let Some(line) = counted.and_then(|parcel| miscount(&parcel, say)) {
        text.push_str(&format!("{line}\n"));
    }
    text.push_str(&more(command, done, context).await);
    text
}

async fn more(command: &Command, done: &Done, context: &Context<'_>) -> String {
    let say = context.say;
    match (command, &done.receipt) {
        (Command::CaseReceive(receive), Some(paper)) => {
            let slip = Slip {
                paper,
                applicant: &receive.applicant.name,
                missing: &missing(&paper.number, context).await,
            };
            receipt::receipt(&slip, say)
        }
        (Command::CasePush(_), _) => pushed(done, context).await,
        (Command::OfferGrant(offer), _) => {
            let Some(grant) = done.entries.first() else {
                return String::new();
            };
            let city = context.cities().await.show(offer.to);
            let values = [("grant", grant.as_str()), ("city", city.as_str())];
            format!("{}\n", say.tf("grant-next", &values))
        }
        _ => String::new(),
    }
}

/// Finds what a case that was just received still lacks of its materials.
async fn missing(number: &str, context: &Context<'_>) -> Vec<String> {
    let Ok(case) = context.client.case(number).await else {
        return Vec::new();
    };
    let (_, guides) = context.known().await;
    let known = guides.of_case(&case);
    case.missing
        .iter()
        .filter(|what| !what.contains(':') && !matches!(what.as_str(), "id-check" | "formal-pass"))
        .map(|what| known.missing(what, context.say))
        .collect()
}

/// Says where a push is. A node that is connected takes it at once, so a moment is waited for that.
async fn pushed(done: &Done, context: &Context<'_>) -> String {
    let mut looks = 0;
    loop {
        let Ok(case) = context.client.case(&done.document).await else {
            return String::new();
        };
        let (cities, _) = context.known().await;
        let Some(open) = &case.row.handoff else {
            let holders = cities.names(&case.row.holders, context.say);
            return format!(
                "{}\n",
                context.say.tf("pushed-taken", &[("city", &holders)])
            );
        };
        looks += 1;
        if looks == PUSH_LOOKS || !cities.is_online(open.to) {
            return format!("{}\n", handoff(open, &cities, context.say));
        }
        tokio::time::sleep(PUSH_LOOK).await;
    }
}
