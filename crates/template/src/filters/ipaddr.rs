//! The address filters of `ansible.utils` (once of `ansible.netcommon`).

use super::util;
use crate::{
    Args, Ctx, Fault, Res, Val,
    python::netaddr::{
        self, Net,
        ipaddr::{self as queries, Parsed},
        mac,
    },
};

fn parsed(ctx: &mut Ctx<'_>, value: &Val, version: Option<u8>) -> Res<Option<Parsed>> {
    if !ctx.truth(value)? || matches!(value, Val::Bool(true)) {
        return Ok(None);
    }
    let text = ctx.str(value)?;
    Ok(queries::read(&text, version)
        .filter(|parsed| version.is_none_or(|version| parsed.net.version == version)))
}

fn ask(ctx: &mut Ctx<'_>, value: &Val, query: &str, version: Option<u8>, alias: &str) -> Res<Val> {
    if util::is_sequence(value) {
        let mut out = Vec::new();
        for item in ctx.iterate(value)? {
            let answer = ask(ctx, &item, query, version, "ipaddr")?;
            if ctx.truth(&answer)? {
                out.push(answer);
            }
        }
        return Ok(Val::from(out));
    }
    match parsed(ctx, value, version)? {
        None => Ok(Val::Bool(false)),
        Some(parsed) => queries::query(&parsed, query, alias).map(|value| Val::from_value(&value)),
    }
}

fn family(ctx: &mut Ctx<'_>, args: Args, version: Option<u8>, alias: &'static str) -> Res<Val> {
    let [value, query, wanted] = args.bind(alias, ["value", "query", "version"], 1)?;
    let version = match wanted.as_ref().and_then(Val::as_int) {
        Some(4) => Some(4),
        Some(6) => Some(6),
        _ => version,
    };
    let query = util::text(ctx, query, "")?;
    ask(ctx, &value.unwrap_or(Val::None), &query, version, alias)
}

pub(super) fn ipaddr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    family(ctx, args, None, "ipaddr")
}
pub(super) fn ipv4(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    family(ctx, args, Some(4), "ipv4")
}
pub(super) fn ipv6(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    family(ctx, args, Some(6), "ipv6")
}

pub(super) fn ipwrap(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, query] = args.bind("ipwrap", ["value", "query"], 1)?;
    let query = util::text(ctx, query, "")?;
    let value = value.unwrap_or(Val::None);
    if util::is_sequence(&value) {
        let mut out = Vec::new();
        for item in ctx.iterate(&value)? {
            let answer = ask(ctx, &item, &query, None, "ipwrap")?;
            out.push(if ctx.truth(&answer)? { ask(ctx, &item, "wrap", None, "ipwrap")? } else { item });
        }
        return Ok(Val::from(out));
    }
    let answer = ask(ctx, &value, &query, None, "ipwrap")?;
    if ctx.truth(&answer)? { ask(ctx, &answer, "wrap", None, "ipwrap") } else { Ok(value) }
}

/// The address and prefix of a value.
fn network(ctx: &mut Ctx<'_>, value: &Val) -> Res<Option<Net>> {
    Ok(parsed(ctx, value, None)?.map(|parsed| parsed.net))
}

pub(super) fn ipsubnet(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, query, index] = args.bind("ipsubnet", ["value", "query", "index"], 1)?;
    let Some(net) = network(ctx, &value.unwrap_or(Val::None))? else { return Ok(Val::Bool(false)) };
    let net = net.cidr();
    let query = util::text(ctx, query, "")?;
    if query.is_empty() {
        return Ok(Val::from(net.text()));
    }
    if let Ok(prefix) = query.parse::<u32>() {
        let index = match index {
            None | Some(Val::None) => None,
            Some(index) => ctx.str(&index)?.trim().parse::<i128>().ok(),
        };
        return Ok(subnet(&net, prefix, index).map_or(Val::Bool(false), Val::from));
    }
    let Some(outer) = queries::read(&query, None).map(|parsed| parsed.net.cidr()) else {
        return Err(Fault::plugin(format!("You must pass a valid subnet or IP address; {query} is invalid")));
    };
    if !outer.contains(&net) {
        return Err(Fault::plugin(format!("{} is not in the subnet {}", net.text(), outer.text())));
    }
    let shift = net.width() - net.prefix;
    let number = (net.first() - outer.first()).checked_shr(shift).unwrap_or(0) + 1;
    Ok(Val::from(number.to_string()))
}

