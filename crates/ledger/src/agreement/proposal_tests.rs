//! Proposals that every member signs or one refuses: what holds, what ends, what contradicts, in any order.

use tongban_identity::{CityId, Hash32};

use super::tests::{Four, adopt, batch, catalogue, code, guides, item, pairs, row, second};
use super::*;
use crate::calendar::CalendarYear;
use crate::code::Code;
use crate::id::EntryId;
use crate::netting::Netting;
use crate::parcel::fixture::{HS, MEMBERS, NP, QZ, SR, author, day, entry};

fn netting(code: &str, version: u32, mode: Netting) -> Proposal {
    Proposal {
        code: code.into(),
        version,
        subject: Subject::Netting(NettingRule {
            mode,
            effective: day("2026-11-01"),
        }),
        body: Body::Leading,
    }
}

fn common(nth: usize, version: u32, need: &str) -> Proposal {
    let mut texts = guides(&[nth]);
    for guide in &mut texts {
        guide.version = version;
        guide.requirements = vec![Requirement {
            id: need.into(),
            name: need.into(),
            must: true,
            ..Requirement::default()
        }];
    }
    Proposal {
        code: format!("GUIDE-{need}"),
        version,
        subject: Subject::Guides(texts),
        body: Body::Working,
    }
}

fn put(proposal: &Proposal) -> Act {
    Act::Propose(proposal.clone())
}

fn sign(id: EntryId, proposal: &Proposal) -> Act {
    Act::Adopt(Adopt {
        proposal: id,
        text: proposal.text(),
    })
}

fn refuse(id: EntryId) -> Act {
    Act::Refuse(Refuse {
        proposal: id,
        reason: "业务系统尚未对接".into(),
    })
}

fn standing(four: &Four, id: EntryId) -> Standing {
    let all = four.look(|view| {
        let decisions = view.decisions().into_iter();
        let found = decisions.filter(|one| one.id == id);
        found.map(|one| one.standing).collect::<Vec<_>>()
    });
    all[0]
}

/// a text holds once every member signed its hash; nobody signs twice, another text, or what ended.
#[test]
fn a_text_holds_once_every_member_signed_it() {
    let mut four = Four::new(catalogue(3, 3));
    let first = netting("JM-1", 1, Netting::Multilateral);
    let id = four.does(QZ, &put(&first));
    for city in [QZ, NP, SR] {
        four.does(city, &sign(id, &first));
    }
    let mode = |four: &Four, on: &str| four.look(|view| view.netting(day(on)));
    assert_eq!(mode(&four, "2026-12-01"), Netting::Pairwise);
    assert_eq!(four.judge(QZ, &sign(id, &first)), Err(Code::Already));
    let other = Act::Adopt(Adopt {
        proposal: id,
        text: Hash32([7; 32]),
    });
    assert_eq!(four.judge(HS, &other), Err(Code::TextChanged));
    assert_eq!(four.judge(HS, &sign(entry(9), &first)), Err(Code::NotFound));
    // A second text for the same waits until the first one is decided.
    let second = netting("JM-2", 1, Netting::Pairwise);
    assert_eq!(four.judge(SR, &put(&second)), Err(Code::ProposalOpen));
    four.does(HS, &sign(id, &first));
    assert_eq!(standing(&four, id), Standing::Adopted);
    assert_eq!(mode(&four, "2026-12-01"), Netting::Multilateral);
    assert_eq!(mode(&four, "2026-10-01"), Netting::Pairwise);
    assert_eq!(four.judge(HS, &refuse(id)), Err(Code::ProposalEnded));
    assert_eq!(four.judge(SR, &put(&second)), Err(Code::StaleParent));
    four.does(SR, &put(&netting("JM-2", 2, Netting::Pairwise)));
    assert_eq!(mode(&four, "2026-12-01"), Netting::Multilateral);
}

