//! The queries of `ansible.utils.ipaddr`.

use super::Net;
use crate::{Fault, Res};
use num_bigint::BigInt;
use rplay_value::Value;
use std::sync::Arc;

/// A value that is an address or a network.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub net: Net,
    /// It had a prefix.
    pub is_network: bool,
    /// The value as it was (numbers in their written form).
    pub text: String,
}

/// Reads a value as `ipaddr` does: text, or a number of the wanted version.
pub(crate) fn read(text: &str, version: Option<u8>) -> Option<Parsed> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u128 = text.parse().ok()?;
        let four = (version != Some(6)).then(|| Net::new(4, number, 32)).flatten();
        let net = four.or_else(|| Net::new(6, number, 128))?;
        return Some(Parsed { net, is_network: false, text: net.text() });
    }
    if let Some(net) = Net::parse(text) {
        return Some(Parsed { net, is_network: text.matches('/').count() == 1, text: text.to_owned() });
    }
    let (address, prefix) = text.split_once('/')?;
    let (number, prefix) = (address.trim().parse().ok()?, prefix.trim().parse().ok()?);
    let net = Net::new(4, number, prefix).or_else(|| Net::new(6, number, prefix))?;
    Some(Parsed { net, is_network: true, text: net.text() })
}

fn text(text: impl Into<String>) -> Value {
    Value::from(text.into())
}

fn integer(int: BigInt) -> Value {
    i64::try_from(&int).map_or_else(|_| Value::BigInt(Arc::new(int)), Value::Int)
}

fn when(condition: bool, value: impl FnOnce() -> Value) -> Value {
    if condition { value() } else { Value::None }
}

/// Answers `query` for one value: a text, a number, `False` or `None`.
pub(crate) fn query(parsed: &Parsed, query: &str, alias: &str) -> Res<Value> {
    let net = &parsed.net;
    let single = net.prefix == net.width();
    let own = || text(parsed.text.clone());
    let address_prefix = || text(net.text());
    let is_host_part = net.value != net.first();
    let at_network = |value: Value| if parsed.is_network { value } else { Value::None };
    Ok(match query {
        "" => text(if parsed.is_network { net.text() } else { net.ip() }),
        "bool" => Value::Bool(true),
        "address" | "ip" => when(single || is_host_part || net.broadcast().is_none(), || text(net.ip())),
        "address/prefix" | "host/prefix" => {
            let taken = net.size_less_one() > 1 && (!is_host_part || net.broadcast() == Some(net.value));
            if taken { Value::Bool(false) } else { address_prefix() }
        }
        "ip/prefix" => when(single || is_host_part || net.broadcast().is_none(), address_prefix),
        "broadcast" => when(net.size_less_one() > 1, || text(net.text_of(net.last()))),
        "cidr" => text(net.text()),
        "first_usable" => at_network(when(!single, || text(net.text_of(net.usable().0)))),
        "last_usable" => at_network(when(!single, || text(net.text_of(net.usable().1)))),
        "range_usable" => at_network(when(!single, || {
            let (first, last) = net.usable();
            text(format!("{}-{}", net.text_of(first), net.text_of(last)))
        })),
        "next_usable" => at_network(step(net, 1)),
        "previous_usable" => at_network(step(net, -1)),
        "gateway" | "gw" | "hostnet" | "router" => when(!single && is_host_part, address_prefix),
        "host" => when(single || is_host_part, address_prefix),
        "hostmask" | "wildcard" => text(net.text_of(net.host_mask())),
        "netmask" => text(net.text_of(net.net_mask())),
        "int" if parsed.is_network => text(format!("{}/{}", net.value, net.prefix)),
        "int" => integer(net.value.into()),
        "ip_netmask" => text(format!("{} {}", net.ip(), net.text_of(net.net_mask()))),
        "ip_wildcard" => text(format!("{} {}", net.ip(), net.text_of(net.host_mask()))),
        "network_netmask" => text(format!("{} {}", net.text_of(net.first()), net.text_of(net.net_mask()))),
        "network_wildcard" => text(format!("{} {}", net.text_of(net.first()), net.text_of(net.host_mask()))),
        "ipv4" | "v4" => to_version_4(parsed),
        "ipv6" | "v6" => to_version_6(parsed),
        "link-local" => when(net.within(&["169.254.0.0/24", "fe80::/10"]), own),
        "lo" | "loopback" => when(net.is_loopback(), own),
        "multicast" => when(net.is_multicast(), own),
        "unicast" => when(!net.is_multicast(), own),
        "private" => when(net.is_private(), own),
        "public" => {
            let special = net.is_private() || net.is_multicast() || net.is_loopback() || net.is_mask();
            when(!special, own)
        }
        "net" => when(!single && !is_host_part, || text(net.cidr().text())),
        "network" | "network_id" => text(net.text_of(net.first())),
        "network/prefix" | "subnet" => text(net.cidr().text()),
        "prefix" => Value::Int(i64::from(net.prefix)),
        "peer" => peer(parsed)?,
        "revdns" => text(net.reverse_dns()),
        "size" => integer(net.size()),
        "size_usable" => match net.size_less_one() {
            0 => Value::Int(0),
            1 => Value::Int(2),
            _ => integer(net.size() - 2),
        },
        "type" => text(if single || is_host_part { "address" } else { "network" }),
        "version" => Value::Int(i64::from(net.version)),
        "wrap" if net.version == 6 && parsed.is_network => text(format!("[{}]/{}", net.ip(), net.prefix)),
        "wrap" if net.version == 6 => text(format!("[{}]", net.ip())),
        "wrap" => own(),
        "6to4" => six_to_four(parsed),
        other => return other_query(parsed, other, alias),
    })
}

