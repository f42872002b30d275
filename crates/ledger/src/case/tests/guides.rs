//! Guides: one for all ways of applying, materials that are verified elsewhere, papers over agreed channels.

use super::fixture::{Fixture, Play, acked, material, need, on, receive, who};
use super::*;
use crate::agreement::{
    Act as Founding, ApplyWay, Element, Filed, Guide, GuideTexts, Item, Mode, Recognition,
    Requirement, ReviewKind, Transfer, VerifyBy,
};

/// A whole guide of 南平 for its item.
fn whole(version: u32) -> Guide {
    let elements = Element::ALL.iter();
    let elements = elements.map(|element| (*element, format!("{}：见公告。", element.name())));
    Guide {
        item: "I-02".into(),
        owner: NP,
        version,
        effective: day("2026-01-02"),
        requirements: vec![need("M1", true, true), need("M2", true, false)],
        id_check: true,
        texts: Some(GuideTexts {
            elements: elements.collect(),
            modes: vec![Mode::A, Mode::B],
            apply_ways: vec![ApplyWay::Online, ApplyWay::Window],
            one_way_because: None,
            channels: vec![Transfer::Platform],
            filed: Some(Filed {
                by: "政务服务中心".into(),
                on: day("2026-01-01"),
                file_no: "备〔2026〕1号".into(),
            }),
        }),
    }
}

fn texts(guide: &mut Guide) -> &mut GuideTexts {
    guide.texts.as_mut().unwrap()
}

/// R-110: a whole guide with any mandatory element empty is refused, and the element is named.
#[test]
fn an_empty_element_of_a_guide_is_named() {
    assert_eq!(whole(2).check(), Ok(()));
    let named = |guide: &Guide| guide.check().map_err(|fault| (fault.code, fault.part));
    for element in Element::ALL {
        let mut guide = whole(2);
        texts(&mut guide).elements.insert(*element, "  ".into());
        match element.mandatory() {
            true => {
                let fault = (Code::Argument, element.name().to_owned());
                assert_eq!(named(&guide), Err(fault));
            }
            false => assert_eq!(named(&guide), Ok(())),
        }
    }
    for (part, empty) in [
        (
            "materials",
            (|guide| guide.requirements.clear()) as fn(&mut Guide),
        ),
        ("modes", |guide| texts(guide).modes.clear()),
        ("channels", |guide| texts(guide).channels.clear()),
        ("apply-ways", |guide| texts(guide).apply_ways.clear()),
    ] {
        let mut guide = whole(2);
        empty(&mut guide);
        assert_eq!(named(&guide), Err((Code::Argument, part.to_owned())));
        let fixture = Fixture::new();
        let refused = fixture.judge(NP, &Founding::Publish(guide));
        assert_eq!(refused, Err(Code::Argument), "{part}");
    }
    let mut long = whole(2);
    texts(&mut long)
        .elements
        .insert(Element::Faq, "问".repeat(2_000));
    assert_eq!(named(&long), Err((Code::TooLarge, "faq".to_owned())));
    // A material is needed always or on a condition.
    let mut unclear = whole(2);
    unclear.requirements[0].condition = Some("已婚的".into());
    assert_eq!(named(&unclear), Err((Code::Argument, "M1".to_owned())));
}

/// R-088: one way of applying without a reason fails the check of the guide.
#[test]
fn one_way_of_applying_needs_a_reason() {
    let mut guide = whole(2);
    texts(&mut guide).apply_ways = vec![ApplyWay::Window];
    let fault = guide.check().map_err(|fault| fault.part);
    assert_eq!(fault, Err("apply-ways".to_owned()));
    texts(&mut guide).one_way_because = Some("须本人到场按捺指纹".into());
    assert_eq!(guide.check(), Ok(()));
}

