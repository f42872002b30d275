//! The terms of an agreement for people: items, guides with their requirements, what is live between whom,
//! grants, postage. A founding file is read here too, so that a city sees them before it signs.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::agreement::{Found, LastMile, Limits, Mode, Power};
use tongban_ledger::answer::{GrantAnswer, GuideAnswer, JointAnswer, LiveAnswer, TermsAnswer};
use tongban_ledger::command::CalendarTerms;
use tongban_ledger::command::lists::RecognitionTerms;
use tongban_ledger::netting::Netting;

use super::list_terms;
use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::short;
use crate::table::{COLUMNS, indent, narrow_table};

/// Two cities in the order in which one does something for the other.
type Pair = (DivisionCode, DivisionCode);

/// Takes the terms from a founding act, with the cities that it names.
pub fn of_found(found: &Found) -> (TermsAnswer, Cities) {
    let division = |id: &tongban_identity::CityId| {
        let founder = found.founders.iter().find(|founder| founder.city == *id);
        founder.map(|founder| founder.division)
    };
    let annex = &found.annex;
    let guides = annex.guides.iter().filter_map(|guide| {
        Some(GuideAnswer {
            item: guide.item.clone(),
            owner: division(&guide.owner)?,
            version: guide.version,
            effective: guide.effective,
            requirements: guide.requirements.clone(),
            id_check: guide.id_check,
            texts: guide.texts.clone(),
        })
    });
    let live = annex.activations.iter().filter_map(|live| {
        Some(LiveAnswer {
            item: live.item.clone(),
            receiver: division(&live.receiver)?,
            owner: division(&live.owner)?,
            guide: live.guide,
            effective: live.effective,
            suspended: false,
            until: live.until,
            modes: live.modes.clone(),
        })
    });
    let grants = annex.grants.iter().filter_map(|grant| {
        Some(GrantAnswer {
            grant: None,
            grantor: division(&grant.grantor)?,
            grantee: division(&grant.grantee)?,
            items: grant.items.clone(),
            powers: grant.powers.clone(),
            in_force: true,
            withdrawn: false,
            from: grant.from,
            until: grant.until,
        })
    });
    let joint = annex.joint.iter().filter_map(|joint| {
        Some(JointAnswer {
            item: joint.item.clone(),
            lead: division(&joint.lead)?,
            partner: division(&joint.partner)?,
            steps: joint.steps.clone(),
            feedback: joint.feedback,
            days: joint.days,
        })
    });
    let recognition = annex.recognition.iter().map(|known| RecognitionTerms {
        cert_type: known.cert_type.clone(),
        issuer: known.issuer,
        accepted_by: known.accepted_by.iter().filter_map(division).collect(),
        from: known.from,
    });
    let terms = TermsAnswer {
        decisions: Vec::new(),
        netting: Netting::Pairwise,
        items: annex.items.clone(),
        guides: guides.collect(),
        live: live.collect(),
        grants: grants.collect(),
        postage: annex.postage.clone(),
        joint: joint.collect(),
        limits: annex.limits,
        calendars: annex.calendars.iter().map(CalendarTerms::of).collect(),
        channels: annex.channels.clone(),
        recognition: recognition.collect(),
        lists: super::list_terms::of_found(found),
    };
    let founders = found.founders.iter();
    let cities = Cities::named(founders.map(|founder| (founder.division, founder.name.clone())));
    (terms, cities)
}

/// Writes the terms; with `full` whole ids of grants.
pub fn show(terms: &TermsAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let mut text = String::new();
    let mut part = |title: String, body: String| {
        if !body.is_empty() {
            text.push_str(&format!("\n{title}\n{body}"));
        }
    };
    part(say.t("terms-items"), items(terms, say));
    part(say.t("terms-guides"), guides(&terms.guides, cities, say));
    part(say.t("terms-live"), live(&terms.live, cities, say));
    part(
        say.t("terms-grants"),
        grants(&terms.grants, cities, full, say),
    );
    part(say.t("terms-joint"), joint(&terms.joint, cities, say));
    part(say.t("terms-postage"), postage(terms, say));
    part(say.t("terms-limits"), limits(&terms.limits, say));
    part(say.t("terms-calendars"), calendars(terms, say));
    part(
        say.t("terms-papers"),
        list_terms::papers(terms, cities, say),
    );
    part(
        say.t("terms-lists"),
        list_terms::lists(&terms.lists, cities, full, say),
    );
    text
}

