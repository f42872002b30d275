//! What the store needs of the file system and std lacks or leaves verbose: free space, private
//! folders, and syncs of folders.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Returns the bytes that this user may still write on the file system that holds `path`.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Creates a folder that only this user may enter, with its missing parents; one that exists stays
/// as it is.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path)
}

/// Syncs a folder, so that files created or renamed in it are found after a power cut.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Syncs a folder and the folder that holds it, so that a folder just created is found as well.
pub(crate) fn sync_with_parent(path: &Path) -> io::Result<()> {
    let path = path.canonicalize()?;
    sync_dir(&path)?;
    path.parent().map_or(Ok(()), sync_dir)
}
