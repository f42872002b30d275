//! `tongban public`: what the public may see, to be published as it is: which items are live between which
//! cities today, in which modes, over which channels, by which guide, and at which windows. No officer, no case, no
//! applicant and nothing that a guide says to staff alone.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use tongban_identity::DivisionCode;
use tongban_ledger::agreement::{Mode, Transfer};
use tongban_ledger::answer::{AgreementAnswer, GuideAnswer, LiveAnswer, StatusAnswer};
use tongban_ledger::calendar::Day;
use tongban_ledger::city::roster::{Function, Window};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::agreement::guide_page;
use crate::commands::name_cities;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::table::{COLUMNS, narrow_table};

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this item, with its guides
    #[arg(long, value_name = "ITEM")]
    pub item: Option<String>,
    /// Only what is received in this city
    #[arg(long, value_name = "CITY")]
    pub receiver: Option<String>,
    /// Only what this city decides
    #[arg(long, value_name = "CITY")]
    pub owner: Option<String>,
}

/// What is chosen.
#[derive(Debug, Default)]
struct Choice {
    item: Option<String>,
    receiver: Option<DivisionCode>,
    owner: Option<DivisionCode>,
}

/// An item that people can have handled elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PublicItem {
    /// The city whose windows receive.
    receiver: DivisionCode,
    /// The city that decides.
    owner: DivisionCode,
    /// The item's base code.
    item: String,
    /// Its name.
    name: String,
    /// Its domain.
    domain: String,
    /// How it can be handled.
    modes: Vec<Mode>,
    /// The guide's version in force.
    guide: u32,
    /// Working days that are promised.
    promise_days: u16,
    /// The last day, where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Day>,
}

/// A window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PublicWindow {
    city: DivisionCode,
    id: String,
    name: String,
    division: String,
    functions: Vec<Function>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(mut args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let receiver = args.receiver.iter_mut().map(|city| ("--receiver", city));
    let owner = args.owner.iter_mut().map(|city| ("--owner", city));
    name_cities(receiver.chain(owner).collect(), context).await?;
    let division = |text: &Option<String>, option| {
        let text = text.as_ref();
        text.map(|text| read::division(text, option)).transpose()
    };
    let choice = Choice {
        receiver: division(&args.receiver, "--receiver")?,
        owner: division(&args.owner, "--owner")?,
        item: args.item,
    };
    let status = context.client.status().await;
    let status = status.map_err(|error| context.explain(error))?;
    let items = items(&status, &choice);
    let mut receivers: Vec<DivisionCode> = items.iter().map(|item| item.receiver).collect();
    receivers.sort_unstable();
    receivers.dedup();
    let mut windows = Vec::new();
    for city in receivers {
        let roster = context.client.roster(Some(city)).await;
        let roster = roster.map_err(|error| context.explain(error))?;
        let of = roster.current.windows.iter();
        windows.extend(of.filter_map(|window| public_window(city, window)));
    }
    let guides = guides(&status, &items);
    let cities = Cities::of(&status);
    let text = show(&items, &guides, &windows, &status, &choice, context.say);
    let guides: Vec<Value> = guides.into_iter().map(public_guide).collect();
    Ok(Shown::new(
        json!({
            "day": status.today,
            "items": items,
            "guides": guides,
            "channels": channels(&status),
            "windows": windows,
            "cities": names(&items, &cities),
        }),
        text,
    ))
}

/// Names of the cities by their codes.
fn names(items: &[PublicItem], cities: &Cities) -> BTreeMap<String, String> {
    let both = items.iter().flat_map(|item| [item.receiver, item.owner]);
    both.map(|city| (city.to_string(), cities.name(city)))
        .collect()
}

/// Channels over which papers travel, of each agreement.
fn channels(status: &StatusAnswer) -> Vec<Transfer> {
    let agreements = status.agreements.iter();
    let mut channels: Vec<Transfer> = agreements
        .flat_map(|agreement| agreement.terms.channels.iter().copied())
        .collect();
    channels.sort_unstable();
    channels.dedup();
    channels
}

/// What is live today between ordered pairs of cities.
fn items(status: &StatusAnswer, choice: &Choice) -> Vec<PublicItem> {
    let agreements = status.agreements.iter().filter(|one| one.effective);
    let mut items: Vec<PublicItem> = agreements
        .flat_map(|agreement| {
            let live = agreement.terms.live.iter();
            live.filter_map(|live| public_item(agreement, live, status.today, choice))
        })
        .collect();
    let key = |item: &PublicItem| (item.receiver, item.owner, item.item.clone());
    items.sort_by_key(key);
    // Where two agreements or two rows say the same, people need it once.
    items.dedup_by_key(|item| key(item));
    items
}