/// Writes the steps of each pair of lead and partner.
fn joint(joint: &[JointAnswer], cities: &Cities, say: &Catalogue) -> String {
    let mut text = String::new();
    for agreed in joint {
        let lead = cities.name(agreed.lead);
        let partner = cities.name(agreed.partner);
        let values = [
            ("item", agreed.item.as_str()),
            ("lead", lead.as_str()),
            ("partner", partner.as_str()),
        ];
        text.push_str(&indent(&say.tf("terms-joint-line", &values)));
        let mut lines = Vec::new();
        for step in &agreed.steps {
            let city = if step.partner { &partner } else { &lead };
            let days = step.days.to_string();
            let mut marks = Vec::new();
            if !step.after.is_empty() {
                let after = step.after.join(&say.t("list-comma"));
                marks.push(say.tf("terms-step-after", &[("steps", &after)]));
            }
            if step.irreversible {
                marks.push(say.t("terms-irreversible"));
            }
            if let Some(undone) = &step.undoes {
                marks.push(say.tf("terms-step-undoes", &[("step", undone)]));
            }
            let marks = marks.join(&say.t("list-comma"));
            let values = [
                ("step", step.id.as_str()),
                ("name", step.name.as_str()),
                ("city", city.as_str()),
                ("days", days.as_str()),
                ("marks", marks.as_str()),
            ];
            lines.push(say.tf("terms-step", &values));
        }
        text.push_str(&indent(&indent(&lines.join("\n"))));
    }
    text
}

/// Writes the limits that are not the usual ones.
fn limits(limits: &Limits, say: &Catalogue) -> String {
    let usual = Limits::default();
    let mut lines = Vec::new();
    if limits.deemed_all {
        lines.push(say.t("terms-deemed-all"));
    }
    let days = [
        ("push", limits.push_days, usual.push_days),
        (
            "originals_post",
            limits.originals_days,
            usual.originals_days,
        ),
        ("ack_wait", limits.ack_days, usual.ack_days),
        ("recheck", limits.recheck_days, usual.recheck_days),
        ("correction", limits.correction_days, usual.correction_days),
        ("result_send", limits.result_days, usual.result_days),
        ("serve", limits.serve_days, usual.serve_days),
        ("confirm", limits.confirm_days, usual.confirm_days),
        (
            "bad_rating_contact",
            limits.contact_days,
            usual.contact_days,
        ),
        ("bad_rating_fix", limits.mend_days, usual.mend_days),
        ("complaint", limits.complaint_days, usual.complaint_days),
        ("idle_view", limits.view_hours, usual.view_hours),
    ];
    for (clock, agreed, usual) in days {
        if agreed != usual {
            let (agreed, usual) = (agreed.to_string(), usual.to_string());
            let clock = say.term("clock", clock);
            let values = [
                ("clock", clock.as_str()),
                ("agreed", agreed.as_str()),
                ("usual", usual.as_str()),
            ];
            lines.push(say.tf("terms-limit", &values));
        }
    }
    match lines.is_empty() {
        true => String::new(),
        false => indent(&lines.join("\n")),
    }
}

fn calendars(terms: &TermsAnswer, say: &Catalogue) -> String {
    let each = terms.calendars.iter().map(|calendar| {
        let year = calendar.year.to_string();
        let (off, work) = (
            calendar.off.len().to_string(),
            calendar.work.len().to_string(),
        );
        let values = [("year", &*year), ("off", &*off), ("work", &*work)];
        indent(&say.tf("terms-calendar", &values))
    });
    each.collect()
}