/// what all signed is what the view answers, from then on and not before.
#[test]
fn what_all_adopted_is_what_holds() {
    let mut four = Four::new(catalogue(3, 3));
    let decide = |four: &mut Four, subject: Subject, version: u32| {
        let proposal = Proposal {
            code: format!("JM-{version}"),
            version,
            subject,
            body: Body::Leading,
        };
        let id = four.does(QZ, &put(&proposal));
        for city in MEMBERS {
            four.does(city, &sign(id, &proposal));
        }
        let decisions = four.look(|view| view.decisions().len());
        assert!(decisions > 0);
    };
    let saturday = day("2026-11-14");
    let works = |four: &Four| four.look(|view| view.calendar().is_working_day(saturday));
    assert_eq!(works(&four), Ok(false));
    let year = CalendarYear::new(2026, [], [saturday]).unwrap();
    decide(&mut four, Subject::Calendar(year), 1);
    assert_eq!(works(&four), Ok(true));
    let year = CalendarYear::new(2026, [], []).unwrap();
    decide(&mut four, Subject::Calendar(year), 2);
    assert_eq!(works(&four), Ok(false), "the later version");
    let limits = Limits {
        push_days: 3,
        ..Limits::default()
    };
    assert_eq!(four.look(|view| view.limits().push_days), 1);
    decide(&mut four, Subject::Limits(limits), 1);
    assert_eq!(four.look(|view| view.limits().push_days), 3);
    // A line names the version of the rule that covered its posting date, also of one adopted since.
    let rule = PostageRule {
        version: 7,
        rule: Postage::OriginPays,
        effective: day("2026-11-01"),
        last_mile: LastMile::Origin,
    };
    decide(&mut four, Subject::Postage(rule.clone()), 7);
    let named = |four: &Four| four.look(|view| view.postage_version(7).cloned());
    assert_eq!(named(&four), Some(rule));
    let Subject::Guides(texts) = common(0, 2, "M1").subject else {
        panic!("guides");
    };
    decide(&mut four, Subject::Guides(texts), 2);
    let newest = |on: &str| {
        four.look(|view| {
            let guide = view.newest_guide(&code(0), &SR, 1, day(on));
            guide.map(|guide| guide.version)
        })
    };
    assert_eq!(newest("2026-11-14"), Some(2));
}

/// one objection ends a proposal, and so does its proposer; others go on with the next one at once.
#[test]
fn an_objection_ends_a_proposal_and_frees_its_place() {
    let mut four = Four::new(Annex::default());
    let first = netting("JM-1", 1, Netting::Multilateral);
    let id = four.does(QZ, &put(&first));
    four.does(QZ, &sign(id, &first));
    assert_eq!(four.judge(QZ, &refuse(id)), Err(Code::Already));
    let empty = Act::Refuse(Refuse {
        proposal: id,
        reason: " ".into(),
    });
    assert_eq!(four.judge(HS, &empty), Err(Code::Argument));
    assert_eq!(
        four.judge(HS, &Act::WithdrawProposal(id)),
        Err(Code::NoPower)
    );
    four.does(HS, &refuse(id));
    assert_eq!(standing(&four, id), Standing::Refused);
    assert_eq!(four.judge(NP, &sign(id, &first)), Err(Code::ProposalEnded));
    assert_eq!(four.judge(HS, &refuse(id)), Err(Code::ProposalEnded));
    let second = netting("JM-2", 1, Netting::Pairwise);
    let next = four.does(SR, &put(&second));
    four.does(QZ, &sign(next, &second));
    four.does(SR, &Act::WithdrawProposal(next));
    assert_eq!(standing(&four, next), Standing::Withdrawn);
    assert_eq!(
        four.judge(NP, &sign(next, &second)),
        Err(Code::ProposalEnded)
    );
    assert_eq!(four.judge(SR, &put(&second)), Ok(()));
}

/// R-004 (SC-5): a batch that one city refused, or that was withdrawn, frees its items and its id, also for those who
/// had adopted it.
#[test]
fn a_refused_batch_frees_its_items_and_id() {
    let mut four = Four::new(Annex::default());
    let first = four.does(QZ, &Act::ProposeBatch(second()));
    four.does(QZ, &adopt(first, &[]));
    four.does(NP, &adopt(first, &[]));
    four.does(HS, &refuse(first));
    assert_eq!(four.judge(SR, &adopt(first, &[])), Err(Code::ProposalEnded));
    let other = four.does(SR, &Act::ProposeBatch(second()));
    four.does(QZ, &adopt(other, &[]));
    four.does(SR, &Act::WithdrawProposal(other));
    let third = four.does(NP, &Act::ProposeBatch(second()));
    for city in MEMBERS {
        four.does(city, &adopt(third, &[]));
    }
    let told = four.look(|view| [first, other, third].map(|id| view.batch_standing(&id)));
    assert_eq!(
        told,
        [Standing::Refused, Standing::Withdrawn, Standing::Adopted]
    );
    assert!(four.look(|view| view.item(&code(900)).is_some()));
}

