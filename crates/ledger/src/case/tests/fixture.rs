//! An agreement of three cities, and a case that is played on it act by act.

use tongban_identity::CityId;

use crate::agreement::{
    Act as Founding, Activation, Annex, Bitmap, Found, Founder, Grant, Guide, Index, Item, Power,
    Requirement, View,
};
use crate::calendar::Day;
use crate::case::{
    Accept, Act, Answer, Case, ClockName, CorrectionNotice, CorrectionSubmitted, Decide, Defect,
    Due, Fault, FirstLook, FormalPass, IdCheck, Material, Means, NoticeServed, Officer,
    OriginalCheck, Outcome, Push, Receive, State,
};
use crate::code::Code;
use crate::id::EntryId;
use crate::kind::{Author, Kind, Meeting, Placed};
use crate::number::CaseNo;
use crate::parcel::fixture::{HS, NP, QZ, at, author, day, entry};

/// An agreement of three cities with one item that two of them own.
pub(super) struct Fixture {
    index: Index,
    bits: Bitmap,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with other terms.
    pub(super) fn with(change: impl FnOnce(&mut Annex)) -> Self {
        let cities = [(QZ, 330_800), (NP, 350_700), (HS, 341_000)];
        let founders = cities.iter().map(|(city, division)| Founder {
            city: *city,
            division: tongban_identity::DivisionCode::new(*division).unwrap(),
            name: division.to_string(),
            encryption: Vec::new(),
            addresses: Vec::new(),
        });
        let from = day("2026-01-01");
        let guide = |owner| Guide {
            item: "I-02".into(),
            owner,
            version: 1,
            effective: from,
            requirements: vec![need("M1", true, true), need("M2", true, false)],
            id_check: true,
            texts: None,
        };
        let live = |owner| Activation {
            item: "I-02".into(),
            receiver: QZ,
            owner,
            guide: 1,
            effective: from,
            until: None,
            modes: Vec::new(),
        };
        let grant = |grantor| Grant {
            grantor,
            grantee: QZ,
            items: Vec::new(),
            powers: vec![Power::Receive, Power::OriginalCheck, Power::IdCheck],
            from: None,
            until: None,
        };
        let mut found = Found {
            name: "协议".into(),
            code: "AG".into(),
            rules_version: 1,
            founders: founders.collect(),
            annex: Annex {
                items: vec![Item {
                    code: "I-02".into(),
                    name: "提取".into(),
                    domain: "公积金".into(),
                    licence: false,
                    promise_days: 3,
                    ..Item::default()
                }],
                guides: vec![guide(NP), guide(HS)],
                activations: vec![live(NP), live(HS)],
                grants: vec![grant(NP), grant(HS)],
                ..Annex::default()
            },
        };
        change(&mut found.annex);
        let genesis = entry(1_000_000);
        let mut index = Index::open(genesis, &author(QZ), found).unwrap();
        for (at, city) in [(1_000_001, NP), (1_000_002, HS)] {
            index
                .insert(entry(at), &[genesis], &author(city), &Founding::Ratify)
                .unwrap();
        }
        let bits = index.history(index.heads()).unwrap();
        Self { index, bits }
    }

    /// An act of the agreement, after all that is there.
    pub(super) fn enact(&mut self, id: u32, city: CityId, act: &Founding) {
        let heads = self.index.heads().to_vec();
        let status = self.index.insert(entry(id), &heads, &author(city), act);
        assert_eq!(status, Ok(crate::kind::Status::Applied));
        self.bits = self.index.history(self.index.heads()).unwrap();
    }

    /// An act of the agreement whose author had seen the founding alone.
    pub(super) fn enact_unseen(&mut self, id: u32, city: CityId, act: &Founding) {
        let founding = [entry(1_000_001), entry(1_000_002)];
        let status = self.index.insert(entry(id), &founding, &author(city), act);
        assert_eq!(status, Ok(crate::kind::Status::Applied));
        self.bits = self.index.history(self.index.heads()).unwrap();
    }

    /// What the rules of the agreement say to an act, after all that is there.
    pub(super) fn judge(&self, city: CityId, act: &Founding) -> Result<(), Code> {
        let judged = self.index.authorize(self.index.heads(), &author(city), act);
        judged.unwrap()
    }

    pub(super) fn view(&self) -> View<'_> {
        View::new(&self.index, &self.bits)
    }
}