fn public_item(
    agreement: &AgreementAnswer,
    live: &LiveAnswer,
    today: Day,
    choice: &Choice,
) -> Option<PublicItem> {
    let terms = &agreement.terms;
    let runs = live.effective <= today && live.until.is_none_or(|until| today <= until);
    let chosen = choice.item.as_ref().is_none_or(|item| *item == live.item)
        && choice.receiver.is_none_or(|city| city == live.receiver)
        && choice.owner.is_none_or(|city| city == live.owner);
    if !runs || live.suspended || !chosen {
        return None;
    }
    let item = terms.items.iter().find(|item| item.code == live.item)?;
    let modes = match live.modes.is_empty() {
        true => item.modes.clone(),
        false => live.modes.clone(),
    };
    let of_item = |guide: &&GuideAnswer| guide.item == live.item && guide.owner == live.owner;
    let texts = |version| {
        let of = terms.guides.iter().filter(of_item);
        of.filter(|guide| guide.version == version).count()
    };
    // What the window follows: filed with the centre, and one text under its version.
    let newer = terms.guides.iter().filter(of_item).filter(|guide| {
        guide.version >= live.guide
            && guide.effective <= today
            && guide.texts.as_ref().is_none_or(|of| of.filed.is_some())
            && texts(guide.version) == 1
    });
    let guide = newer.map(|guide| guide.version).max();
    Some(PublicItem {
        receiver: live.receiver,
        owner: live.owner,
        item: live.item.clone(),
        name: item.name.clone(),
        domain: item.domain.clone(),
        modes,
        guide: guide.unwrap_or(live.guide),
        promise_days: item.promise_days,
        until: live.until,
    })
}

/// The guides of the items that are shown, each once.
fn guides<'a>(status: &'a StatusAnswer, items: &[PublicItem]) -> Vec<&'a GuideAnswer> {
    let agreements = status.agreements.iter();
    let all = agreements.flat_map(|agreement| &agreement.terms.guides);
    let named = |guide: &&GuideAnswer| {
        items.iter().any(|item| {
            (&item.item, item.owner, item.guide) == (&guide.item, guide.owner, guide.version)
        })
    };
    let mut guides: Vec<&GuideAnswer> = all.filter(named).collect();
    guides.sort_by_key(|guide| (guide.item.clone(), guide.owner, guide.version));
    guides.dedup_by_key(|guide| (guide.item.clone(), guide.owner, guide.version));
    guides
}

/// A guide without what is for staff.
fn public_guide(guide: &GuideAnswer) -> Value {
    let texts = guide.texts.as_ref().map(|texts| {
        let public = texts.elements.iter().filter(|(one, _)| one.public());
        let elements: BTreeMap<&str, &str> = public
            .map(|(one, text)| (one.name(), text.as_str()))
            .collect();
        json!({
            "elements": elements,
            "apply_ways": texts.apply_ways,
            "one_way_because": texts.one_way_because,
        })
    });
    json!({
        "item": guide.item,
        "owner": guide.owner,
        "version": guide.version,
        "effective": guide.effective,
        "id_check": guide.id_check,
        "requirements": guide.requirements,
        "texts": texts,
    })
}

/// A window at which people are served; no officer of it is named.
fn public_window(city: DivisionCode, window: &Window) -> Option<PublicWindow> {
    let serves = |function: &Function| !matches!(function, Function::Coordinate | Function::Route);
    let functions: Vec<Function> = window.functions.iter().copied().filter(serves).collect();
    (!functions.is_empty()).then(|| PublicWindow {
        city,
        id: window.id.clone(),
        name: window.name.clone(),
        division: window.division.clone(),
        functions,
        line: window.line.clone(),
    })
}

