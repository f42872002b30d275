//! Whole files: the same bytes from parts in any order, figures that another program reads back, no formulas.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use proptest::prelude::*;
use tongban_export::{
    Bill, BillLine, Book, Cell, City, Column, Fact, Journey, Origin, Payment, Round, RoundBill,
    Signature, Table, Transfer, WORDS, bill, round, to_csv, to_pdf, to_xlsx,
};
use tongban_ledger::money::Fen;
use tongban_ledger::parcel::CostKind;

/// Words of no language: the ids themselves, short enough for the name of a sheet.
fn say(id: &str) -> String {
    let known = WORDS.contains(&id) || id.starts_with("leg-") || id.starts_with("cost-");
    assert!(known, "{id} is not among the words");
    id.trim_start_matches("export-").chars().take(15).collect()
}

fn city(code: &str) -> City {
    let name = match code {
        "330800" => "衢州市",
        "350700" => "南平市",
        "361100" => "上饶市",
        _ => "黄山市",
    };
    City {
        code: code.to_owned(),
        name: name.to_owned(),
    }
}

fn line(nth: u32, from: &str, to: &str, payer: &str, fen: i64) -> BillLine {
    BillLine {
        line: format!("{nth:064x}"),
        posted: format!("2026-09-{:02}", nth % 28 + 1).parse().unwrap(),
        tracking: format!("EZ9000{nth:05}CN"),
        journey: Some(Journey {
            leg: "L2".to_owned(),
            from: city(from),
            to: Some(city(to)),
            rule: 1,
        }),
        kind: CostKind::Postage,
        amount: Fen::new(fen),
        payer: city(payer),
        liable: city(from),
        origin: Origin::Recorded,
        standing: "counted".to_owned(),
        counts: true,
    }
}

fn signatures() -> Vec<Signature> {
    ["361100", "330800"]
        .into_iter()
        .map(|code| Signature {
            city: city(code),
            fingerprint: format!("{code} aaaa bbbb cccc dddd eeee ffff"),
            signed: true,
        })
        .collect()
}

/// 衢州 and 上饶 in September (`domain.md` §3.6.6): C01, C02, C14, and a refund.
fn september() -> Bill {
    let mut lines = vec![
        line(3, "330800", "361100", "361100", 22_00),
        line(8, "361100", "330800", "330800", 20_00),
        line(28, "361100", "330800", "330800", 41_00),
        line(12, "330800", "361100", "361100", 8_00),
        line(9, "330800", "361100", "361100", 99_00),
    ];
    lines[3].kind = CostKind::Refund;
    lines[4].standing = "disputed".to_owned();
    lines[4].counts = false;
    lines[2].origin = Origin::Reversal;
    Bill {
        agreement: "四省边际城市跨省通办合作协议".to_owned(),
        month: "2026-09".parse().unwrap(),
        cities: [city("361100"), city("330800")],
        stage: "agreed".to_owned(),
        hash: "ab".repeat(32),
        lines,
        signatures: signatures(),
    }
}

fn october() -> Round {
    let bill = |one: &str, other: &str, one_owes: i64, other_owes: i64| RoundBill {
        month: "2026-09".parse().unwrap(),
        one: city(one),
        other: city(other),
        hash: "cd".repeat(32),
        one_owes: Fen::new(one_owes),
        other_owes: Fen::new(other_owes),
    };
    let transfer = |from: &str, to: &str, fen: i64| Transfer {
        from: city(from),
        to: city(to),
        amount: Fen::new(fen),
    };
    Round {
        agreement: "四省边际城市跨省通办合作协议".to_owned(),
        month: "2026-09".parse().unwrap(),
        number: 1,
        stage: "final".to_owned(),
        hash: "ef".repeat(32),
        bills: vec![
            bill("330800", "350700", 0, 26_00),
            bill("330800", "361100", 22_00, 61_00),
            bill("330800", "341000", 45_00, 15_50),
            bill("350700", "361100", 0, 18_00),
            bill("341000", "350700", 31_50, 24_00),
            bill("341000", "361100", 27_50, 12_00),
        ],
        nets: vec![
            (city("330800"), Fen::new(35_50)),
            (city("350700"), Fen::new(-50)),
            (city("361100"), Fen::new(-41_50)),
            (city("341000"), Fen::new(6_50)),
        ],
        netting: "multilateral".to_owned(),
        transfers: vec![
            transfer("361100", "330800", 35_50),
            transfer("361100", "341000", 6_00),
            transfer("350700", "341000", 50),
        ],
        other_way: vec![transfer("350700", "330800", 26_00)],
        payments: vec![Payment {
            from: city("361100"),
            to: city("330800"),
            amount: Fen::new(35_50),
            voucher: "=2026-1107".to_owned(),
            on: "2026-11-07".parse().unwrap(),
            received: None,
        }],
        signatures: signatures(),
    }
}

