//! Addresses and networks as the Python package `netaddr` treats them, for `ansible.utils`' filters.

pub(crate) mod ipaddr;
pub(crate) mod mac;

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address with a prefix length; without one it is the full width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Net {
    /// 4 or 6.
    pub version: u8,
    pub value: u128,
    pub prefix: u32,
}

impl Net {
    /// An address or network in text: `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fe80::/10`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, mask) = match text.split_once('/') {
            Some((address, mask)) => (address, Some(mask)),
            None => (text, None),
        };
        let (version, value) = parse_address(address)?;
        let host = Self { version, value, prefix: width(version) };
        let Some(mask) = mask else { return Some(host) };
        if let Ok(prefix) = mask.trim().parse::<u32>() {
            return (prefix <= host.width()).then_some(Self { prefix, ..host });
        }
        let (_, mask) = parse_address(mask).filter(|(other, _)| *other == version)?;
        let prefix = prefix_of(mask, host.width())?;
        Some(Self { prefix, ..host })
    }

    pub(crate) fn new(version: u8, value: u128, prefix: u32) -> Option<Self> {
        let fits = version == 6 || value <= u128::from(u32::MAX);
        (fits && prefix <= width(version)).then_some(Self { version, value, prefix })
    }

    pub(crate) fn width(&self) -> u32 {
        width(self.version)
    }

    fn host_bits(&self) -> u32 {
        self.width() - self.prefix
    }

    /// Ones in the host part.
    pub(crate) fn host_mask(&self) -> u128 {
        match self.host_bits() {
            128 => u128::MAX,
            bits => (1 << bits) - 1,
        }
    }

    fn all(&self) -> u128 {
        if self.version == 4 { u128::from(u32::MAX) } else { u128::MAX }
    }

    pub(crate) fn net_mask(&self) -> u128 {
        self.all() & !self.host_mask()
    }

    pub(crate) fn first(&self) -> u128 {
        self.value & self.net_mask()
    }

    pub(crate) fn last(&self) -> u128 {
        self.first() | self.host_mask()
    }

    /// Number of addresses less one, which fits.
    pub(crate) fn size_less_one(&self) -> u128 {
        self.host_mask()
    }

    /// Number of addresses in decimal.
    pub(crate) fn size(&self) -> num_bigint::BigInt {
        num_bigint::BigInt::from(self.host_mask()) + 1
    }

    /// The broadcast address; point-to-point networks have none.
    pub(crate) fn broadcast(&self) -> Option<u128> {
        (self.version == 4 && self.host_bits() > 1).then(|| self.last())
    }

    /// The network with the host part cleared.
    pub(crate) fn cidr(&self) -> Self {
        Self { value: self.first(), ..*self }
    }

    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.version == other.version && self.first() <= other.first() && other.last() <= self.last()
    }

    /// The first and last address a host may have.
    pub(crate) fn usable(&self) -> (u128, u128) {
        match self.size_less_one() {
            0 | 1 => (self.first(), self.last()),
            _ => (self.first() + 1, self.last() - 1),
        }
    }

    /// An address of this family as text.
    pub(crate) fn text_of(&self, address: u128) -> String {
        address_text(self.version, address)
    }

    pub(crate) fn ip(&self) -> String {
        self.text_of(self.value)
    }

    /// `address/prefix`
    pub(crate) fn text(&self) -> String {
        format!("{}/{}", self.ip(), self.prefix)
    }

    fn within(&self, nets: &[&str]) -> bool {
        let host = Self { prefix: self.width(), ..*self };
        nets.iter().filter_map(|net| Self::parse(net)).any(|net| net.contains(&host))
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.within(&["127.0.0.0/8", "::1/128"])
    }

    pub(crate) fn is_multicast(&self) -> bool {
        self.within(&["224.0.0.0/4", "ff00::/8"])
    }

    /// What `netaddr` 1.2 and earlier called private, as the filters do.
    pub(crate) fn is_private(&self) -> bool {
        self.within(&[
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "198.18.0.0/15",
            "239.192.0.0/14",
            "169.254.0.0/16",
            "fc00::/7",
            "fec0::/10",
            "fe80::/10",
        ])
    }

    pub(crate) fn is_mask(&self) -> bool {
        prefix_of(self.value, self.width()).is_some()
    }

    /// The name of the reverse DNS entry.
    pub(crate) fn reverse_dns(&self) -> String {
        if self.version == 4 {
            let [a, b, c, d] = (self.value as u32).to_be_bytes();
            return format!("{d}.{c}.{b}.{a}.in-addr.arpa.");
        }
        let digits: String =
            format!("{:032x}", self.value).chars().rev().flat_map(|digit| [digit, '.']).collect();
        format!("{digits}ip6.arpa.")
    }
}

fn width(version: u8) -> u32 {
    if version == 4 { 32 } else { 128 }
}

/// An address in text: its version and number.
pub(crate) fn parse_address(text: &str) -> Option<(u8, u128)> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some((4, u128::from(u32::from(address))));
    }
    text.parse::<Ipv6Addr>().ok().map(|address| (6, u128::from(address)))
}

pub(crate) fn address_text(version: u8, address: u128) -> String {
    if version == 4 {
        Ipv4Addr::from(address as u32).to_string()
    } else {
        Ipv6Addr::from(address).to_string()
    }
}

/// The prefix length of a net mask or host mask.
fn prefix_of(mask: u128, width: u32) -> Option<u32> {
    let all = if width == 32 { u128::from(u32::MAX) } else { u128::MAX };
    let is_host_mask = |mask: u128| mask == all || (mask & (mask + 1)) == 0;
    if is_host_mask(all & !mask) {
        return Some(mask.count_ones());
    }
    is_host_mask(mask).then(|| width - mask.count_ones())
}

/// The smallest list of networks that covers the same addresses.
pub(crate) fn merge(nets: &[Net]) -> Vec<Net> {
    let mut ranges: Vec<(u8, u128, u128)> =
        nets.iter().map(|net| (net.version, net.first(), net.last())).collect();
    ranges.sort_unstable();
    let mut joined: Vec<(u8, u128, u128)> = Vec::new();
    for (version, first, last) in ranges {
        match joined.last_mut() {
            Some((before, _, end)) if *before == version && (*end == u128::MAX || first <= *end + 1) => {
                *end = last.max(*end);
            }
            _ => joined.push((version, first, last)),
        }
    }
    joined.into_iter().flat_map(|(version, first, last)| cover(version, first, last)).collect()
}

/// The networks that make up a range of addresses.
fn cover(version: u8, mut first: u128, last: u128) -> Vec<Net> {
    let width = width(version);
    let mut nets = Vec::new();
    loop {
        let mut bits = first.trailing_zeros().min(width);
        let net = loop {
            let net = Net { version, value: first, prefix: width - bits };
            if net.last() <= last {
                break net;
            }
            bits -= 1;
        };
        nets.push(net);
        if net.last() >= last {
            return nets;
        }
        first = net.last() + 1;
    }
}

/// The smallest network that holds them all.
pub(crate) fn span(nets: &[Net]) -> Option<Net> {
    let version = nets.first()?.version;
    let first = nets.iter().map(Net::first).min()?;
    let last = nets.iter().map(Net::last).max()?;
    let differing = 128 - (first ^ last).leading_zeros();
    let net = Net { version, value: first, prefix: width(version).checked_sub(differing)? };
    nets.iter().all(|net| net.version == version).then(|| net.cidr())
}
