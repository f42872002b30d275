//! Where everything stands on the pages: whole thousandths of a point, so that it is the same on every machine.

use crate::book::{Book, Cell, Table};

/// A length in thousandths of a point (1/72,000 inch).
pub(super) type Length = i64;

/// A4, lying.
pub(super) const PAGE_WIDTH: Length = 841_890;
/// A4, lying.
pub(super) const PAGE_HEIGHT: Length = 595_276;
const MARGIN: Length = 36_000;
/// Where the body ends, from the top.
const BODY_END: Length = PAGE_HEIGHT - 44_000;
const TITLE: Length = 15_000;
const HEADING: Length = 11_000;
const FACT: Length = 9_000;
/// The size of a table's text, for few columns and for many.
const CELL: [Length; 2] = [9_000, 7_500];
const FOOT: Length = 7_500;
/// Between a cell's edge and its text.
const PAD: Length = 3_000;
/// The narrowest column.
const COLUMN_MIN: Length = 24_000;

/// How wide texts are.
pub(super) trait Measure {
    /// The width of a text of a size: the sum of the widths of its characters, or a text would be broken in a column
    /// as wide as itself.
    fn width(&self, text: &str, size: Length) -> Length;
}

/// Something on a page; `x` and `y` from the top left corner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A text on a base line.
    Text {
        x: Length,
        y: Length,
        size: Length,
        text: String,
    },
    /// A grey area.
    Area {
        x: Length,
        y: Length,
        width: Length,
        height: Length,
    },
    /// A frame.
    Frame {
        x: Length,
        y: Length,
        width: Length,
        height: Length,
    },
}

/// What stands on one page.
pub(super) type Page = Vec<Mark>;

/// Lays a book out; `step` is told how many rows are done.
pub(super) fn lay_out(
    book: &Book,
    measure: &dyn Measure,
    step: &mut dyn FnMut(usize),
) -> Vec<Page> {
    let mut layout = Layout {
        measure,
        pages: vec![Page::new()],
        y: MARGIN,
    };
    layout.title(&book.title);
    layout.facts(book);
    let mut done = 0;
    for table in &book.tables {
        layout.table(table, &mut |rows| step(done + rows));
        done += table.rows.len() + table.sums.len();
    }
    layout.feet(book);
    layout.pages
}

struct Layout<'a> {
    measure: &'a dyn Measure,
    pages: Vec<Page>,
    y: Length,
}

/// The widths of a table's columns and the size of its text.
struct Frame {
    size: Length,
    widths: Vec<Length>,
}

impl Frame {
    /// From one line to the next.
    fn line(&self) -> Length {
        self.size * 27 / 20
    }
}