/// R-111: a guide that was not filed is no basis of an activation, and a published one is not followed.
#[test]
fn a_guide_that_was_not_filed_is_not_followed() {
    let mut fixture = Fixture::new();
    let mut guide = whole(2);
    texts(&mut guide).filed = None;
    fixture.enact(1_000_010, NP, &Founding::Publish(guide.clone()));
    let followed = |fixture: &Fixture| {
        let view = fixture.view();
        let guide = view.own_guide("I-02", &NP, day("2026-09-07"));
        guide.map(|guide| guide.version)
    };
    assert_eq!(followed(&fixture), Ok(1));
    let newest = fixture
        .view()
        .newest_guide("I-02", &NP, 1, day("2026-09-07"));
    assert_eq!(newest.map(|guide| guide.version), Some(1));
    fixture.enact(1_000_011, NP, &Founding::Publish(whole(3)));
    assert_eq!(followed(&fixture), Ok(3));
    // In the founding terms nothing may be live by such a guide.
    let founded = |guide: Guide| {
        let mut found = Fixture::new().view().terms().clone();
        found.annex.guides[0] = Guide {
            version: 1,
            ..guide
        };
        found.check()
    };
    assert_eq!(founded(guide), Err(Code::GuideVersion));
    assert_eq!(founded(whole(1)), Ok(()));
}

/// R-112: who applies online and who comes to a window are judged by one version and one list of materials.
#[test]
fn one_guide_serves_all_ways_of_applying() {
    let mut fixture = Fixture::with(|annex| {
        annex.items[0].modes = vec![Mode::A, Mode::B];
    });
    fixture.enact(1_000_010, NP, &Founding::Publish(whole(2)));
    let mut window = receive("330800", NP, "2026-09-07", &["M1"]);
    window.guide = 2;
    let window = Play::open(&fixture, QZ, "2026-09-07", window);
    let mut online = receive("350700", NP, "2026-09-07", &["M1"]);
    (online.guide, online.mode) = (2, Mode::A);
    let online = Play::open(&fixture, NP, "2026-09-07", online);
    let asked = |play: &Play<'_>| {
        let guide = play.state.guide(&play.view).unwrap();
        let texts = guide.texts.as_ref().unwrap();
        (
            guide.version,
            guide.requirements.clone(),
            texts.apply_ways.clone(),
        )
    };
    assert_eq!(asked(&window), asked(&online));
    // There is no writing it otherwise: a material belongs to no way of applying.
    let other = r#"{"id": "M3", "name": "申请表", "must": true, "original": false, "apply_ways": ["online"]}"#;
    assert!(serde_json::from_str::<Requirement>(other).is_err());
}

/// R-073: nobody asks for the original of what shared data or an e-cert verify, in the guide or in a notice.
#[test]
fn no_original_is_asked_for_what_is_verified_elsewhere() {
    for by in [VerifyBy::DataShare, VerifyBy::ECert, VerifyBy::Original] {
        let fixture = Fixture::with(|annex| {
            annex.guides[0].requirements[1].verify_by = Some(by);
        });
        let play = acked(&fixture);
        let mut notice = play.a_notice(1, &["M2"]);
        notice.defects[0].fault = Fault::OriginalWanted;
        let judged = play.judge(NP, &Act::CorrectionNotice(notice));
        match by {
            VerifyBy::Original => assert_eq!(judged, Ok(())),
            _ => assert_eq!(judged, Err(Code::SharedData)),
        }
        // Its being illegible is another matter.
        let other = Act::CorrectionNotice(play.a_notice(1, &["M2"]));
        assert_eq!(play.judge(NP, &other), Ok(()));
    }
    let mut guide = whole(2);
    guide.requirements[0].verify_by = Some(VerifyBy::ECert);
    let fault = guide.check().map_err(|fault| fault.part);
    assert_eq!(fault, Err("M1".to_owned()));
}

/// R-088, R-104: paper of an e-signed material is asked for with a legal basis only.
#[test]
fn paper_of_an_e_signed_material_needs_a_legal_basis() {
    let fixture = Fixture::new();
    let mut papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    papers.materials[1].proof = Some(Proof::ESigned);
    let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
    play.check(QZ, &["M1"]);
    play.hand(QZ, NP);
    let asked = |of: &str, basis: Option<&str>| {
        let mut notice = play.a_notice(1, &[of]);
        notice.defects[0].fault = Fault::PaperWanted;
        notice.paper = basis.map(str::to_owned);
        play.judge(NP, &Act::CorrectionNotice(notice))
    };
    assert_eq!(asked("M2", None), Err(Code::PaperEqual));
    assert_eq!(asked("M2", Some("")), Err(Code::Argument));
    assert_eq!(asked("M2", Some("档案法实施条例")), Ok(()));
    assert_eq!(asked("M1", None), Ok(()), "M1 came on paper");
}