pub(super) fn need(id: &str, must: bool, original: bool) -> Requirement {
    Requirement {
        id: id.into(),
        name: id.into(),
        must,
        original,
        ..Requirement::default()
    }
}

/// A case that is played on an agreement, on days of one's choice.
pub(super) struct Play<'f> {
    pub(super) view: View<'f>,
    pub(super) state: State,
    today: String,
    last: u32,
}

impl<'f> Play<'f> {
    /// Opens a case.
    pub(super) fn open(fixture: &'f Fixture, city: CityId, today: &str, receive: Receive) -> Self {
        let view = fixture.view();
        let author = on(city, today);
        let state = Case::open(entry(1), &author, &view, &Act::Receive(receive));
        Self {
            view,
            state: state.expect("the case opens"),
            today: today.to_owned(),
            last: 1,
        }
    }

    /// Goes to another day.
    pub(super) fn on(&mut self, today: &str) -> &mut Self {
        today.clone_into(&mut self.today);
        self
    }

    /// An act that must be allowed.
    pub(super) fn does(&mut self, city: CityId, act: &Act) -> EntryId {
        assert_eq!(self.judge(city, act), Ok(()), "{act:?}");
        self.last += 1;
        let id = entry(self.last);
        let author = on(city, &self.today);
        Case::apply(&mut self.state, &Placed { id, author, act }, false);
        id
    }

    /// What the rules say to an act.
    pub(super) fn judge(&self, city: CityId, act: &Act) -> Result<(), Code> {
        Case::authorize(&self.state, &on(city, &self.today), &self.view, act)
    }

    /// The refusal of an act.
    pub(super) fn refused(&self, city: CityId, act: &Act) -> Code {
        self.judge(city, act).expect_err("a refusal")
    }

    /// The window's checks and its formal pass.
    pub(super) fn check(&mut self, city: CityId, originals: &[&str]) {
        let replaces = Vec::new();
        let passed = IdCheck {
            passed: true,
            officer: who("W01"),
            replaces,
        };
        self.does(city, &Act::IdCheck(passed));
        if !originals.is_empty() {
            let seen = originals.iter().map(|id| (*id).to_owned()).collect();
            let officer = who("W01");
            self.does(city, &Act::OriginalCheck(OriginalCheck { seen, officer }));
        }
        self.pass(city);
    }

    /// The formal pass of the current submission.
    pub(super) fn pass(&mut self, city: CityId) {
        let submission = self.state.submission();
        let officer = who("W01");
        self.does(
            city,
            &Act::FormalPass(FormalPass {
                submission,
                officer,
                consult: None,
            }),
        );
    }

    /// A push, its Ack, and a first look.
    pub(super) fn hand(&mut self, from: CityId, to: CityId) {
        let claim = self.state.sole_claim().expect("one holder");
        let baton = *claim.batons.first().expect("a baton");
        let push = Push {
            to,
            baton,
            manifest: self.state.manifest(),
            after: self.state.setbacks(&baton),
        };
        let push = self.does(from, &Act::Push(push));
        let ack = self.does(to, &Act::Ack(Answer { push, baton }));
        let officer = who("W07");
        self.does(to, &Act::FirstLook(FirstLook { ack, officer }));
    }