fn items(terms: &TermsAnswer, say: &Catalogue) -> String {
    if terms.items.is_empty() {
        return String::new();
    }
    let header = [
        say.t("label-item-code"),
        say.t("label-item"),
        say.t("label-domain"),
        say.t("label-licence"),
        say.t("label-promise"),
        say.t("label-modes"),
    ];
    let rows = terms
        .items
        .iter()
        .map(|item| {
            let licence = if item.licence {
                say.t("yes")
            } else {
                say.t("no")
            };
            vec![
                item.code.clone(),
                item.name.clone(),
                item.domain.clone(),
                licence,
                item.promise_days.to_string(),
                match item.modes.as_slice() {
                    [] => Mode::B.name().to_owned(),
                    modes => modes.iter().map(|mode| mode.name()).collect(),
                },
            ]
        })
        .collect();
    narrow_table(&header, rows, &[1, 2], COLUMNS)
}

/// Writes each guide once, with all the cities that published the same text.
fn guides(guides: &[GuideAnswer], cities: &Cities, say: &Catalogue) -> String {
    let mut same: Vec<(&GuideAnswer, Vec<DivisionCode>)> = Vec::new();
    for guide in guides {
        let alike = |other: &&mut (&GuideAnswer, Vec<DivisionCode>)| {
            let other = other.0;
            (&other.item, other.version, other.effective, other.id_check)
                == (&guide.item, guide.version, guide.effective, guide.id_check)
                && other.requirements == guide.requirements
                && other.texts == guide.texts
        };
        match same.iter_mut().find(alike) {
            Some((_, owners)) => owners.push(guide.owner),
            None => same.push((guide, vec![guide.owner])),
        }
    }
    let mut text = String::new();
    for (guide, owners) in same {
        let version = guide.version.to_string();
        let effective = guide.effective.to_string();
        let owners = everyone(&owners, cities, say);
        let values = [
            ("item", guide.item.as_str()),
            ("version", version.as_str()),
            ("effective", effective.as_str()),
            ("owners", owners.as_str()),
        ];
        text.push_str(&indent(&say.tf("terms-guide", &values)));
        let mut lines: Vec<String> = Vec::new();
        for need in &guide.requirements {
            let mut marks = vec![match need.must {
                true => say.t("terms-must"),
                false => say.t("terms-may"),
            }];
            if need.original {
                marks.push(say.t("terms-original"));
            }
            if need.verified_elsewhere() {
                marks.push(say.t("terms-no-original"));
            }
            let marks = marks.join(&say.t("list-comma"));
            let values = [("id", &*need.id), ("name", &*need.name), ("marks", &*marks)];
            lines.push(say.tf("terms-need", &values));
        }
        if guide.id_check {
            lines.push(say.t("terms-id-check"));
        }
        text.push_str(&indent(&indent(&lines.join("\n"))));
    }
    text
}

/// Writes what is live, one line for each item; pairs are counted where all cities serve each other.
fn live(live: &[LiveAnswer], cities: &Cities, say: &Catalogue) -> String {
    type Key = (String, u32, String, bool);
    let mut by: BTreeMap<Key, Vec<Pair>> = BTreeMap::new();
    for row in live {
        by.entry((
            row.item.clone(),
            row.guide,
            row.effective.to_string(),
            row.suspended,
        ))
        .or_default()
        .push((row.receiver, row.owner));
    }
    let mut text = String::new();
    for ((item, guide, effective, suspended), pairs) in by {
        let guide = guide.to_string();
        let pairs = arrows(&pairs, cities, say);
        let state = match suspended {
            true => say.t("terms-suspended"),
            false => String::new(),
        };
        let values = [
            ("item", item.as_str()),
            ("version", guide.as_str()),
            ("effective", effective.as_str()),
            ("pairs", pairs.as_str()),
            ("state", state.as_str()),
        ];
        text.push_str(&indent(&say.tf("terms-live-line", &values)));
    }
    text
}