/// R-105: the window takes an e-cert of a recognised kind, issuer and day, and asks for another proof else.
#[test]
fn an_e_cert_counts_where_its_kind_is_recognised() {
    let issuer = "350000".parse().unwrap();
    let fixture = Fixture::with(|annex| {
        annex.recognition.push(Recognition {
            cert_type: "营业执照".into(),
            issuer,
            accepted_by: vec![NP],
            from: day("2026-09-01"),
        });
    });
    let taken = |owner, kind: &str, issuer: &str, today: &str| {
        let mut papers = receive("330800", owner, today, &["M1", "M2"]);
        papers.materials[1].proof = Some(Proof::ECert {
            kind: kind.into(),
            issuer: issuer.parse().unwrap(),
        });
        let (author, act) = (on(QZ, today), Act::Receive(papers));
        Case::open(entry(1), &author, &fixture.view(), &act).err()
    };
    let refused = Some(Code::NotRecognised);
    assert_eq!(taken(NP, "营业执照", "350000", "2026-09-07"), None);
    assert_eq!(taken(HS, "营业执照", "350000", "2026-09-07"), refused);
    assert_eq!(taken(NP, "不动产权证", "350000", "2026-09-07"), refused);
    assert_eq!(taken(NP, "营业执照", "330000", "2026-09-07"), refused);
    assert_eq!(taken(NP, "营业执照", "350000", "2026-08-31"), refused);
    // A correction is no way around it.
    let papers = receive("330800", NP, "2026-09-07", &["M1"]);
    let play = Play::open(&fixture, QZ, "2026-09-07", papers);
    let mut other = material("M2");
    other.proof = Some(Proof::ECert {
        kind: "不动产权证".into(),
        issuer,
    });
    let submitted = CorrectionSubmitted {
        notice: None,
        materials: vec![other],
        on: day("2026-09-07"),
    };
    let act = Act::CorrectionSubmitted(submitted);
    assert_eq!(play.judge(QZ, &act), Err(Code::NotRecognised));
}

/// R-086: papers travel over the channels of the agreement, and over no other.
#[test]
fn papers_travel_over_agreed_channels_only() {
    let by_hand = PapersSent {
        to: Some(NP),
        tracking: None,
        papers: vec![Paper {
            requirement: "M1".into(),
            copies: 1,
            pages: 1,
            original: true,
        }],
        officer: who("D01"),
    };
    let by_post = PapersSent {
        tracking: Some("EZ000000015CN".into()),
        ..by_hand.clone()
    };
    let refusals = |channels: &[Transfer]| {
        let fixture = Fixture::with(|annex| annex.channels = channels.to_vec());
        let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
        let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
        play.check(QZ, &["M1"]);
        let claim = play.state.sole_claim().unwrap();
        let push = Act::Push(Push {
            to: NP,
            baton: *claim.batons.first().unwrap(),
            manifest: play.state.manifest(),
            after: Vec::new(),
        });
        let (hand, post) = (by_hand.clone(), by_post.clone());
        [push, Act::PapersSent(hand), Act::PapersSent(post)].map(|act| play.judge(QZ, &act).err())
    };
    let no = Some(Code::Channel);
    assert_eq!(refusals(&[]), [None, None, None]);
    assert_eq!(refusals(&[Transfer::Platform]), [None, no, no]);
    assert_eq!(
        refusals(&[Transfer::Platform, Transfer::Post]),
        [None, no, None]
    );
    assert_eq!(refusals(&[Transfer::Online]), [no, no, no]);
    let mut twice = Fixture::new().view().terms().clone();
    twice.annex.channels = vec![Transfer::Post, Transfer::Post];
    assert_eq!(twice.check(), Err(Code::Duplicate));
}