fn show(
    items: &[PublicItem],
    guides: &[&GuideAnswer],
    windows: &[PublicWindow],
    status: &StatusAnswer,
    choice: &Choice,
    say: &Catalogue,
) -> String {
    let cities = Cities::of(status);
    if items.is_empty() {
        return format!("{}\n", say.t("public-none"));
    }
    let mut text = format!(
        "{}\n",
        say.tf("public-title", &[("day", &status.today.to_string())])
    );
    let header = [
        say.t("label-item"),
        say.t("label-name-item"),
        say.t("label-mode"),
        say.t("label-guide"),
        say.t("label-promise"),
    ];
    for pair in items.chunk_by(|one, two| (one.receiver, one.owner) == (two.receiver, two.owner)) {
        let Some(first) = pair.first() else {
            continue;
        };
        let (receiver, owner) = (cities.name(first.receiver), cities.name(first.owner));
        let values = [("receiver", receiver.as_str()), ("owner", owner.as_str())];
        text.push_str(&format!("\n{}\n", say.tf("public-pair", &values)));
        let rows = pair.iter().map(|item| {
            let modes = item.modes.iter().map(|mode| say.term("mode", mode.name()));
            let modes: Vec<String> = modes.collect();
            vec![
                item.item.clone(),
                item.name.clone(),
                modes.join(&say.t("list-comma")),
                item.guide.to_string(),
                item.promise_days.to_string(),
            ]
        });
        text.push_str(&narrow_table(&header, rows.collect(), &[1, 2], COLUMNS));
    }
    if !windows.is_empty() {
        let header = [
            say.t("label-city"),
            say.t("label-window-name"),
            say.t("label-functions"),
            say.t("label-line"),
        ];
        let rows = windows.iter().map(|window| {
            let does = window.functions.iter();
            let does =
                does.map(|one| say.term("function", crate::commands::roster::function(*one)));
            let does: Vec<String> = does.collect();
            vec![
                cities.name(window.city),
                window.name.clone(),
                does.join(&say.t("list-comma")),
                window.line.clone().unwrap_or_default(),
            ]
        });
        text.push_str(&format!("\n{}\n", say.t("public-windows")));
        text.push_str(&narrow_table(&header, rows.collect(), &[1, 2, 3], COLUMNS));
    }
    if choice.item.is_some() {
        for guide in guides {
            text.push_str(&format!("\n{}", guide_page(guide, &cities, false, say)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{status, whole_guide};

    fn window() -> Window {
        serde_json::from_value(json!({
            "id": "QZ-01", "name": "跨省通办专窗", "division": "330802100000", "level": 3,
            "functions": ["receive", "route"], "line": "0570-1", "from": "2026-01-01",
        }))
        .expect("a window")
    }

    /// what is live today is listed for its ordered pair with mode and guide, and what ended or is suspended is
    /// not.
    #[test]
    fn what_is_live_is_listed_and_what_ended_is_not() {
        let choice = Choice::default();
        let mut status = status();
        let all = items(&status, &choice);
        let live = &status.agreements[0].terms.live;
        assert!(!all.is_empty() && all.len() <= live.len(), "{all:?}");
        let first = all[0].clone();
        for change in [
            (|live: &mut LiveAnswer, _: Day| live.suspended = true) as fn(&mut LiveAnswer, Day),
            |live, today| live.effective = today.tomorrow().expect("a day"),
            |live, _| live.until = "2020-01-01".parse().ok(),
        ] {
            let mut ended = status.clone();
            let today = ended.today;
            for agreement in &mut ended.agreements {
                for live in &mut agreement.terms.live {
                    change(live, today);
                }
            }
            assert_eq!(items(&ended, &choice), []);
        }
        let other = Choice {
            item: Some("I-99".to_owned()),
            ..Choice::default()
        };
        assert_eq!(items(&status, &other), []);
        let one = Choice {
            item: Some(first.item.clone()),
            receiver: Some(first.receiver),
            owner: Some(first.owner),
        };
        assert_eq!(items(&status, &one), std::slice::from_ref(&first));
        status.agreements[0].effective = false;
        assert_eq!(items(&status, &choice), []);
    }

    /// the public sees the guide's public elements, windows that serve people, and nothing for staff.
    #[test]
    fn nothing_for_staff_is_public() {
        let guide = whole_guide();
        let text = public_guide(&guide).to_string();
        assert!(text.contains("不收费") && text.contains("M1"), "{text}");
        let texts = guide.texts.as_ref().expect("a whole guide");
        let staff = texts.elements.iter().filter(|(one, _)| !one.public());
        let mut count = 0;
        for (_, words) in staff.filter(|(_, words)| !words.is_empty()) {
            count += 1;
            assert!(!text.contains(words.as_str()), "{words}: {text}");
        }
        assert!(count > 0, "the guide has words for staff");
        let city = "330800".parse().expect("a code");
        let shown = public_window(city, &window()).expect("it receives");
        assert_eq!(shown.functions, [Function::Receive]);
        let inner = Window {
            functions: vec![Function::Route],
            ..window()
        };
        assert_eq!(public_window(city, &inner), None);
    }

    #[test]
    fn the_listing_is_80_columns_wide_in_both_languages() {
        use unicode_width::UnicodeWidthStr;
        let status = status();
        let choice = Choice::default();
        let items = items(&status, &choice);
        let city = "330800".parse().expect("a code");
        let windows: Vec<PublicWindow> = public_window(city, &window()).into_iter().collect();
        for lang in [Lang::Zh, Lang::En] {
            let say = Catalogue::new(lang);
            let text = show(&items, &[], &windows, &status, &choice, &say);
            let mut drawn = text.lines().filter(|line| line.contains('│'));
            assert!(drawn.all(|line| line.width() <= 80), "{text}");
            assert!(
                text.contains("QZ-01") || text.contains("跨省通办专窗"),
                "{text}"
            );
        }
    }
}