/// The subnet at an index, or their number; for an address the network around it.
fn subnet(net: &Net, prefix: u32, index: Option<i128>) -> Option<String> {
    if net.prefix == net.width() {
        // Supernets from the shortest asked-for prefix up to the address.
        let count = i128::from(net.width().checked_sub(prefix)?);
        let index = index.unwrap_or(0);
        let at = if index < 0 { index + count } else { index };
        let at = u32::try_from(at).ok().filter(|at| i128::from(*at) < count)?;
        return Some(Net { prefix: prefix + at, ..*net }.cidr().text());
    }
    let more = prefix.checked_sub(net.prefix).filter(|_| prefix <= net.width())?;
    let count = 1u128.checked_shl(more)?;
    let Some(index) = index else { return Some(count.to_string()) };
    let at = if index < 0 { count.checked_sub(index.unsigned_abs())? } else { index.unsigned_abs() };
    if at >= count {
        return None;
    }
    let offset = at.checked_shl(net.width() - prefix).unwrap_or(0);
    Some(Net { value: net.first() + offset, prefix, ..*net }.text())
}

pub(super) fn nthhost(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, query] = args.bind("nthhost", ["value", "query"], 1)?;
    let Some(net) = network(ctx, &value.unwrap_or(Val::None))? else { return Ok(Val::Bool(false)) };
    let query = util::text(ctx, query, "")?;
    let Ok(index) = query.trim().parse::<i128>() else { return Ok(Val::Bool(false)) };
    let found = queries::nth(&net.cidr(), index);
    Ok(found.map_or(Val::Bool(false), |address| Val::from(net.text_of(address))))
}

fn next(ctx: &mut Ctx<'_>, args: Args, function: &'static str, sign: i128) -> Res<Val> {
    let [value, offset] = args.bind(function, ["value", "offset"], 2)?;
    let Some(net) = network(ctx, &value.unwrap_or(Val::None))? else { return Ok(Val::Bool(false)) };
    match offset {
        Some(Val::Int(offset)) => Ok(Val::from_value(&queries::step(&net, sign * i128::from(offset)))),
        _ => Err(Fault::plugin("Must pass in an integer")),
    }
}

pub(super) fn next_nth_usable(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    next(ctx, args, "next_nth_usable", 1)
}
pub(super) fn previous_nth_usable(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    next(ctx, args, "previous_nth_usable", -1)
}

fn two(ctx: &mut Ctx<'_>, args: Args, function: &'static str) -> Res<Option<(Net, Net)>> {
    let [value, test] = args.bind(function, ["value", "test"], 2)?;
    let outer = network(ctx, &value.unwrap_or(Val::None))?;
    let inner = network(ctx, &test.unwrap_or(Val::None))?;
    Ok(outer.zip(inner))
}

pub(super) fn network_in_usable(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let Some((outer, inner)) = two(ctx, args, "network_in_usable")? else { return Ok(Val::Bool(false)) };
    let (first, last) = outer.usable();
    let inside = outer.version == inner.version && first <= inner.first() && inner.last() <= last;
    Ok(Val::Bool(inside))
}

pub(super) fn network_in_network(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let Some((outer, inner)) = two(ctx, args, "network_in_network")? else { return Ok(Val::Bool(false)) };
    Ok(Val::Bool(outer.contains(&inner)))
}

pub(super) fn reduce_on_network(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, outer] = args.bind("reduce_on_network", ["value", "network"], 2)?;
    let Some(outer) = network(ctx, &outer.unwrap_or(Val::None))? else { return Ok(Val::from(Vec::new())) };
    let mut out = Vec::new();
    for item in ctx.iterate(&value.unwrap_or(Val::None))? {
        if network(ctx, &item)?.is_some_and(|net| outer.contains(&net)) {
            out.push(item);
        }
    }
    Ok(Val::from(out))
}

