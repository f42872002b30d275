//! One direction of one link between two cities: a port on loopback that passes bytes on, until it is cut.
//!
//! Each ordered pair of cities has its own, so that any set of links can be cut. It understands no bytes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Where a link leads, if anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    target: Option<SocketAddr>,
    open: bool,
}

impl Way {
    fn leads_to(self) -> Option<SocketAddr> {
        self.target.filter(|_| self.open)
    }
}

/// A link; dropping it closes the port and every connection through it.
#[derive(Debug)]
pub(super) struct Link {
    address: SocketAddr,
    way: watch::Sender<Way>,
    task: JoinHandle<()>,
}

impl Link {
    /// Opens a port that leads nowhere yet.
    pub(super) async fn open() -> io::Result<Link> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (way, seen) = watch::channel(Way {
            target: None,
            open: true,
        });
        let task = tokio::spawn(accept(listener, seen));
        Ok(Link { address, way, task })
    }

    /// Returns the port's address, which the city at the near end dials.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections to an address; old ones are closed if it differs.
    pub(super) fn lead(&self, target: SocketAddr) {
        self.change(|way| way.target = Some(target));
    }

    /// Cuts the link: every connection closes, and new ones close at once.
    pub(super) fn cut(&self) {
        self.change(|way| way.open = false);
    }

    /// Heals the link for new connections.
    pub(super) fn heal(&self) {
        self.change(|way| way.open = true);
    }

    fn change(&self, change: impl FnOnce(&mut Way)) {
        self.way.send_if_modified(|way| {
            let before = *way;
            change(way);
            *way != before
        });
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Accepts for ever; the connections end with this task.
async fn accept(listener: TcpListener, seen: watch::Receiver<Way>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((near, _)) => {
                    connections.spawn(pass(near, seen.clone()));
                }
                // Out of descriptors: the connection is lost, and the dialling city tries again.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Passes bytes both ways until either end closes or the way changes.
async fn pass(mut near: TcpStream, mut seen: watch::Receiver<Way>) {
    let Some(target) = seen.borrow_and_update().leads_to() else {
        return;
    };
    let copied = async {
        let mut far = TcpStream::connect(target).await?;
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        tokio::io::copy_bidirectional(&mut near, &mut far).await
    };
    let changed = async {
        // An error means that the link itself is gone.
        while seen.changed().await.is_ok() {
            if seen.borrow_and_update().leads_to() != Some(target) {
                return;
            }
        }
    };
    tokio::select! {
        _ = copied => {}
        () = changed => {}
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A city that answers each connection with one byte and then holds it.
    async fn city() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(b"x").await.expect("connected");
                held.push(stream);
            }
        });
        address
    }

    #[tokio::test]
    async fn a_cut_closes_old_connections_and_refuses_new_ones_until_healed() {
        let link = Link::open().await.expect("a port");
        link.lead(city().await);
        let mut byte = [0];

        let mut first = TcpStream::connect(link.address()).await.expect("open");
        assert_eq!(first.read(&mut byte).await.expect("passed on"), 1);
        link.cut();
        let end = first.read(&mut byte).await;
        assert!(matches!(end, Ok(0) | Err(_)), "closed by the cut");

        let mut second = TcpStream::connect(link.address()).await.expect("accepted");
        let end = second.read(&mut byte).await;
        assert!(matches!(end, Ok(0) | Err(_)), "closed at once");

        link.heal();
        let mut third = TcpStream::connect(link.address()).await.expect("open");
        assert_eq!(third.read(&mut byte).await.expect("passed on"), 1);
    }

    #[tokio::test]
    async fn a_new_target_takes_new_connections() {
        let link = Link::open().await.expect("a port");
        link.lead(city().await);
        let mut byte = [0];
        let mut first = TcpStream::connect(link.address()).await.expect("open");
        assert_eq!(first.read(&mut byte).await.expect("passed on"), 1);
        link.lead(city().await);
        let end = first.read(&mut byte).await;
        assert!(matches!(end, Ok(0) | Err(_)), "the old one is closed");
        let mut second = TcpStream::connect(link.address()).await.expect("open");
        assert_eq!(second.read(&mut byte).await.expect("passed on"), 1);
    }
}