impl Layout<'_> {
    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn text(&mut self, x: Length, y: Length, size: Length, text: &str) {
        if !text.is_empty() {
            let text = text.to_owned();
            self.mark(Mark::Text { x, y, size, text });
        }
    }

    fn next_page(&mut self) {
        self.pages.push(Page::new());
        self.y = MARGIN;
    }

    fn title(&mut self, title: &str) {
        for line in wrap(title, PAGE_WIDTH - 2 * MARGIN, TITLE, self.measure) {
            self.y += TITLE * 13 / 10;
            self.text(MARGIN, self.y - TITLE * 3 / 10, TITLE, &line);
        }
        self.y += 4_000;
    }

    /// Facts in two columns; one that is too long for that takes the whole width.
    fn facts(&mut self, book: &Book) {
        let half = (PAGE_WIDTH - 2 * MARGIN) / 2;
        let line = FACT * 7 / 5;
        let label_width = |label: &str| self.measure.width(label, FACT) + 8_000;
        let widest = book.facts.iter().map(|fact| label_width(&fact.label));
        let indent = widest.max().unwrap_or_default().min(half / 2);
        let mut right = false;
        for fact in &book.facts {
            let value = fact.value.plain();
            let short = self.measure.width(&value, FACT) <= half - indent - 12_000;
            if right && !short {
                self.y += line;
                right = false;
            }
            let x = if right { MARGIN + half } else { MARGIN };
            let room = if short { half } else { 2 * half } - indent - 2_000;
            let lines = wrap(&value, room, FACT, self.measure);
            for (nth, text) in lines.iter().enumerate() {
                if self.y + line > BODY_END {
                    self.next_page();
                }
                if nth == 0 {
                    self.text(x, self.y + FACT, FACT, &fact.label);
                }
                self.text(x + indent, self.y + FACT, FACT, text);
                if !short || right {
                    self.y += line;
                }
            }
            right = short && !right;
        }
        if right {
            self.y += line;
        }
        self.y += 4_000;
    }

    fn frame(&self, table: &Table) -> Frame {
        let many = usize::from(table.columns.len() > 8);
        let size = CELL[many];
        let room = PAGE_WIDTH - 2 * MARGIN;
        let mut wanted = Vec::new();
        let mut fixed = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            let cells = || table.all_rows().filter_map(move |row| row.get(at));
            let texts = cells().map(|cell| self.measure.width(&cell.plain(), size));
            let header = self.measure.width(&column.title, size);
            let width = texts.max().unwrap_or_default().max(header) + 2 * PAD;
            wanted.push(width.max(COLUMN_MIN));
            // Numbers and days are not broken, if that can be helped.
            fixed.push(!cells().any(|cell| matches!(cell, Cell::Text(_))));
        }
        let widths = share(room, &wanted, &fixed);
        Frame { size, widths }
    }

    fn table(&mut self, table: &Table, step: &mut dyn FnMut(usize)) {
        let frame = self.frame(table);
        let header: Vec<Cell> = table
            .columns
            .iter()
            .map(|column| Cell::text(column.title.clone()))
            .collect();
        let least = HEADING * 2 + frame.line() * 3 + 4 * PAD;
        if self.y + least > BODY_END {
            self.next_page();
        }
        self.y += HEADING * 9 / 5;
        self.text(MARGIN, self.y - HEADING * 11 / 20, HEADING, &table.name);
        self.row(&frame, &header, true, None);
        let sums = table.rows.len();
        for (nth, row) in table.all_rows().enumerate() {
            self.row(&frame, row, nth >= sums, Some(&header));
            step(nth + 1);
        }
        self.y += 6_000;
    }

    /// Draws a row; one that is longer than the page goes on on the next. `header` is repeated on every new page.
    fn row(&mut self, frame: &Frame, row: &[Cell], grey: bool, header: Option<&[Cell]>) {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&frame.widths)
            .map(|(cell, width)| wrap(&cell.plain(), width - 2 * PAD, frame.size, self.measure))
            .collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or_default().max(1);
        let height = |lines: usize| lines as Length * frame.line() + 2 * PAD;
        let mut from = 0;
        while from < lines {
            let fits = |y: Length| (BODY_END - y - 2 * PAD) / frame.line();
            let mut room = usize::try_from(fits(self.y)).unwrap_or_default();
            let whole_page = usize::try_from(fits(MARGIN)).unwrap_or_default();
            // A row that a page can hold is not broken.
            if room < lines - from && (lines - from < whole_page / 2 || room == 0) {
                self.next_page();
                if let Some(header) = header {
                    self.row(frame, header, true, None);
                }
                room = usize::try_from(fits(self.y)).unwrap_or_default().max(1);
            }
            let to = lines.min(from + room.max(1));
            let height = height(to - from);
            let mut x = MARGIN;
            for ((cell, texts), width) in row.iter().zip(&cells).zip(&frame.widths) {
                let (x_own, y, width) = (x, self.y, *width);
                if grey {
                    self.mark(Mark::Area {
                        x: x_own,
                        y,
                        width,
                        height,
                    });
                }
                self.mark(Mark::Frame {
                    x: x_own,
                    y,
                    width,
                    height,
                });
                for (nth, text) in texts.iter().take(to).skip(from).enumerate() {
                    let base = y + PAD + nth as Length * frame.line() + frame.size;
                    let left = match cell.is_number() {
                        true => x + width - PAD - self.measure.width(text, frame.size),
                        false => x + PAD,
                    };
                    self.text(left, base, frame.size, text);
                }
                x += width;
            }
            self.y += height;
            from = to;
        }
    }

    fn feet(&mut self, book: &Book) {
        let count = self.pages.len();
        let y = PAGE_HEIGHT - 24_000;
        let room = PAGE_WIDTH - 2 * MARGIN - 80_000;
        let left = format!("{}  {}", book.title, book.mark);
        let left = wrap(&left, room, FOOT, self.measure);
        let left = left.into_iter().next().unwrap_or_default();
        for nth in 0..count {
            let number = format!("{} / {count}", nth + 1);
            let x = PAGE_WIDTH - MARGIN - self.measure.width(&number, FOOT);
            let foot = [(MARGIN, left.clone()), (x, number)].map(|(x, text)| Mark::Text {
                x,
                y,
                size: FOOT,
                text,
            });
            if let Some(page) = self.pages.get_mut(nth) {
                page.extend(foot);
            }
        }
    }
}