/// R-004 (SC-5): 23 further items: 1485 pairs with one reservation as owner, 1482 in both roles, 1212 with one objection.
#[test]
fn the_figures_of_the_second_batch() {
    let check = |role: Option<Role>, pairs_live: usize| {
        let mut four = Four::new(catalogue(101, 101));
        let items: Vec<usize> = (900..923).collect();
        let supplement = Supplement {
            batch: batch(
                "2026-2",
                ListKind::Regional,
                items.iter().map(|nth| row(*nth)).collect(),
            ),
            items: items.iter().map(|nth| item(*nth)).collect(),
            guides: guides(&items),
            activations: pairs(&items, day("2026-11-01")),
            effective: day("2026-11-01"),
        };
        let id = four.does(QZ, &Act::ProposeBatch(supplement));
        for city in [QZ, HS, SR] {
            four.does(city, &adopt(id, &[]));
        }
        match role {
            Some(role) => four.does(NP, &adopt(id, &[(916, role)])),
            None => four.does(NP, &refuse(id)),
        };
        assert_eq!(four.live_pairs(), pairs_live, "{role:?}");
    };
    check(Some(Role::Owner), 1_485);
    check(Some(Role::Both), 1_482);
    check(None, 1_212);
}

/// Entries given in some order of arrival, each put in once its parents are there.
fn arrive(base: &Four, entries: &[(EntryId, Vec<EntryId>, CityId, Act)], turn: usize) -> Four {
    let mut four = Four {
        index: base.index.clone(),
        last: 0,
    };
    let mut waiting = entries.to_vec();
    waiting.rotate_left(turn % entries.len());
    if turn % 2 == 1 {
        waiting.reverse();
    }
    while !waiting.is_empty() {
        waiting.retain(|(id, parents, city, act)| {
            let put = four.index.insert(*id, parents, &author(*city), act);
            put.is_err()
        });
    }
    four
}

/// two common guides proposed at once are a conflict, the version in force stays, and a later one that all sign
/// closes it (SC-5 rows 8 to 11), in any order of arrival.
#[test]
fn two_common_guides_at_once_wait_for_one_that_all_sign() {
    let base = Four::new(catalogue(6, 6));
    let heads = base.index.heads().to_vec();
    let (one, two) = (entry(2_000_000), entry(2_000_001));
    let texts = [common(5, 2, "M1"), common(5, 2, "M2")];
    let entries = [
        (one, heads.clone(), QZ, put(&texts[0])),
        (two, heads, SR, put(&texts[1])),
    ];
    let mut roots = Vec::new();
    for turn in 0..4 {
        let mut four = arrive(&base, &entries, turn);
        four.last = 3_000_000;
        let conflicts = four.look(|view| view.conflicts());
        let expected = Conflict::Guide {
            item: code(5),
            version: 2,
            owner: None,
        };
        assert_eq!(conflicts, [expected]);
        let version = |four: &Four| {
            four.look(|view| {
                let guide = view.newest_guide(&code(5), &SR, 1, day("2026-10-20"));
                guide.map(|guide| guide.version)
            })
        };
        assert_eq!(version(&four), Some(1));
        // A city signs one of the two at most.
        four.does(NP, &sign(one, &texts[0]));
        assert_eq!(
            four.judge(NP, &sign(two, &texts[1])),
            Err(Code::ProposalOpen)
        );
        four.does(QZ, &Act::WithdrawProposal(one));
        four.does(SR, &Act::WithdrawProposal(two));
        let third = common(5, 3, "M3");
        let id = four.does(QZ, &put(&third));
        for city in MEMBERS {
            four.does(city, &sign(id, &third));
        }
        assert_eq!(version(&four), Some(3));
        assert_eq!(four.look(|view| view.conflicts()), []);
        roots.push(four.index.state_root());
    }
    assert!(roots.iter().all(|root| *root == roots[0]));
}

/// a refusal that comes after every member signed undoes nothing, in whatever order the two are heard.
#[test]
fn what_every_member_signed_is_not_undone_by_a_late_withdrawal() {
    let base = Four::new(Annex::default());
    let heads = base.index.heads().to_vec();
    let text = netting("JM-1", 1, Netting::Multilateral);
    let id = entry(2_000_000);
    let mut entries = vec![(id, heads, QZ, put(&text))];
    for (nth, city) in (2_000_001..).zip(MEMBERS) {
        entries.push((entry(nth), vec![id], city, sign(id, &text)));
    }
    entries.push((
        entry(2_000_009),
        vec![entry(2_000_001)],
        QZ,
        Act::WithdrawProposal(id),
    ));
    for turn in 0..entries.len() * 2 {
        let four = arrive(&base, &entries, turn);
        assert_eq!(standing(&four, id), Standing::Adopted, "{turn}");
    }
    // Without the last signature the withdrawal holds, and nobody signs after it.
    let four = arrive(&base, &[&entries[..4], &entries[5..]].concat(), 0);
    assert_eq!(standing(&four, id), Standing::Withdrawn);
    assert_eq!(four.judge(HS, &sign(id, &text)), Err(Code::ProposalEnded));
}