/// R-131, R-110: a promise beyond the legal limit is refused.
#[test]
fn a_promise_keeps_within_the_legal_limit() {
    let promised = |days| {
        let mut found = Fixture::new().view().terms().clone();
        let item = &mut found.annex.items[0];
        *item = Item {
            promise_days: days,
            legal_days: Some(10),
            ..item.clone()
        };
        found.check()
    };
    assert_eq!(promised(10), Ok(()));
    assert_eq!(promised(11), Err(Code::Argument));
}

/// R-071: a case of formal review alone with complete papers closes on its day, or shows what it waits for.
#[test]
fn a_form_only_case_closes_on_its_day_or_shows_why() {
    let fixture = Fixture::with(|annex| annex.items[0].review = Some(ReviewKind::FormOnly));
    let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let mut play = Play::open(&fixture, QZ, "2026-09-07", papers);
    let behind = |play: &Play<'_>| play.state.behind(&play.view, day("2026-09-08"));
    assert_eq!(behind(&play), None, "papers are not checked");
    play.check(QZ, &["M1"]);
    assert_eq!(behind(&play), Some(Behind::Decision));
    assert_eq!(play.state.behind(&play.view, day("2026-09-07")), None);
    let claim = play.state.sole_claim().unwrap();
    let baton = *claim.batons.first().unwrap();
    let push = play.does(
        QZ,
        &Act::Push(Push {
            to: NP,
            baton,
            manifest: play.state.manifest(),
            after: Vec::new(),
        }),
    );
    assert_eq!(behind(&play), Some(Behind::HandOver));
    play.does(NP, &Act::Ack(Answer { push, baton }));
    let mut asked = play.clone_at();
    asked.notice(NP, 1, &["M2"]);
    assert_eq!(behind(&asked), Some(Behind::Notice));
    play.accept(NP);
    play.decide(NP, Outcome::Granted);
    assert_eq!(behind(&play), Some(Behind::Result));
    let delivery = Delivery::Network;
    play.does(NP, &Act::SendResult(SendResult { delivery }));
    let (on, means) = (day("2026-09-07"), Means::Portal);
    play.does(QZ, &Act::Served(Served { on, means }));
    play.does(NP, &Act::Close);
    assert_eq!(behind(&play), None);
    // Where the substance is reviewed, there are days for it.
    let slow = Fixture::new();
    let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let mut play = Play::open(&slow, QZ, "2026-09-07", papers);
    play.check(QZ, &["M1"]);
    assert_eq!(behind(&play), None);
}

/// R-074 (SC-5): a receipt names the text of its guide, so a case keeps to it also where its owner publishes another text
/// under the version; and no receipt names a text that does not stand.
#[test]
fn two_texts_of_one_version_are_told_apart() {
    let mut fixture = Fixture::new();
    let (one, mut other) = (whole(2), whole(2));
    other.requirements.push(need("M3", true, false));
    fixture.enact(600, NP, &Founding::Publish(one.clone()));
    let papers = |text| Receive {
        guide: 2,
        text,
        ..receive("330800", NP, "2026-09-07", &["M1", "M2"])
    };
    let open = |fixture: &Fixture, text| {
        let act = Act::Receive(papers(text));
        let author = on(QZ, "2026-09-07");
        Case::open(entry(1), &author, &fixture.view(), &act)
    };
    let named = open(&fixture, Some(one.hash())).unwrap();
    let unnamed = open(&fixture, None).unwrap();
    let wrong = open(&fixture, Some(other.hash()));
    assert_eq!(wrong.map(drop), Err(Code::GuideVersion));
    assert_eq!(named.guide(&fixture.view()), Some(&one));
    // Another desk of the owner did not know of the first text.
    fixture.enact_unseen(601, NP, &Founding::Publish(other));
    let view = fixture.view();
    assert_eq!(view.guide("I-02", &NP, 2), None);
    assert_eq!(unnamed.guide(&view), None);
    assert_eq!(named.guide(&view), Some(&one));
}
