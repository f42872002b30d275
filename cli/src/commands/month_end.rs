//! What of the last month's bills and round waits for this city, or is late, for the board.

use serde::Serialize;
use tongban_ledger::answer::{BillRow, RoundRow};
use tongban_ledger::calendar::{Day, Month};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::context::Context;

/// The bills and rounds of the month before.
#[derive(Debug, Default, Serialize)]
pub struct MonthEnd {
    bills: Vec<BillRow>,
    rounds: Vec<RoundRow>,
}

/// Asks for them; a node that does not tell has none.
pub async fn ask(today: Day, context: &Context<'_>) -> MonthEnd {
    let Some(month) = Month::of(today).previous() else {
        return MonthEnd::default();
    };
    MonthEnd {
        bills: context.client.bills(month).await.unwrap_or_default(),
        rounds: context.client.rounds(month).await.unwrap_or_default(),
    }
}

/// Writes a line for each bill and round that waits for this city or whose step is late; nothing where there is none.
pub fn show(found: &MonthEnd, cities: &Cities, say: &Catalogue) -> String {
    let mut text = String::new();
    let late = |late: bool| match late {
        true => say.t("bill-overdue"),
        false => String::new(),
    };
    let day = |day: Option<Day>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
    for bill in &found.bills {
        if !bill.waits_for.iter().any(|city| cities.is_own(*city)) {
            continue;
        }
        let (month, city) = (bill.month.to_string(), cities.name(bill.with));
        let (until, late) = (day(bill.until), late(bill.overdue));
        let values = [
            ("month", month.as_str()),
            ("city", city.as_str()),
            ("until", until.as_str()),
            ("late", late.as_str()),
        ];
        text.push_str(&format!("{}\n", say.tf("board-bill", &values)));
    }
    for round in &found.rounds {
        let mine = round.waits_for.iter().any(|city| cities.is_own(*city));
        let month = round.month.to_string();
        if mine && round.stage == "proposed" {
            let (until, late) = (day(round.steps.signatures), late(!round.overdue.is_empty()));
            let values = [
                ("month", month.as_str()),
                ("until", until.as_str()),
                ("late", late.as_str()),
            ];
            text.push_str(&format!("{}\n", say.tf("board-round", &values)));
        } else if !round.overdue.is_empty() && round.document.is_some() {
            let step = say.term("late", &round.overdue);
            let values = [("month", month.as_str()), ("step", step.as_str())];
            text.push_str(&format!("{}\n", say.tf("board-round-late", &values)));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\n{}\n{text}", say.t("board-month-end")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    #[test]
    fn the_board_names_what_waits_for_this_city() {
        let bill = |waits: &str| {
            serde_json::from_value(json!({
                "agreement": "a1", "month": "2026-09", "with": "350700", "stage": "signed", "lines": 1,
                "owed": 2200, "due": 0, "net": -2200, "waits_for": [waits], "until": "2026-10-20",
            }))
            .expect("a bill")
        };
        let round = serde_json::from_value(json!({
            "document": "d1", "agreement": "a1", "month": "2026-09", "stage": "proposed", "number": 1,
            "waits_for": ["330800"], "quorum": 2, "steps": {"signatures": "2026-10-20"},
            "overdue": "signatures",
        }))
        .expect("a round");
        let found = MonthEnd {
            bills: vec![bill("330800"), bill("350700")],
            rounds: vec![round],
        };
        let text = show(&found, &cities(), &Catalogue::new(Lang::Zh));
        assert_eq!(text.matches("2026-10-20").count(), 2, "{text}");
        assert!(text.contains("逾期"), "{text}");
        assert_eq!(
            show(&MonthEnd::default(), &cities(), &Catalogue::new(Lang::Zh)),
            ""
        );
    }
}
