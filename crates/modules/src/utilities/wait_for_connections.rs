//! The connections of a port, as the kernel lists them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs as _};

/// Addresses of hosts, resolved once.
pub(super) struct Addresses(Vec<IpAddr>);

impl Addresses {
    pub(super) fn of<'a>(hosts: impl IntoIterator<Item = &'a str>) -> io::Result<Self> {
        let mut found = Vec::new();
        for host in hosts {
            found.extend((host, 80).to_socket_addrs()?.map(|address| address.ip()));
        }
        Ok(Self(found))
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|known| known.to_canonical() == address.to_canonical())
    }

    /// Whether a socket bound to any address, or to a mapped one, stands for these.
    fn stand_for(&self, local: IpAddr) -> bool {
        let any = |address: IpAddr| match address {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let mapped = matches!(local, IpAddr::V6(inner) if inner.to_ipv4_mapped().is_some());
        self.contain(local)
            || self.0.contains(&any(local))
            || (mapped && self.0.contains(&IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }
}

/// The kernel's number of a connection state.
pub(super) fn state_number(state: &str) -> Option<&'static str> {
    Some(match state {
        "ESTABLISHED" => "01",
        "SYN_SENT" => "02",
        "SYN_RECV" => "03",
        "FIN_WAIT1" => "04",
        "FIN_WAIT2" => "05",
        "TIME_WAIT" => "06",
        _ => return None,
    })
}

/// How many connections a port has on these addresses; those with excluded hosts do not count.
pub(super) fn active_connections(
    port: u16,
    local: &Addresses,
    excluded: &Addresses,
    states: &[String],
) -> usize {
    let states: Vec<&str> = states.iter().filter_map(|state| state_number(state)).collect();
    let counts = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (Some(ours), Some(theirs), Some(state)) = (fields.get(1), fields.get(2), fields.get(3)) else {
            return false;
        };
        let (Some(ours), Some(theirs)) = (socket(ours), socket(theirs)) else { return false };
        states.contains(state) && ours.1 == port && !excluded.contain(theirs.0) && local.stand_for(ours.0)
    };
    // Where one protocol is switched off, its list is missing.
    let lists =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|list| std::fs::read_to_string(list).unwrap_or_default());
    lists.iter().flat_map(|list| list.lines()).filter(|line| counts(line)).count()
}

/// `0100007F:0016`: the address in words of the host's byte order, and the port.
fn socket(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for at in (0..address.len()).step_by(8) {
        let word = u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
        _ => return None,
    };
    Some((address, port))
}

#[cfg(test)]
mod tests {
    use super::{Addresses, active_connections};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn open_connections_are_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let local = Addresses::of(["127.0.0.1"]).unwrap();
        let nobody = Addresses::of([]).unwrap();
        let states = ["ESTABLISHED".to_owned()];
        assert_eq!(active_connections(port, &local, &nobody, &states), 0);
        let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let server = listener.accept().unwrap();
        assert_eq!(active_connections(port, &local, &nobody, &states), 1);
        assert_eq!(active_connections(port, &local, &local, &states), 0);
        drop((client, server));
    }
}