/// Writes grants: those of the terms together, each later one by itself with its id.
fn grants(grants: &[GrantAnswer], cities: &Cities, full: bool, say: &Catalogue) -> String {
    type Key = (Option<String>, Vec<String>, Vec<Power>, String);
    let mut by: BTreeMap<Key, Vec<Pair>> = BTreeMap::new();
    for grant in grants {
        let state = match (grant.withdrawn, grant.in_force) {
            (true, _) => say.t("grant-withdrawn"),
            (false, true) => say.t("grant-in-force"),
            (false, false) => say.t("grant-offered"),
        };
        let id = grant.grant.as_ref().map(|id| match full {
            true => id.clone(),
            false => short(id),
        });
        by.entry((id, grant.items.clone(), grant.powers.clone(), state))
            .or_default()
            .push((grant.grantor, grant.grantee));
    }
    let mut text = String::new();
    for ((id, items, powers, state), pairs) in by {
        let pairs = arrows(&pairs, cities, say);
        let powers: Vec<String> = powers
            .iter()
            .map(|power| power_words(*power, say))
            .collect();
        let powers = powers.join(&say.t("list-comma"));
        let items = match items.is_empty() {
            true => say.t("terms-every-item"),
            false => items.join(&say.t("list-comma")),
        };
        let id = id.unwrap_or_else(|| say.t("grant-of-terms"));
        let values = [
            ("id", id.as_str()),
            ("pairs", pairs.as_str()),
            ("items", items.as_str()),
            ("powers", powers.as_str()),
            ("state", state.as_str()),
        ];
        text.push_str(&indent(&say.tf("terms-grant", &values)));
    }
    text
}

fn postage(terms: &TermsAnswer, say: &Catalogue) -> String {
    terms
        .postage
        .iter()
        .map(|rule| {
            let mut words = say.term("postage", rule.rule.name());
            if rule.last_mile == LastMile::Issuer {
                words = format!("{words}{}{}", say.t("list-comma"), say.t("postage-issuer"));
            }
            let (version, effective) = (rule.version.to_string(), rule.effective.to_string());
            let values = [
                ("version", version.as_str()),
                ("effective", effective.as_str()),
                ("rule", &*words),
            ];
            indent(&say.tf("terms-postage-line", &values))
        })
        .collect()
}

/// Writes a power with its meaning, as `G1a（收件）`.
fn power_words(power: Power, say: &Catalogue) -> String {
    let name = serde_json::to_value(power).ok();
    let name = name
        .as_ref()
        .and_then(|name| name.as_str())
        .unwrap_or_default();
    let meaning = say.term("power", name);
    say.tf("help-word", &[("word", name), ("meaning", &meaning)])
}

/// Writes cities by name, or that it is all of them.
fn everyone(list: &[DivisionCode], cities: &Cities, say: &Catalogue) -> String {
    match list.len() > 1 && list.len() == cities.count() {
        true => say.t("terms-all-cities"),
        false => cities.names(list, say),
    }
}

/// Writes ordered pairs, or that every city does it for every other.
fn arrows(pairs: &[Pair], cities: &Cities, say: &Catalogue) -> String {
    let all = cities.count() * cities.count().saturating_sub(1);
    if pairs.len() == all && all > 1 {
        let count = all.to_string();
        return say.tf("terms-all-pairs", &[("count", &count)]);
    }
    let each: Vec<String> = pairs
        .iter()
        .map(|(from, to)| format!("{}→{}", cities.name(*from), cities.name(*to)))
        .collect();
    each.join(&say.t("list-comma"))
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{cities, status};

    #[test]
    fn the_terms_are_shown_whole() {
        let say = Catalogue::new(Lang::Zh);
        let terms = &status().agreements[0].terms;
        let text = show(terms, &cities(), false, &say);
        for expected in [
            "I-04",
            "社会保障卡申领",
            "M1 社会保障卡申领表（必交）",
            "M2 居民身份证（必交、验原件）",
            "人证核验",
            "各成员城市之间（2 对）",
            "G1a（收件）、G3（原件核验）",
            "寄出地政府买单",
            "cdcdcdcdcdcd 南平市→衢州市",
            "待对方接受",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(text.lines().all(|line| line.width() <= 100), "{text}");
        let full = show(terms, &cities(), true, &say);
        assert!(full.contains(&"cd".repeat(32)), "{full}");
    }
}
