//! A folder for one test, gone when the test ends. Only tests use it.

use std::path::{Path, PathBuf};

/// A folder of its own, removed when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// Creates an empty folder whose name no other test of this process or another one has.
    pub fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("tongban-xtask-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
