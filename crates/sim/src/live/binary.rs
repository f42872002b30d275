//! Where the node's program is.

use std::path::PathBuf;

use super::error::BinaryError;

const PROGRAM: &str = "tongband";
const VARIABLES: [&str; 2] = ["TONGBAND_BIN", "TONGBAN_NODE_BIN"];

/// Finds the program: a variable names it, or it lies beside the program that runs now.
pub(super) fn find() -> Result<PathBuf, BinaryError> {
    for variable in VARIABLES {
        if let Some(path) = std::env::var_os(variable).map(PathBuf::from) {
            return existing(path);
        }
    }
    let here = std::env::current_exe().unwrap_or_else(|_| PathBuf::from(PROGRAM));
    let mut folder = here.parent().map(PathBuf::from).unwrap_or_default();
    // Test programs lie one folder below the ones they test.
    if folder.ends_with("deps") {
        folder.pop();
    }
    existing(folder.join(PROGRAM))
}

fn existing(path: PathBuf) -> Result<PathBuf, BinaryError> {
    if path.is_file() {
        Ok(path)
    } else {
        Err(BinaryError(path))
    }
}
