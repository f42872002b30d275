//! PDF: pages for people, with the font of the machine embedded as far as it is used.
//!
//! Where things stand is decided in `layout`, in whole numbers; here they are painted. No shaping: Chinese, Latin
//! letters and digits need none, and one character is one glyph, so that text can be searched and copied.

mod layout;

use std::collections::{BTreeMap, BTreeSet};

use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::BookError;
use crate::book::{Book, Cell};
use crate::font::Font;
use layout::{Length, Mark, Measure, PAGE_HEIGHT, PAGE_WIDTH, Page};

/// The most rows of a table on pages: about a thousand pages.
pub const PDF_ROWS_MAX: usize = 50_000;
/// The grey of headers and sums, 255 being white.
const GREY: u8 = 238;
/// The grey of frames.
const FRAME: u8 = 150;

/// Why a book cannot be written as PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The book is no such book.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The font cannot be embedded.
    #[error("the font cannot be used")]
    Font,
    /// The pages cannot be written.
    #[error("the pages cannot be written: {0}")]
    Pages(String),
}

/// A written PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Characters that the font does not have; boxes stand in their place.
    pub missing: BTreeSet<char>,
}

/// Writes a book as PDF; `step` is told how many rows are laid out. The same book and font give the same bytes.
///
/// # Errors
/// [`PdfError`].
pub fn to_pdf(book: &Book, font: &Font, step: &mut dyn FnMut(usize)) -> Result<Pdf, PdfError> {
    book.check(PDF_ROWS_MAX)?;
    let face = Face::of(book, font).ok_or(PdfError::Font)?;
    let pages = layout::lay_out(book, &face, step);
    let embedded = krilla::text::Font::new(font.bytes.clone().into(), font.index);
    let embedded = embedded.ok_or(PdfError::Font)?;
    let mut document = Document::new_with(SerializeSettings::default());
    let metadata = Metadata::new()
        .title(book.title.clone())
        .producer("tongban".to_owned())
        .keywords(vec![format!("font sha256:{}", font.sha256)])
        .document_id(format!("{} {}", book.title, book.mark));
    document.set_metadata(metadata);
    for marks in &pages {
        paint(&mut document, marks, &face, &embedded).ok_or(PdfError::Font)?;
    }
    let bytes = document
        .finish()
        .map_err(|error| PdfError::Pages(format!("{error:?}")))?;
    Ok(Pdf {
        bytes,
        pages: pages.len(),
        missing: face.missing,
    })
}

/// What a font says of the characters of a book.
struct Face {
    /// A character's glyph and width, in units of the font.
    glyphs: BTreeMap<char, (u32, i64)>,
    /// What stands for a character that the font does not have.
    unknown: (u32, i64),
    units: i64,
    missing: BTreeSet<char>,
}

impl Face {
    /// Looks up every character of a book, and those of page numbers.
    fn of(book: &Book, font: &Font) -> Option<Self> {
        let file = FontRef::from_index(&font.bytes, font.index).ok()?;
        let (size, place) = (Size::unscaled(), LocationRef::default());
        let units = i64::from(file.metrics(size, place).units_per_em);
        let widths = file.glyph_metrics(size, place);
        let characters = file.charmap();
        let width = |glyph| widths.advance_width(glyph).unwrap_or_default() as i64;
        let mut face = Self {
            glyphs: BTreeMap::new(),
            unknown: (0, width(skrifa::GlyphId::new(0))),
            units,
            missing: BTreeSet::new(),
        };
        let mut look_up = |text: &str| {
            for of in text.chars().filter(|of| !of.is_control()) {
                if face.glyphs.contains_key(&of) {
                    continue;
                }
                let glyph = characters.map(of);
                if glyph.is_none() {
                    face.missing.insert(of);
                }
                let found = glyph.map_or(face.unknown, |glyph| (glyph.to_u32(), width(glyph)));
                face.glyphs.insert(of, found);
            }
        };
        look_up("0123456789 /");
        look_up(&book.title);
        look_up(&book.mark);
        for fact in &book.facts {
            look_up(&fact.label);
            look_up(&fact.value.plain());
        }
        for table in &book.tables {
            look_up(&table.name);
            let titles = table.columns.iter().map(|column| &column.title);
            titles.for_each(|title| look_up(title));
            table.all_rows().flatten().for_each(|cell| match cell {
                Cell::Text(text) => look_up(text),
                other => look_up(&other.plain()),
            });
        }
        (units > 0).then_some(face)
    }

    fn glyph(&self, of: char) -> (u32, i64) {
        self.glyphs.get(&of).copied().unwrap_or(self.unknown)
    }
}

impl Measure for Face {
    fn width(&self, text: &str, size: Length) -> Length {
        // Rounded up, so that no text is wider than it was measured.
        let rounded = |units: i64| (units * size + self.units - 1) / self.units;
        text.chars().map(|of| rounded(self.glyph(of).1)).sum()
    }
}

/// A length in points, as the format has it.
fn points(of: Length) -> f32 {
    of as f32 / 1_000.0
}

fn paint(
    document: &mut Document,
    marks: &Page,
    face: &Face,
    font: &krilla::text::Font,
) -> Option<()> {
    let settings = PageSettings::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT))?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let grey = |grey: u8| luma::Color::new(grey);
    for mark in marks {
        match mark {
            Mark::Area {
                x,
                y,
                width,
                height,
            } => {
                surface.set_stroke(None);
                surface.set_fill(Some(Fill {
                    paint: grey(GREY).into(),
                    ..Fill::default()
                }));
                rectangle(&mut surface, [*x, *y, *width, *height])?;
            }
            Mark::Frame {
                x,
                y,
                width,
                height,
            } => {
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke {
                    paint: grey(FRAME).into(),
                    width: 0.4,
                    ..Stroke::default()
                }));
                rectangle(&mut surface, [*x, *y, *width, *height])?;
            }
            Mark::Text { x, y, size, text } => {
                surface.set_stroke(None);
                surface.set_fill(Some(Fill::default()));
                let units = face.units as f32;
                let glyphs: Vec<KrillaGlyph> = text
                    .char_indices()
                    .map(|(at, of)| {
                        let (glyph, width) = face.glyph(of);
                        KrillaGlyph {
                            glyph_id: GlyphId::new(glyph),
                            text_range: at..at + of.len_utf8(),
                            x_advance: width as f32 / units,
                            x_offset: 0.0,
                            y_offset: 0.0,
                            y_advance: 0.0,
                            location: None,
                        }
                    })
                    .collect();
                let start = Point::from_xy(points(*x), points(*y));
                let size = points(*size);
                surface.draw_glyphs(start, &glyphs, font.clone(), text, size, false);
            }
        }
    }
    surface.finish();
    page.finish();
    Some(())
}

fn rectangle(surface: &mut Surface<'_>, [x, y, width, height]: [Length; 4]) -> Option<()> {
    let mut path = PathBuilder::new();
    let rect = Rect::from_xywh(points(x), points(y), points(width), points(height))?;
    path.push_rect(rect);
    surface.draw_path(&path.finish()?);
    Some(())
}