/// Shares a room among columns: as wide as they want if all fit, else the widest that can be broken are cut to one
/// width, and only if that is too little all of them.
fn share(room: Length, wanted: &[Length], fixed: &[bool]) -> Vec<Length> {
    let total: Length = wanted.iter().sum();
    if total <= room {
        return wanted.to_vec();
    }
    let kept: Length = wanted
        .iter()
        .zip(fixed)
        .filter_map(|(width, fixed)| fixed.then_some(*width))
        .sum();
    let loose = fixed.iter().filter(|fixed| !**fixed).count() as Length;
    if kept + loose * COLUMN_MIN > room {
        let columns = wanted.len() as Length;
        return vec![room / columns.max(1); wanted.len()];
    }
    // The greatest cut with which all fit, to a tenth of a point.
    let sum = |cut: Length| -> Length {
        let widths = wanted.iter().zip(fixed);
        widths
            .map(|(width, fixed)| if *fixed { *width } else { (*width).min(cut) })
            .sum()
    };
    let (mut low, mut high) = (COLUMN_MIN, room);
    while high - low > 100 {
        let middle = i64::midpoint(low, high);
        match sum(middle) <= room {
            true => low = middle,
            false => high = middle,
        }
    }
    let widths = wanted.iter().zip(fixed);
    widths
        .map(|(width, fixed)| if *fixed { *width } else { (*width).min(low) })
        .collect()
}

