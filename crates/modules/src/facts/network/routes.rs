//! The way to the internet, and addresses that are the host's own.

use super::super::host::Host;
use super::netlink::{self, GET_ROUTE, INET, INET6, attribute, attribute_bytes, u32_at};
use crate::args::{Map, Value};
use std::io;
use std::net::IpAddr;

/// Size of `struct rtmsg`.
const FIXED: usize = 12;
const DESTINATION: u16 = 1;
const INTERFACE: u16 = 4;
const GATEWAY: u16 = 5;
const SOURCE: u16 = 7;
const TABLE: u16 = 15;
const LOCAL_TABLE: u32 = 255;
const TYPE_UNICAST: u8 = 1;
const TYPE_LOCAL: u8 = 2;
/// A route made for one connection.
const CLONED: u32 = 0x200;

/// Interface, address and gateway towards a well-known address (nothing is sent there).
pub(super) fn to_internet4(host: &Host<'_>) -> Map {
    towards(host, INET, &[8, 8, 8, 8])
}

/// As [`to_internet4`].
pub(super) fn to_internet6(host: &Host<'_>) -> Map {
    let well_known = [0x24, 0x04, 0x68, 0, 0x40, 0x0a, 0x08, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x12];
    towards(host, INET6, &well_known)
}

fn towards(host: &Host<'_>, family: u8, target: &[u8]) -> Map {
    let bits = u8::try_from(target.len() * 8).unwrap_or(0);
    let mut body = vec![family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    body.extend(attribute_bytes(DESTINATION, target));
    // No way there is no failure: there is just no default route.
    let answers = netlink::ask(GET_ROUTE, netlink::REQUEST, &body).unwrap_or_default();
    let Some(route) = answers.first().filter(|route| route.get(7) == Some(&TYPE_UNICAST)) else {
        return Map::new();
    };
    let mut facts = Map::new();
    let address = |kind| attribute(route, FIXED, kind).and_then(netlink::ip);
    let index = attribute(route, FIXED, INTERFACE).and_then(|bytes| u32_at(bytes, 0));
    let found = [
        ("gateway", address(GATEWAY).map(|gateway| gateway.to_string())),
        ("interface", index.and_then(|index| interface(host, index))),
        ("address", address(SOURCE).map(|source| source.to_string())),
    ];
    for (name, value) in found {
        facts.extend(value.map(|value| (name.to_owned(), Value::from(value))));
    }
    facts
}

fn interface(host: &Host<'_>, index: u32) -> Option<String> {
    let is =
        |name: &String| host.content(format!("/sys/class/net/{name}/ifindex")) == Some(index.to_string());
    host.names("/sys/class/net").into_iter().find(is)
}

/// What the table of local routes has.
///
/// # Errors
/// The kernel does not answer.
pub(super) fn local(family: u8) -> io::Result<Vec<Value>> {
    let body = [family, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let answers = netlink::ask(GET_ROUTE, netlink::DUMP, &body)?;
    let mut found: Vec<Value> = Vec::new();
    for destination in answers.iter().filter_map(|route| local_destination(route, family)) {
        let destination = Value::from(destination);
        if !found.contains(&destination) {
            found.push(destination);
        }
    }
    Ok(found)
}

fn local_destination(route: &[u8], family: u8) -> Option<String> {
    let [found, bits, _, _, table, _, _, kind] = <[u8; 8]>::try_from(route.get(..8)?).ok()?;
    let table = attribute(route, FIXED, TABLE).and_then(|bytes| u32_at(bytes, 0)).unwrap_or(u32::from(table));
    let wanted =
        found == family && table == LOCAL_TABLE && kind == TYPE_LOCAL && u32_at(route, 8)? & CLONED == 0;
    let address = attribute(route, FIXED, DESTINATION).and_then(netlink::ip).filter(|_| wanted)?;
    let whole = match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    Some(if bits == whole { address.to_string() } else { format!("{address}/{bits}") })
}
