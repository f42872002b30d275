//! The Unix socket: taken only when nobody answers on it, open to the node's user alone, gone when dropped.
//! Who may use the data directory is the store's lock, not this file.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tongban_ledger::code::Code;

/// Only the owner may read and write, which on a socket means connect.
const SOCKET_MODE: u32 = 0o600;

/// How many connections may wait to be taken.
const BACKLOG: u32 = 128;

/// Says why the socket could not be taken.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another process answers on the socket.
    #[error("another process listens on {}", socket.display())]
    AddressInUse {
        /// The socket.
        socket: PathBuf,
    },
    /// Something that is not a socket has this name; it was left alone.
    #[error("{} exists and is not a socket", socket.display())]
    NotASocket {
        /// The path.
        socket: PathBuf,
    },
    /// The system refused, as for a missing folder or a path of more than 107 bytes.
    #[error("cannot listen on {}", socket.display())]
    Io {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl BindError {
    /// Returns the stable code: `E_PORT_IN_USE`, or `E_CONFIG` where the path itself is at fault.
    pub fn code(&self) -> Code {
        match self {
            BindError::AddressInUse { .. } => Code::PortInUse,
            BindError::NotASocket { .. } | BindError::Io { .. } => Code::Config,
        }
    }
}

/// A listening socket with mode 0600, whose file is removed when the endpoint is dropped.
#[derive(Debug)]
pub struct Endpoint {
    pub(crate) listener: UnixListener,
    file: SocketFile,
}

impl Endpoint {
    /// Takes the socket.
    ///
    /// A socket file that a killed process left behind is removed, but only when a connection to it is refused.
    /// Two processes that start at once could each remove the other's file, so the caller holds the lock of the
    /// data directory before. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`BindError`]; nothing is removed or changed then, except a stale socket.
    pub async fn bind(path: impl Into<PathBuf>) -> Result<Endpoint, BindError> {
        let path = path.into();
        remove_stale(&path).await?;
        match listen(&path) {
            Ok((listener, file)) => Ok(Endpoint { listener, file }),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                Err(BindError::AddressInUse { socket: path })
            }
            Err(source) => Err(BindError::Io {
                socket: path,
                source,
            }),
        }
    }

    /// Returns the path of the socket.
    pub fn socket(&self) -> &Path {
        &self.file.path
    }
}

async fn remove_stale(path: &Path) -> Result<(), BindError> {
    let failed = |source| BindError::Io {
        socket: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(BindError::NotASocket {
                socket: path.to_owned(),
            });
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            tracing::info!("removed the socket that a stopped process left behind");
            fs::remove_file(path).map_err(failed)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // A full backlog is an answer too.
        Ok(_) => Err(BindError::AddressInUse {
            socket: path.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(BindError::AddressInUse {
            socket: path.to_owned(),
        }),
        Err(error) => Err(failed(error)),
    }
}

fn listen(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let socket = UnixSocket::new_stream()?;
    // On Linux the file gets the mode that the unbound socket has. To change the file afterwards would leave a
    // moment in which a lax umask lets others connect.
    File::from(socket.as_fd().try_clone_to_owned()?)
        .set_permissions(Permissions::from_mode(SOCKET_MODE))?;
    socket.bind(path)?;
    let metadata = fs::symlink_metadata(path)?;
    let file = SocketFile {
        path: path.to_owned(),
        device: metadata.dev(),
        inode: metadata.ino(),
    };
    Ok((socket.listen(BACKLOG)?, file))
}

/// The socket's file, removed on drop unless another process has put its own there meanwhile.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Ok(metadata) = fs::symlink_metadata(&self.path)
            && (metadata.dev(), metadata.ino()) == (self.device, self.inode)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "could not remove the local socket");
        }
    }
}
