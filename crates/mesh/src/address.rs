//! Addresses as people write them (`host:port`, or a multiaddress of IP or DNS name and TCP port) and as libp2p
//! wants them. It resolves no names.

use std::net::{IpAddr, SocketAddr};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// Longest host name, in bytes (RFC 1035).
const HOST_BYTES_MAX: usize = 253;

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// An IP address with port.
    Socket(SocketAddr),
    /// A host name that the system has to resolve, with port.
    Name(String, u16),
}

/// Reads an address; nothing if it has none of the known forms.
pub(crate) fn parse(text: &str) -> Option<Target> {
    if text.starts_with('/') {
        return parse_multiaddr(&text.parse().ok()?);
    }
    if let Ok(socket) = text.parse() {
        return Some(Target::Socket(socket));
    }
    let (host, port) = text.rsplit_once(':')?;
    named(host, port.parse().ok()?)
}

/// The multiaddress of a socket.
pub(crate) fn to_multiaddr(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip()).with(Protocol::Tcp(socket.port()))
}

/// Writes a multiaddress as `ip:port` where it is one, else as it is.
pub(crate) fn display(address: &Multiaddr) -> String {
    match parse_multiaddr(address) {
        Some(Target::Socket(socket)) => socket.to_string(),
        _ => address.to_string(),
    }
}

fn parse_multiaddr(address: &Multiaddr) -> Option<Target> {
    let mut parts = address.iter();
    let (host, Protocol::Tcp(port), None) = (parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    match host {
        Protocol::Ip4(ip) => Some(Target::Socket(SocketAddr::new(IpAddr::V4(ip), port))),
        Protocol::Ip6(ip) => Some(Target::Socket(SocketAddr::new(IpAddr::V6(ip), port))),
        Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) => named(&name, port),
        _ => None,
    }
}

fn named(host: &str, port: u16) -> Option<Target> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!host.is_empty() && host.len() <= HOST_BYTES_MAX && host.chars().all(plain))
        .then(|| Target::Name(host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<Target>) {
        assert_eq!(parse(text), expect, "{text}");
    }

    #[test]
    fn known_forms_are_read() {
        let loopback = |port| Some(Target::Socket(SocketAddr::from(([127, 0, 0, 1], port))));
        check("127.0.0.1:4021", loopback(4021));
        check("/ip4/127.0.0.1/tcp/0", loopback(0));
        check("[::1]:7", Some(Target::Socket("[::1]:7".parse().unwrap())));
        check(
            "/ip6/::1/tcp/7",
            Some(Target::Socket("[::1]:7".parse().unwrap())),
        );
        check(
            "node.example:4021",
            Some(Target::Name("node.example".into(), 4021)),
        );
        check(
            "/dns4/node.example/tcp/4021",
            Some(Target::Name("node.example".into(), 4021)),
        );
    }

    #[test]
    fn other_forms_are_not() {
        for text in [
            "",
            ":1",
            "node.example",
            "node.example:",
            "node.example:70000",
            "::1:7:x",
            "a b:1",
            "a/b:1",
        ] {
            check(text, None);
        }
        for text in [
            "/",
            "/ip4/127.0.0.1",
            "/ip4/127.0.0.1/udp/1",
            "/ip4/127.0.0.1/tcp/1/ws",
            "/tcp/1",
        ] {
            check(text, None);
        }
        check(&format!("{}:1", "a".repeat(254)), None);
    }

    #[test]
    fn a_socket_survives_the_way_there_and_back() {
        for text in ["127.0.0.1:4021", "[::1]:7"] {
            assert_eq!(display(&to_multiaddr(text.parse().unwrap())), text);
        }
    }
}
