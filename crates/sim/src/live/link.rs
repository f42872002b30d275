//! One direction of one link between two cities: a port on loopback that passes bytes on, until it is cut.
//!
//! Each ordered pair of cities has its own, so that any set of links can be cut. It understands no bytes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// The most bytes that are passed on at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// How bytes pass in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    /// Nothing passes; what comes waits.
    pub held: bool,
    /// Each piece takes up to so many milliseconds longer.
    pub delay_ms: u64,
    /// How many bytes pass in a second; 0 for no limit.
    pub bytes_per_second: u64,
}

/// The end of a link that is lost while the other does not notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The city that dialled.
    Near,
    /// The city that was dialled.
    Far,
}

/// Where a link leads, if anywhere, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    target: Option<SocketAddr>,
    open: bool,
    /// From the city that dials.
    there: Flow,
    /// To the city that dials.
    back: Flow,
    /// Counts resets: connections of an earlier count end.
    resets: u64,
    /// Counts ends that were lost.
    losses: u64,
    lost: Side,
}

impl Way {
    fn leads_to(self) -> Option<SocketAddr> {
        self.target.filter(|_| self.open)
    }

    /// Says whether a connection that was made on this way goes on on a later one.
    fn goes_on(self, later: Way) -> bool {
        later.leads_to() == self.leads_to() && later.resets == self.resets
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
            there: Flow::default(),
            back: Flow::default(),
            resets: 0,
            losses: 0,
            lost: Side::Near,
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

    /// Sets how bytes pass from the city that dials, and to it.
    pub(super) fn shape(&self, there: Flow, back: Flow) {
        self.change(|way| (way.there, way.back) = (there, back));
    }

    /// Breaks every connection; new ones are made at once.
    pub(super) fn reset(&self) {
        self.change(|way| way.resets += 1);
    }

    /// Closes every connection at one end; the other end learns nothing.
    pub(super) fn lose(&self, side: Side) {
        self.change(|way| {
            way.losses += 1;
            way.lost = side;
        });
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

/// How a connection ends.
enum End {
    Closed,
    Lost(Side),
}

/// Passes bytes both ways until either end closes or the way changes.
async fn pass(mut near: TcpStream, mut seen: watch::Receiver<Way>) {
    let begun = *seen.borrow_and_update();
    let Some(target) = begun.leads_to() else {
        return;
    };
    let Ok(mut far) = TcpStream::connect(target).await else {
        return;
    };
    if near.set_nodelay(true).is_err() || far.set_nodelay(true).is_err() {
        return;
    }
    let end = {
        let (near_in, near_out) = near.split();
        let (far_in, far_out) = far.split();
        let there = pump(near_in, far_out, seen.clone(), |way| way.there);
        let back = pump(far_in, near_out, seen.clone(), |way| way.back);
        tokio::select! {
            _ = there => End::Closed,
            _ = back => End::Closed,
            end = end_of(begun, &mut seen) => end,
        }
    };
    // The end that is lost closes here and now.
    let left = match end {
        End::Closed => return,
        End::Lost(Side::Near) => {
            drop(near);
            far
        }
        End::Lost(Side::Far) => {
            drop(far);
            near
        }
    };
    swallow(left, begun, &mut seen).await;
}

/// Waits until a connection has to end.
async fn end_of(begun: Way, seen: &mut watch::Receiver<Way>) -> End {
    // An error means that the link itself is gone.
    while seen.changed().await.is_ok() {
        let way = *seen.borrow_and_update();
        if !begun.goes_on(way) {
            return End::Closed;
        }
        if way.losses != begun.losses {
            return End::Lost(way.lost);
        }
    }
    End::Closed
}

/// Passes bytes on in one direction.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut seen: watch::Receiver<Way>,
    flow: impl Fn(&Way) -> Flow,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut passed: u64 = 0;
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        let free = seen.wait_for(|way| !flow(way).held).await;
        let Ok(now) = free.map(|way| flow(&way)) else {
            return Ok(());
        };
        passed += 1;
        // No two pieces take equally long, and yet every run does the same.
        let late = now.delay_ms * (passed * 37 % 100) / 100;
        let bytes = count as u64 * 1_000;
        let slow = bytes.checked_div(now.bytes_per_second).unwrap_or(0);
        if late + slow > 0 {
            sleep(Duration::from_millis(late + slow)).await;
        }
        to.write_all(&buffer[..count]).await?;
    }
}

/// Keeps an end open that hears nothing more, until it gives up.
async fn swallow(mut left: TcpStream, begun: Way, seen: &mut watch::Receiver<Way>) {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        tokio::select! {
            read = left.read(&mut buffer) => match read {
                Ok(count) if count > 0 => {}
                _ => return,
            },
            changed = seen.changed() => {
                if changed.is_err() || !begun.goes_on(*seen.borrow_and_update()) {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
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

    /// A city that sends back what it gets.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        address
    }

    /// A city that says what it got on its first connection, once that ended.
    async fn listener() -> (SocketAddr, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let address = listener.local_addr().expect("bound");
        let got = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            stream.write_all(b"x").await.expect("connected");
            let mut got = Vec::new();
            let _ = stream.read_to_end(&mut got).await;
            got
        });
        (address, got)
    }

    #[tokio::test]
    async fn a_held_direction_passes_nothing_and_a_free_one_passes_what_waited() {
        for freed in [false, true] {
            let link = Link::open().await.expect("a port");
            let (address, got) = listener().await;
            link.lead(address);
            let held = Flow {
                held: true,
                ..Flow::default()
            };
            link.shape(held, Flow::default());
            let mut stream = TcpStream::connect(link.address()).await.expect("open");
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).await.expect("the other way"), 1);
            stream.write_all(b"b").await.expect("sent");
            if freed {
                link.shape(Flow::default(), Flow::default());
                stream.shutdown().await.expect("closed");
            } else {
                link.cut();
            }
            let expected: &[u8] = if freed { b"b" } else { b"" };
            assert_eq!(got.await.expect("ended"), expected);
        }
    }

    #[tokio::test]
    async fn a_reset_breaks_what_is_open_and_a_lost_end_leaves_the_other_open() {
        let link = Link::open().await.expect("a port");
        link.lead(echo().await);
        let mut byte = [0];
        let mut first = TcpStream::connect(link.address()).await.expect("open");
        first.write_all(b"a").await.expect("sent");
        assert_eq!(first.read(&mut byte).await.expect("echoed"), 1);
        link.reset();
        assert!(matches!(first.read(&mut byte).await, Ok(0) | Err(_)));

        let mut second = TcpStream::connect(link.address()).await.expect("open");
        second.write_all(b"b").await.expect("sent");
        assert_eq!(second.read(&mut byte).await.expect("echoed"), 1);
        link.lose(Side::Near);
        assert!(matches!(second.read(&mut byte).await, Ok(0) | Err(_)));

        let mut third = TcpStream::connect(link.address()).await.expect("open");
        third.write_all(b"c").await.expect("sent");
        assert_eq!(third.read(&mut byte).await.expect("echoed"), 1);
        link.lose(Side::Far);
        // Its end is gone, and only a cut tells the city that dialled.
        third.write_all(b"d").await.expect("nobody refuses it");
        link.cut();
        assert!(matches!(third.read(&mut byte).await, Ok(0) | Err(_)));
    }
}