/// Breaks a text into lines of a width: at spaces and signs, between Chinese characters, and inside a word only where
/// it is longer than a line. Never empty.
fn wrap(text: &str, width: Length, size: Length, measure: &dyn Measure) -> Vec<String> {
    let mut lines = Vec::new();
    for part in text.split('\n') {
        let part: String = part.chars().filter(|of| !of.is_control()).collect();
        let mut rest = part.as_str();
        loop {
            let end = fitting(rest, width, size, measure);
            let (line, after) = rest.split_at(end);
            lines.push(line.trim_end().to_owned());
            rest = after.trim_start();
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

/// How many bytes of a text fit into a line; at least one character of it.
fn fitting(text: &str, width: Length, size: Length, measure: &dyn Measure) -> usize {
    let (mut so_far, mut last_break) = (0, 0);
    let mut before: Option<char> = None;
    for (at, of) in text.char_indices() {
        if let Some(before) = before
            && may_break(before, of)
        {
            last_break = at;
        }
        so_far += measure.width(of.encode_utf8(&mut [0; 4]), size);
        if so_far > width && at > 0 && !of.is_whitespace() {
            return if last_break > 0 { last_break } else { at };
        }
        before = Some(of);
    }
    text.len()
}

fn may_break(before: char, after: char) -> bool {
    const NEVER_FIRST: &str = "，。、；：！？）》」』】〉…%)],.;:!?";
    const NEVER_LAST: &str = "（《「『【〈([¥";
    if NEVER_FIRST.contains(after) || NEVER_LAST.contains(before) {
        return false;
    }
    let wide = |of: char| of >= '\u{2e80}';
    before.is_whitespace() || wide(before) || wide(after) || matches!(before, '-' | '/' | ':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{Column, Fact};

    /// Latin letters half as wide as Chinese characters, which are squares.
    struct Squares;

    impl Measure for Squares {
        fn width(&self, text: &str, size: Length) -> Length {
            let of = |of: char| if of < '\u{2e80}' { size / 2 } else { size };
            text.chars().map(of).sum()
        }
    }

    fn check_wrap(text: &str, letters: Length, expected: &[&str]) {
        let lines = wrap(text, letters * 500, 1_000, &Squares);
        assert_eq!(lines, expected, "{text}");
    }

    #[test]
    fn texts_break_where_they_may() {
        check_wrap("", 4, &[""]);
        check_wrap("衢州市", 6, &["衢州市"]);
        check_wrap("衢州市上饶市", 6, &["衢州市", "上饶市"]);
        check_wrap("衢州市，上饶市", 6, &["衢州", "市，上", "饶市"]);
        check_wrap("EZ900 019 CN", 6, &["EZ900", "019 CN"]);
        check_wrap("EZ900000019CN", 5, &["EZ900", "00001", "9CN"]);
        check_wrap("一\n二", 8, &["一", "二"]);
        check_wrap("衢", 1, &["衢"]);
    }

    #[test]
    fn columns_share_the_room() {
        let (fixed, loose) = (true, false);
        assert_eq!(
            share(100_000, &[30_000, 40_000], &[fixed, loose]),
            [30_000, 40_000]
        );
        let cut = share(100_000, &[30_000, 90_000, 40_000], &[fixed, loose, loose]);
        assert_eq!(cut[0], 30_000);
        assert!(
            cut.iter().sum::<Length>() <= 100_000 && cut[1] <= cut[2],
            "{cut:?}"
        );
        let all = share(100_000, &[90_000, 90_000], &[fixed, fixed]);
        assert_eq!(all, [50_000, 50_000]);
    }

    fn book(rows: usize, text: &str) -> Book {
        let row = |nth: usize| {
            vec![
                Cell::text(format!("{nth}{text}")),
                Cell::Amount(tongban_ledger::money::Fen::new(nth as i64)),
            ]
        };
        Book {
            title: "邮费对账单".to_owned(),
            facts: vec![Fact {
                label: "哈希".to_owned(),
                value: Cell::text("ab".repeat(32)),
            }],
            tables: vec![Table {
                name: "明细".to_owned(),
                columns: vec![Column::new("邮件号", 16), Column::new("金额", 10)],
                rows: (0..rows).map(row).collect(),
                sums: Vec::new(),
            }],
            ..Book::default()
        }
    }

    /// Nothing stands outside the page or in the foot, no text leaves its cell, and every row is there once.
    #[test]
    fn everything_stands_in_its_place() {
        let long = "很长的说明".repeat(400);
        for (rows, text) in [(0, ""), (3, "x"), (200, "号"), (3, long.as_str())] {
            let mut steps = 0;
            let pages = lay_out(&book(rows, text), &Squares, &mut |_| steps += 1);
            assert_eq!(steps, rows);
            let mut written = String::new();
            for page in &pages {
                let mut frames = Vec::new();
                for mark in page {
                    match mark {
                        Mark::Frame {
                            x,
                            y,
                            width,
                            height,
                        } => {
                            assert!(*x >= MARGIN && x + width <= PAGE_WIDTH - MARGIN);
                            assert!(*y >= MARGIN && y + height <= BODY_END, "{y} {height}");
                            frames.push((*x, *y, *width, *height));
                        }
                        Mark::Text { x, y, size, text } => {
                            let end = x + Squares.width(text, *size);
                            assert!(*x >= MARGIN && end <= PAGE_WIDTH - MARGIN, "{text}");
                            let own = frames.iter().filter(|(left, top, width, height)| {
                                x >= left && x < &(left + width) && y > top && y <= &(top + height)
                            });
                            for (left, _, width, _) in own {
                                assert!(end <= left + width, "{text}");
                            }
                            written.push_str(text);
                        }
                        Mark::Area { .. } => {}
                    }
                }
            }
            if rows == 3 && !text.is_empty() && text != "x" {
                assert_eq!(written.matches('很').count(), 3 * 400);
                assert!(pages.len() > 2, "a long row goes on");
            }
            for nth in 0..rows {
                assert!(written.contains(&nth.to_string()));
            }
            let last = format!("{0} / {0}", pages.len());
            assert!(written.contains(&last), "pages are numbered");
        }
    }
}
