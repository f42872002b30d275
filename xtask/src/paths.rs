//! Where things lie: the checkout, the cache, the target folder. Nothing else in xtask composes these.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::step::Failure;

/// The root of the checkout: of the one that cargo runs now, since two checkouts that share a target
/// folder may share this program too.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let built = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let manifest = absolute("CARGO_MANIFEST_DIR").unwrap_or(built);
        manifest.parent().unwrap_or(&manifest).to_path_buf()
    })
}

/// The cache for what outlives a checkout: `$XDG_CACHE_HOME/tongban`, else `~/.cache/tongban`.
pub fn cache_dir() -> Result<PathBuf, Failure> {
    cache_dir_from(absolute("XDG_CACHE_HOME"), absolute("HOME"))
}

fn cache_dir_from(xdg: Option<PathBuf>, home: Option<PathBuf>) -> Result<PathBuf, Failure> {
    xdg.or_else(|| home.map(|home| home.join(".cache")))
        .map(|cache| cache.join("tongban"))
        .ok_or_else(|| Failure::new("neither XDG_CACHE_HOME nor HOME names a folder"))
}

/// The target folder of every cargo call that xtask makes: `$CARGO_TARGET_DIR`, else one in the cache.
pub fn target_dir() -> Result<PathBuf, Failure> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) if !folder.is_empty() => Ok(root().join(folder)),
        _ => Ok(cache_dir()?.join("target")),
    }
}

/// Reads an environment variable that holds an absolute path; the XDG rules say to ignore relative ones.
fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_follows_xdg_then_home() {
        let xdg = Some(PathBuf::from("/x"));
        let home = Some(PathBuf::from("/h"));
        assert_eq!(
            cache_dir_from(xdg, home.clone()).unwrap(),
            Path::new("/x/tongban")
        );
        assert_eq!(
            cache_dir_from(None, home).unwrap(),
            Path::new("/h/.cache/tongban")
        );
        assert!(cache_dir_from(None, None).is_err());
    }

    #[test]
    fn root_holds_the_workspace_manifest() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }
}