/// The address next to this one, where hosts may be.
pub(crate) fn step(net: &Net, offset: i128) -> Value {
    if net.size_less_one() == 0 {
        return Value::None;
    }
    let (first, last) = net.usable();
    let next = if offset < 0 {
        net.value.checked_sub(offset.unsigned_abs())
    } else {
        net.value.checked_add(offset.unsigned_abs())
    };
    next.filter(|next| (first..=last).contains(next)).map_or(Value::None, |next| text(net.text_of(next)))
}

fn to_version_4(parsed: &Parsed) -> Value {
    let net = &parsed.net;
    if net.version == 4 {
        return text(parsed.text.clone());
    }
    let mapped = net.value >> 32 == 0xffff || net.value >> 32 == 0;
    match Net::new(4, net.value & u128::from(u32::MAX), net.prefix.saturating_sub(96)) {
        Some(four) if mapped => text(four.text()),
        _ => Value::Bool(false),
    }
}

fn to_version_6(parsed: &Parsed) -> Value {
    let net = &parsed.net;
    if net.version == 6 {
        return text(parsed.text.clone());
    }
    text(Net { version: 6, value: net.value | 0xffff << 32, prefix: net.prefix + 96 }.text())
}

fn six_to_four(parsed: &Parsed) -> Value {
    let net = &parsed.net;
    if net.version == 6 {
        let inside = net.within(&["2002::/16"]);
        return when(inside && (!parsed.is_network || net.value != net.first()), || {
            text(parsed.text.clone())
        });
    }
    let single = net.prefix == net.width();
    let host = Parsed { net: Net { prefix: 32, ..*net }, is_network: false, text: net.ip() };
    let public = query(&host, "public", "ipaddr").is_ok_and(|value| value.is_true());
    if !public || (!single && net.value == net.first()) {
        return Value::Bool(false);
    }
    let [a, b, c, d] = (net.value as u32).to_be_bytes();
    text(format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1/48"))
}

fn peer(parsed: &Parsed) -> Res<Value> {
    let net = &parsed.net;
    if !parsed.is_network {
        return Err(Fault::plugin("Not a network address"));
    }
    match (net.size_less_one(), net.value % 4) {
        (1, _) => Ok(text(net.text_of(net.value ^ 1))),
        (3, 0) => Err(Fault::plugin("Network address of /30 has no peer")),
        (3, 3) => Err(Fault::plugin("Broadcast address of /30 has no peer")),
        (3, _) => Ok(text(net.text_of(net.value ^ 3))),
        _ => Err(Fault::plugin("Not a point-to-point network")),
    }
}

/// A query that is a network (membership) or a number (the nth address).
fn other_query(parsed: &Parsed, query: &str, alias: &str) -> Res<Value> {
    let net = &parsed.net;
    let is_digits = !query.is_empty() && query.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits {
        if let Some(outer) = read(query, None) {
            let inside = outer.net.cidr().contains(net);
            return Ok(when(inside, || text(parsed.text.clone())));
        }
    }
    let Ok(index) = query.trim().parse::<i128>() else {
        return Err(Fault::plugin(format!("{alias}: unknown filter type: {query}")));
    };
    if net.prefix == net.width() {
        return Ok(text(if parsed.is_network { net.text() } else { net.ip() }));
    }
    Ok(nth(net, index)
        .map_or(Value::Bool(false), |address| text(format!("{}/{}", net.text_of(address), net.prefix))))
}

/// The address at an index; negative ones count from the end.
pub(crate) fn nth(net: &Net, index: i128) -> Option<u128> {
    let distance = index.unsigned_abs();
    if index < 0 {
        return (distance - 1 <= net.size_less_one()).then(|| net.last() - (distance - 1));
    }
    (distance <= net.size_less_one()).then(|| net.first() + distance)
}