/// two texts for one version that all signed, each not knowing that the other was complete: neither holds, the
/// version in force stays, and the next version settles it.
#[test]
fn contradictory_adoptions_leave_the_version_in_force() {
    let base = Four::new(Annex::default());
    let heads = base.index.heads().to_vec();
    let one = netting("JM-1", 1, Netting::Multilateral);
    let two = netting("JM-2", 1, Netting::Pairwise);
    let (first, second) = (entry(2_000_000), entry(2_000_001));
    let signed = |nth: u32| entry(2_000_010 + nth);
    let back = entry(2_000_020);
    let mut entries = vec![(first, heads, QZ, put(&one))];
    for (nth, city) in (0..).zip(MEMBERS) {
        entries.push((signed(nth), vec![first], city, sign(first, &one)));
    }
    entries.push((back, vec![signed(0)], QZ, Act::WithdrawProposal(first)));
    entries.push((second, vec![back], QZ, put(&two)));
    for (nth, city) in (0..).zip(MEMBERS) {
        let parents = vec![signed(nth), second];
        entries.push((entry(2_000_030 + nth), parents, city, sign(second, &two)));
    }
    let mut roots = Vec::new();
    for turn in 0..entries.len() {
        let mut four = arrive(&base, &entries, turn);
        four.last = 3_000_000;
        assert_eq!(standing(&four, first), Standing::Contradicted);
        assert_eq!(standing(&four, second), Standing::Contradicted);
        assert_eq!(
            four.look(|view| view.netting(day("2026-12-01"))),
            Netting::Pairwise
        );
        assert_eq!(four.look(|view| view.conflicts().len()), 1);
        roots.push(four.index.state_root());
        let third = netting("JM-3", 2, Netting::Multilateral);
        let id = four.does(NP, &put(&third));
        for city in MEMBERS {
            four.does(city, &sign(id, &third));
        }
        assert_eq!(
            four.look(|view| view.netting(day("2026-12-01"))),
            Netting::Multilateral
        );
        assert_eq!(four.look(|view| view.conflicts()), []);
    }
    assert!(roots.iter().all(|root| *root == roots[0]));
}

/// what a text says of itself is checked before anybody reads it.
#[test]
fn a_proposal_is_sound_by_itself() {
    let four = Four::new(catalogue(3, 3));
    let check = |change: &dyn Fn(&mut Proposal), expect: Result<(), Code>| {
        let mut proposal = common(0, 2, "M1");
        change(&mut proposal);
        assert_eq!(four.judge(QZ, &put(&proposal)), expect, "{proposal:?}");
    };
    fn texts(proposal: &mut Proposal) -> &mut Vec<Guide> {
        match &mut proposal.subject {
            Subject::Guides(guides) => guides,
            _ => panic!("guides"),
        }
    }
    check(&|_| {}, Ok(()));
    check(&|one| one.code.clear(), Err(Code::Argument));
    // The working group puts guides and nothing else.
    check(&|one| one.body = Body::Leading, Ok(()));
    check(
        &|one| one.subject = Subject::Limits(Limits::default()),
        Err(Code::NoPower),
    );
    check(&|one| one.version = 3, Err(Code::Argument));
    check(&|one| texts(one).clear(), Err(Code::Argument));
    check(
        &|one| texts(one)[1] = texts(one)[0].clone(),
        Err(Code::Argument),
    );
    check(&|one| texts(one)[1].item = code(1), Err(Code::Argument));
    check(
        &|one| texts(one)[0].owner = crate::parcel::fixture::OUTSIDE,
        Err(Code::NotMember),
    );
    check(
        &|one| {
            texts(one)
                .iter_mut()
                .for_each(|guide| guide.item = code(77))
        },
        Err(Code::ItemUnknown),
    );
    check(
        &|one| {
            one.version = 1;
            texts(one).iter_mut().for_each(|guide| guide.version = 1);
        },
        Err(Code::StaleParent),
    );
}

/// nobody fills the agreement with open proposals.
#[test]
fn a_city_has_so_many_open_proposals() {
    let mut four = Four::new(Annex::default());
    let year = |nth: usize| Proposal {
        code: format!("CAL-{nth}"),
        version: 1,
        subject: Subject::Calendar(CalendarYear::new(2000 + nth as i16, [], []).unwrap()),
        body: Body::Leading,
    };
    for nth in 0..OPEN_MAX {
        four.does(QZ, &put(&year(nth)));
    }
    assert_eq!(four.judge(QZ, &put(&year(99))), Err(Code::TooLarge));
    assert_eq!(four.judge(NP, &put(&year(99))), Ok(()));
}