fn reversed_bill(mut of: Bill) -> Bill {
    of.lines.reverse();
    of.cities.reverse();
    of.signatures.reverse();
    of
}

fn reversed_round(mut of: Round) -> Round {
    of.bills.reverse();
    of.nets.reverse();
    of.transfers.reverse();
    of.other_way.reverse();
    of.payments.reverse();
    of.signatures.reverse();
    of
}

fn books() -> [(Book, Book); 2] {
    let (one, other) = (september(), reversed_bill(september()));
    let bills = (bill(&one, &say).unwrap(), bill(&other, &say).unwrap());
    let (one, other) = (october(), reversed_round(october()));
    [
        bills,
        (round(&one, &say).unwrap(), round(&other, &say).unwrap()),
    ]
}

/// What a sheet holds, row by row.
fn sheet(bytes: &[u8], name: &str) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = workbook.worksheet_range(name).unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

/// two nodes that know the same write the same bytes, in whatever order they learned it.
#[test]
fn the_order_of_the_parts_changes_no_byte() {
    for (one, other) in books() {
        assert_eq!(one, other);
        assert_eq!(to_csv(&one).unwrap(), to_csv(&other).unwrap());
        let bytes = to_xlsx(&one).unwrap();
        assert_eq!(bytes, to_xlsx(&other).unwrap());
        // A second later it is the same, too.
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        assert_eq!(bytes, to_xlsx(&one).unwrap());
    }
}

