//! The host's addresses.

use super::netlink::{self, GET_ADDRESS, attribute, u32_at};
use crate::args::{Map, Value};
use std::io;
use std::net::{IpAddr, Ipv4Addr};

/// Size of `struct ifaddrmsg`.
const FIXED: usize = 8;
const ADDRESS: u16 = 1;
const LOCAL: u16 = 2;
const LABEL: u16 = 3;
const BROADCAST: u16 = 4;
/// The flag of secondary IPv4 and temporary IPv6 addresses.
const SECONDARY: u8 = 1;

/// An address of an interface.
#[derive(Debug)]
pub(super) struct Address {
    /// The interface's number.
    pub(super) index: u32,
    pub(super) address: IpAddr,
    pub(super) prefix: u8,
    /// It is one end of a link between two.
    pub(super) peer: bool,
    pub(super) broadcast: Option<String>,
    pub(super) label: Option<String>,
    pub(super) scope: u8,
    pub(super) secondary: bool,
}

/// All addresses, in the kernel's order.
///
/// # Errors
/// The kernel does not answer.
pub(super) fn read() -> io::Result<Vec<Address>> {
    let answers = netlink::ask(GET_ADDRESS, netlink::DUMP, &[0; FIXED])?;
    Ok(answers.iter().filter_map(|body| parse(body)).collect())
}

fn parse(body: &[u8]) -> Option<Address> {
    let fixed: [u8; 4] = body.get(..4)?.try_into().ok()?;
    let [_, prefix, flags, scope] = fixed;
    let address = attribute(body, FIXED, ADDRESS).and_then(netlink::ip);
    let local = attribute(body, FIXED, LOCAL).and_then(netlink::ip);
    Some(Address {
        index: u32_at(body, 4)?,
        address: local.or(address)?,
        prefix,
        peer: local.is_some() && address.is_some() && local != address,
        broadcast: attribute(body, FIXED, BROADCAST).and_then(netlink::ip).map(|ip| ip.to_string()),
        label: attribute(body, FIXED, LABEL).map(netlink::text),
        scope,
        secondary: flags & SECONDARY != 0,
    })
}

impl Address {
    pub(super) fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// As the `ipv4` of an interface has it.
    pub(super) fn facts4(&self) -> Map {
        let prefix = if self.peer { 32 } else { self.prefix };
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
        let bits = match self.address {
            IpAddr::V4(address) => address.to_bits(),
            IpAddr::V6(_) => 0,
        };
        let broadcast = self.broadcast.clone().filter(|_| !self.peer).unwrap_or_default();
        let facts = [
            ("address", self.address.to_string()),
            ("broadcast", broadcast),
            ("netmask", Ipv4Addr::from_bits(mask).to_string()),
            ("network", Ipv4Addr::from_bits(bits & mask).to_string()),
            ("prefix", prefix.to_string()),
        ];
        facts.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
    }

    /// As an entry of an interface's `ipv6` has it.
    pub(super) fn facts6(&self) -> Map {
        let scope = match self.scope {
            0 => "global".to_owned(),
            200 => "site".to_owned(),
            253 => "link".to_owned(),
            254 => "host".to_owned(),
            255 => "nowhere".to_owned(),
            other => other.to_string(),
        };
        let facts =
            [("address", self.address.to_string()), ("prefix", self.prefix.to_string()), ("scope", scope)];
        facts.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
    }
}