    /// The same case on the same day, to be played another way.
    pub(super) fn clone_at(&self) -> Play<'f> {
        Play {
            view: self.view,
            state: self.state.clone(),
            today: self.today.clone(),
            last: self.last,
        }
    }

    /// Acceptance on the day of the last papers.
    pub(super) fn accept(&mut self, city: CityId) {
        let on = self.state.papers_day();
        let officer = who("B01");
        self.does(city, &Act::Accept(Accept { on, officer }));
    }

    /// A notice under a guide, and its service on a day.
    pub(super) fn notice(&mut self, by: CityId, guide: u32, of: &[&str]) -> EntryId {
        let notice = self.a_notice(guide, of);
        self.does(by, &Act::CorrectionNotice(notice))
    }

    /// A notice that is not given yet.
    pub(super) fn a_notice(&self, guide: u32, of: &[&str]) -> CorrectionNotice {
        let defect = |id: &&str| Defect {
            requirement: (*id).to_owned(),
            fault: Fault::Missing,
        };
        CorrectionNotice {
            submission: self.state.submission(),
            guide,
            defects: of.iter().map(defect).collect(),
            complete: true,
            officer: who("B01"),
            recheck: None,
            visit: None,
            paper: None,
        }
    }

    /// The applicant was told.
    pub(super) fn told(&mut self, by: CityId, notice: EntryId) {
        let on = day(&self.today);
        let means = Means::Phone;
        self.does(by, &Act::NoticeServed(NoticeServed { notice, on, means }));
    }

    /// New materials.
    pub(super) fn correct(&mut self, notice: Option<EntryId>, of: &[&str]) {
        let materials = of.iter().map(|id| material(id)).collect();
        let on = day(&self.today);
        let submitted = CorrectionSubmitted {
            notice,
            materials,
            on,
        };
        let receiver = self.state.receiver;
        self.does(receiver, &Act::CorrectionSubmitted(submitted));
    }

    /// Review and decision.
    pub(super) fn decide(&mut self, city: CityId, outcome: Outcome) {
        self.does(city, &Act::SubstantiveReview(who("B01")));
        let officer = who("B02");
        self.does(city, &Act::Decide(Decide { outcome, officer }));
    }

    /// The last day of a clock of a name; of several the one that runs.
    pub(super) fn due(&self, name: ClockName) -> Option<Day> {
        let clocks = self.state.clocks(&self.view);
        let mut of: Vec<_> = clocks
            .into_iter()
            .filter(|clock| clock.name == name)
            .collect();
        of.sort_by_key(|clock| clock.done.is_some());
        match of.first()?.due {
            Due::Day(day) => Some(day),
            other => panic!("{name:?} is due {other:?}"),
        }
    }

    /// Working days that clocks of a name used until they stopped, in order of their start.
    pub(super) fn used(&self, name: ClockName) -> Vec<u32> {
        let clocks = self.state.clocks(&self.view);
        let mut of: Vec<_> = clocks
            .into_iter()
            .filter(|clock| clock.name == name)
            .collect();
        of.sort_by_key(|clock| clock.start);
        of.into_iter().filter_map(|clock| clock.used).collect()
    }

    /// Clocks that are over at ten on a day, or were when they stopped.
    pub(super) fn overdue(&self, today: &str) -> Vec<ClockName> {
        let clocks = self.state.clocks(&self.view);
        let over = clocks.into_iter().filter(|clock| clock.overdue(at(today)));
        over.map(|clock| clock.name).collect()
    }
}

/// A city that signs at ten on a day.
pub(super) fn on(city: CityId, today: &str) -> Author {
    Author {
        time: at(today),
        ..author(city)
    }
}

pub(super) fn who(number: &str) -> Officer {
    Officer(number.into())
}

pub(super) fn material(requirement: &str) -> Material {
    Material {
        requirement: requirement.into(),
        pages: 1,
        proof: None,
    }
}

/// A receipt at a city for an owner.
pub(super) fn receive(city: &str, owner: CityId, today: &str, of: &[&str]) -> Receive {
    let today = day(today);
    Receive {
        number: CaseNo::make(city, today, 1).unwrap(),
        item: "I-02".into(),
        owner,
        guide: 1,
        received: today,
        materials: of.iter().map(|id| material(id)).collect(),
        officer: who("W01"),
        mode: crate::agreement::Mode::B,
        assisted_by: None,
        partner: None,
        place: None,
        consult: None,
        text: None,
    }
}

/// How two acts of one or two cities meet.
pub(super) fn meet(first: (CityId, &Act), second: (CityId, &Act)) -> Meeting {
    let one = Placed {
        id: entry(501),
        author: author(first.0),
        act: first.1,
    };
    let other = Placed {
        id: entry(502),
        author: author(second.0),
        act: second.1,
    };
    let forward = Case::concurrent(&one, &other);
    assert_eq!(Case::concurrent(&other, &one), forward.flip(), "symmetric");
    forward
}

/// A case in 衢州 for 南平 that is checked and acknowledged there.
pub(super) fn acked(fixture: &Fixture) -> Play<'_> {
    let papers = receive("330800", NP, "2026-09-07", &["M1", "M2"]);
    let mut play = Play::open(fixture, QZ, "2026-09-07", papers);
    play.check(QZ, &["M1"]);
    play.hand(QZ, NP);
    play
}