/// What another program reads in a workbook is what went in.
#[test]
fn another_program_reads_the_figures() {
    let book = bill(&september(), &say).unwrap();
    let bytes = to_xlsx(&book).unwrap();
    let facts = sheet(&bytes, "summary");
    let fact = |label: &str| {
        let of = |row: &&Vec<Data>| row[0] == Data::String(label.to_owned());
        facts.iter().find(of).unwrap()[1].clone()
    };
    // C02 and C14 less the refund that went back the other way: 衢州 owes 22.00, and 8.00 less it is owed.
    assert_eq!(fact("one-owes"), Data::Float(22.0));
    assert_eq!(fact("other-owes"), Data::Float(69.0));
    assert_eq!(fact("net"), Data::Float(47.0));
    assert_eq!(fact("net-payer"), Data::String("上饶市 361100".to_owned()));
    assert_eq!(fact("hash"), Data::String("ab".repeat(32)));
    let rows = sheet(&bytes, "lines");
    assert_eq!(rows.len(), 1 + 5 + 1);
    let amounts: Vec<f64> = rows[1..6]
        .iter()
        .map(|row| match row[7] {
            Data::Float(amount) => amount,
            ref other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(amounts, [41.0, 22.0, 20.0, 99.0, -8.0]);
    // What each city owes by a line: nothing by one in dispute, and what came back the other way round.
    let owed = |at: usize| -> Vec<Data> { rows[1..].iter().map(|row| row[at].clone()).collect() };
    let yuan = Data::Float;
    let nothing = || Data::Empty;
    let one_owes = [nothing(), yuan(22.0), nothing(), nothing(), nothing()];
    let other_owes = [yuan(41.0), nothing(), yuan(20.0), nothing(), yuan(8.0)];
    assert_eq!(owed(10), [&one_owes[..], &[yuan(22.0)]].concat());
    assert_eq!(owed(11), [&other_owes[..], &[yuan(69.0)]].concat());
    assert_eq!(rows[6][7], nothing(), "amounts go both ways");
    // After number, way, sums and rule: whether it was recorded, or comes of a correction.
    assert_eq!(rows[1][13], Data::String("origin-reversal".to_owned()));
    assert_eq!(rows[2][13], Data::String("origin-recorded".to_owned()));
    let days: Vec<String> = rows[1..6]
        .iter()
        .map(|row| match &row[1] {
            Data::DateTime(day) => {
                let (year, month, day, ..) = day.to_ymd_hms_milli();
                format!("{year}-{month:02}-{day:02}")
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        days,
        [
            "2026-09-01",
            "2026-09-04",
            "2026-09-09",
            "2026-09-10",
            "2026-09-13"
        ]
    );

    let bytes = to_xlsx(&round(&october(), &say).unwrap()).unwrap();
    let nets: Vec<Data> = sheet(&bytes, "nets")
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    let expected = [35.5, 6.5, -0.5, -41.5, 0.0].map(Data::Float);
    // By division code: 衢州 330800, 黄山 341000, 南平 350700, 上饶 361100.
    assert_eq!(nets[1..], expected);
}

/// One table of one row, with a fact beside it.
fn small(cell: Cell) -> Book {
    Book {
        title: "标题".to_owned(),
        summary: "概要".to_owned(),
        facts: vec![Fact {
            label: "说明".to_owned(),
            value: cell.clone(),
        }],
        tables: vec![Table {
            name: "表".to_owned(),
            columns: vec![Column::new("列", 10)],
            rows: vec![vec![cell]],
            sums: Vec::new(),
        }],
        ..Book::default()
    }
}

/// A workbook's only cell, as text of two decimals.
fn written(fen: i64) -> String {
    let bytes = to_xlsx(&small(Cell::Amount(Fen::new(fen)))).unwrap();
    match &sheet(&bytes, "表")[1][0] {
        Data::Float(yuan) => format!("{yuan:.2}"),
        Data::String(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

/// No digit of a sum is ever another, however large it is.
#[test]
fn extreme_sums_keep_every_digit() {
    let least = 999_999_999_999_999;
    for fen in [
        0,
        1,
        -1,
        10,
        99,
        100,
        -50,
        least,
        -least,
        least + 1,
        i64::MAX,
        i64::MIN,
    ] {
        assert_eq!(written(fen), Fen::new(fen).yuan(), "{fen}");
        let csv = to_csv(&small(Cell::Amount(Fen::new(fen)))).unwrap();
        let text = String::from_utf8(csv).unwrap();
        assert!(
            text.ends_with(&format!("{}\r\n", Fen::new(fen).yuan())),
            "{text}"
        );
    }
}

/// A text is a text, whatever it looks like.
#[test]
fn no_text_is_a_formula() {
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "'x", "a=1"] {
        let book = small(Cell::text(text));
        let bytes = to_xlsx(&book).unwrap();
        assert_eq!(sheet(&bytes, "表")[1][0], Data::String(text.to_owned()));
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let formulas = workbook.worksheet_formula("表").unwrap();
        assert!(formulas.is_empty(), "{text}");

        let csv = String::from_utf8(to_csv(&book).unwrap()).unwrap();
        let last = csv.trim_end().rsplit("\r\n").next().unwrap();
        let dangerous = text.starts_with(['=', '+', '-', '@', '\t', '＝']);
        let expected = if dangerous {
            format!("'{text}")
        } else {
            text.to_owned()
        };
        assert_eq!(last, expected);
    }
}

/// Office programs know by its first bytes that a CSV is UTF-8.
#[test]
fn csv_begins_with_a_mark_and_quotes_what_must_be() {
    let csv = to_csv(&small(Cell::text("一,\"二\"\n三"))).unwrap();
    assert_eq!(csv[..3], [0xef, 0xbb, 0xbf]);
    let text = String::from_utf8(csv).unwrap();
    assert!(text.ends_with("列\r\n\"一,\"\"二\"\"\n三\"\r\n"), "{text}");
}

/// What no office program could open is refused instead of cut.
#[test]
fn what_is_too_large_is_refused() {
    let book = small(Cell::text("字".repeat(40_000)));
    assert!(to_csv(&book).is_err() && to_xlsx(&book).is_err());
    let mut book = small(Cell::Empty);
    book.tables[0].rows[0].push(Cell::Empty);
    assert!(to_csv(&book).is_err() && to_xlsx(&book).is_err());
}

/// With a font of this machine, where it has one: the same bytes whatever the order, and every character there.
#[test]
fn pages_are_the_same_with_the_same_font() {
    let Ok(font) = tongban_export::find(&tongban_export::folders()) else {
        eprintln!("no Chinese font on this machine: no pages are made");
        return;
    };
    for (nth, (one, other)) in books().into_iter().enumerate() {
        let pdf = to_pdf(&one, &font, &mut |_| {}).unwrap();
        assert_eq!(pdf, to_pdf(&other, &font, &mut |_| {}).unwrap());
        assert!(pdf.bytes.starts_with(b"%PDF-") && pdf.pages >= 1);
        assert!(pdf.missing.is_empty(), "{:?}", pdf.missing);
        if let Some(folder) = std::env::var_os("TONGBAN_WRITE_PAGES") {
            let path = std::path::Path::new(&folder).join(format!("{nth}.pdf"));
            std::fs::write(path, &pdf.bytes).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sum_keeps_every_digit(fen in any::<i64>(), shift in 0..60_u32) {
        let fen = fen >> shift;
        prop_assert_eq!(written(fen), Fen::new(fen).yuan());
    }

    #[test]
    fn any_order_of_lines_gives_one_book(order in Just((0..5_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let lines = september().lines;
        let shuffled = Bill {
            lines: order.iter().map(|at| lines[*at].clone()).collect(),
            ..september()
        };
        let (one, other) = (bill(&september(), &say).unwrap(), bill(&shuffled, &say).unwrap());
        prop_assert_eq!(to_csv(&one).unwrap(), to_csv(&other).unwrap());
    }
}
