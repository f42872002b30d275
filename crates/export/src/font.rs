//! The font of a PDF: found on the machine, since a Chinese one is larger than the whole program.
//!
//! The bytes of a PDF follow from the font, so whoever compares two files compares the fonts' hashes first.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use skrifa::raw::FileRef;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

/// The Debian package that brings a Chinese font.
pub const DEBIAN_PACKAGE: &str = "fonts-noto-cjk";
/// File names of fonts that hold what a bill needs, the best first.
const NAMES: [&str; 14] = [
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "SourceHanSans-Regular.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "simhei.ttf",
    "simsun.ttc",
    "uming.ttc",
];
/// What a font must hold to be taken.
const NEEDED: [char; 10] = ['邮', '费', '结', '算', '衢', '¥', '0', 'a', '（', '—'];
/// The largest font file that is read, in bytes.
const FONT_BYTES_MAX: u64 = 128 << 20;
/// How deep folders of fonts are searched.
const DEPTH_MAX: usize = 6;
/// How many files are looked at.
const FILES_MAX: usize = 50_000;

/// A font that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Font {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The face in a collection; zero otherwise.
    pub index: u32,
    /// The SHA-256 of the file, in lower-case hex.
    pub sha256: String,
}

/// Why there is no font.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// None of the known fonts is in the folders.
    #[error("no Chinese font in {0:?}")]
    Missing(Vec<PathBuf>),
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is larger than `FONT_BYTES_MAX`, or no TrueType or OpenType font.
    #[error("{0} is no TrueType or OpenType font")]
    Form(PathBuf),
    /// The font has no such character.
    #[error("{path} has no {lacks:?}")]
    Lacks {
        /// The file.
        path: PathBuf,
        /// What it has not.
        lacks: char,
    },
}

/// The folders in which this machine keeps fonts: the usual ones, and those that fontconfig names.
pub fn folders() -> Vec<PathBuf> {
    let mut found = vec![
        PathBuf::from("/usr/share/fonts"),
        PathBuf::from("/usr/local/share/fonts"),
        PathBuf::from("/run/host/fonts"),
    ];
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| home.as_ref().map(|home| home.join(".local/share")));
    found.extend(data.map(|data| data.join("fonts")));
    found.extend(home.as_ref().map(|home| home.join(".fonts")));
    if let Ok(text) = std::fs::read_to_string("/etc/fonts/fonts.conf") {
        found.extend(named_folders(&text).map(PathBuf::from));
    }
    let mut seen = BTreeSet::new();
    found.retain(|folder| seen.insert(folder.clone()));
    found
}

/// The absolute folders that a configuration of fontconfig names; those relative to the home are among the usual ones.
fn named_folders(text: &str) -> impl Iterator<Item = &str> {
    text.split("<dir").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once('>')?;
        let (folder, _) = rest.split_once("</dir>")?;
        Some(folder.trim()).filter(|folder| folder.starts_with('/'))
    })
}

/// Finds the best of the known fonts in some folders.
///
/// # Errors
/// [`FontError`]: that of the last font that cannot be used, if there was any.
pub fn find(folders: &[PathBuf]) -> Result<Font, FontError> {
    let mut files = Vec::new();
    for folder in folders {
        gather(folder, DEPTH_MAX, &mut files);
    }
    // Where two folders hold one font, the first by path: the same one at every run.
    files.sort();
    let mut failed = None;
    for name in NAMES {
        let known = |path: &&PathBuf| {
            let own = path.file_name().and_then(|own| own.to_str());
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        for path in files.iter().filter(known) {
            match read(path) {
                Ok(font) => return Ok(font),
                Err(error) => failed = Some(error),
            }
        }
    }
    Err(failed.unwrap_or_else(|| FontError::Missing(folders.to_vec())))
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if files.len() >= FILES_MAX {
            return;
        }
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                if depth > 0 {
                    gather(&path, depth - 1, files);
                }
            }
            Ok(_) => files.push(path),
            Err(_) => {}
        }
    }
}

/// Reads a font, and says whether it holds what a bill needs.
///
/// # Errors
/// [`FontError`].
pub fn read(path: &Path) -> Result<Font, FontError> {
    let failed = |source| FontError::Read {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > FONT_BYTES_MAX {
        return Err(FontError::Form(path.to_owned()));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let index = face(&bytes).ok_or_else(|| FontError::Form(path.to_owned()))?;
    let font = FontRef::from_index(&bytes, index).map_err(|_| FontError::Form(path.to_owned()))?;
    let characters = font.charmap();
    if let Some(lacks) = NEEDED.into_iter().find(|of| characters.map(*of).is_none()) {
        let path = path.to_owned();
        return Err(FontError::Lacks { path, lacks });
    }
    let hash = Sha256::digest(&bytes);
    Ok(Font {
        path: path.to_owned(),
        sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes,
        index,
    })
}

/// The face that writes as on the mainland, in a collection that has one; else the first.
fn face(bytes: &[u8]) -> Option<u32> {
    match FileRef::new(bytes).ok()? {
        FileRef::Font(_) => Some(0),
        FileRef::Collection(faces) => {
            let mainland = (0..faces.len()).find(|index| {
                let face = faces.get(*index).ok();
                let name = face.and_then(|face| {
                    let names = face.localized_strings(StringId::FAMILY_NAME);
                    names.english_or_first().map(|name| name.to_string())
                });
                name.is_some_and(|name| name.ends_with(" SC") && !name.contains("Mono"))
            });
            Some(mainland.unwrap_or(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fontconfig_names_folders() {
        let text = r#"<fontconfig><dir>/usr/share/fonts</dir>
            <dir prefix="xdg">fonts</dir><dir>~/.fonts</dir> <dir > /opt/fonts </dir>"#;
        let found: Vec<&str> = named_folders(text).collect();
        assert_eq!(found, ["/usr/share/fonts", "/opt/fonts"]);
    }

    #[test]
    fn without_a_font_the_folders_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = [folder.path().to_owned()];
        let error = find(&folders).expect_err("there is none");
        assert!(matches!(error, FontError::Missing(of) if of == folders));
        // A file of the right name that is no font is told as such.
        let path = folder.path().join("wqy-zenhei.ttc");
        std::fs::write(&path, b"no font").expect("written");
        let error = find(&folders).expect_err("there is none");
        assert!(matches!(error, FontError::Form(of) if of == path));
    }
}