pub(super) fn cidr_merge(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, action] = args.bind("cidr_merge", ["value", "action"], 1)?;
    let value = value.unwrap_or(Val::None);
    let action = util::text(ctx, action, "merge")?;
    let mut nets = Vec::new();
    for item in ctx.iterate(&value)? {
        let text = ctx.str(&item)?;
        let shown = rplay_value::str_repr(&text);
        nets.push(Net::parse(&text).ok_or_else(|| {
            Fault::plugin(format!("cidr_merge: error in netaddr:\ninvalid IPNetwork {shown}"))
        })?);
    }
    match action.as_str() {
        "merge" => Ok(Val::list(netaddr::merge(&nets).iter().map(|net| Val::from(net.text())))),
        "span" => netaddr::span(&nets)
            .map(|net| Val::from(net.text()))
            .ok_or_else(|| Fault::plugin("cidr_merge: error in netaddr:\nIP version mismatch!")),
        _ => Err(Fault::plugin(format!("cidr_merge: invalid action '{action}'"))),
    }
}

pub(super) fn ipmath(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, amount] = args.bind("ipmath", ["value", "amount"], 2)?;
    let text = util::text(ctx, value, "")?;
    let Some(net) = Net::parse(&text) else {
        return Err(Fault::plugin(format!("You must pass a valid IP address; {text} is invalid")));
    };
    let amount = amount.unwrap_or(Val::None);
    let Val::Int(amount) = amount else {
        let shown = ctx.str(&amount)?;
        return Err(Fault::plugin(format!(
            "You must pass an integer for arithmetic; {shown} is not a valid integer"
        )));
    };
    let moved = net.value.checked_add_signed(i128::from(amount));
    let fits = moved.filter(|moved| net.version == 6 || *moved <= u128::from(u32::MAX));
    fits.map(|moved| Val::from(net.text_of(moved)))
        .ok_or_else(|| Fault::index_error("result outside valid IP address boundary!"))
}

fn hardware(ctx: &mut Ctx<'_>, args: Args, alias: &'static str) -> Res<Val> {
    let [value, query] = args.bind(alias, ["value", "query"], 1)?;
    let value = value.unwrap_or(Val::None);
    let query = util::text(ctx, query, "")?;
    let text = ctx.str(&value)?;
    let address = match (mac::parse(&text), &value) {
        (_, Val::Int(int)) => u64::try_from(*int).ok(),
        (address, _) => address,
    };
    let Some(address) = address else {
        if query.is_empty() || query == "bool" {
            return Ok(Val::Bool(false));
        }
        return Err(Fault::plugin(format!("{alias}: not a hardware address: {text}")));
    };
    match query.as_str() {
        "bool" => Ok(Val::Bool(true)),
        "int" => Ok(Val::Int(address as i64)),
        "" => Ok(value),
        form => mac::format(address, form)
            .map(Val::from)
            .ok_or_else(|| Fault::plugin(format!("{alias}: unknown filter type: {form}"))),
    }
}

pub(super) fn hwaddr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    hardware(ctx, args, "hwaddr")
}
pub(super) fn macaddr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    hardware(ctx, args, "macaddr")
}

pub(super) fn slaac(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, query] = args.bind("slaac", ["value", "query"], 1)?;
    let Some(net) = network(ctx, &value.unwrap_or(Val::None))? else { return Ok(Val::Bool(false)) };
    let address = util::text(ctx, query, "")?;
    let made = mac::parse(&address).and_then(|address| mac::slaac(&net, address));
    Ok(made.map_or(Val::Bool(false), Val::from))
}

pub(super) fn ip4_hex(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, delimiter] = args.bind("ip4_hex", ["arg", "delimiter"], 1)?;
    let text = util::text(ctx, value, "")?;
    let delimiter = util::text(ctx, delimiter, "")?;
    match netaddr::parse_address(&text) {
        Some((4, address)) => {
            let bytes = (address as u32).to_be_bytes();
            Ok(Val::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(&delimiter)))
        }
        _ => Err(Fault::plugin(format!("Invalid IPv4 address: {text}"))),
    }
}
