//! Network interfaces as `/sys` shows them.

use super::super::host::Host;
use crate::args::{Map, Value};

/// An interface.
pub(super) struct Link {
    pub(super) name: String,
    /// The kernel's number of it.
    pub(super) index: Option<u32>,
    /// Its hardware address, zeros included.
    pub(super) mac: String,
    pub(super) facts: Map,
}

impl Link {
    /// What a default route repeats of it.
    pub(super) fn common(&self) -> Map {
        let of = |name: &str| self.facts.get(name).cloned();
        let mut common = Map::new();
        common.insert("macaddress".to_owned(), self.mac.as_str().into());
        common.insert("mtu".to_owned(), of("mtu").unwrap_or(Value::Null));
        common.insert("type".to_owned(), of("type").unwrap_or_else(|| "unknown".into()));
        common
    }
}

const NO_MAC: &str = "00:00:00:00:00:00";

/// All interfaces, in the directory's order.
pub(super) fn read(host: &Host<'_>) -> Vec<Link> {
    let names = host.names("/sys/class/net").into_iter();
    names.filter(|name| host.is_dir(format!("/sys/class/net/{name}"))).map(|name| link(host, name)).collect()
}

fn link(host: &Host<'_>, name: String) -> Link {
    let dir = format!("/sys/class/net/{name}");
    let told = |file: &str| host.content(format!("{dir}/{file}"));
    let there = |file: &str| host.exists(format!("{dir}/{file}"));
    let mut facts = Map::new();
    let mut set = |key: &str, value: Value| facts.insert(key.to_owned(), value);
    set("device", name.as_str().into());
    let mac = told("address").unwrap_or_default();
    if !mac.is_empty() && mac != NO_MAC {
        set("macaddress", mac.as_str().into());
    }
    if let Some(mtu) = told("mtu").and_then(|mtu| mtu.parse::<i64>().ok()) {
        set("mtu", mtu.into());
    }
    if there("operstate") {
        set("active", (told("operstate").as_deref() != Some("down")).into());
    }
    if there("device/driver/module") {
        let module = host.real_path(format!("{dir}/device/driver/module"));
        set("module", module.file_name().map(|name| name.to_string_lossy().into_owned()).into());
    }
    if let Some(number) = told("type") {
        set("type", kind(&number).into());
    }
    if there("bridge") {
        set("type", "bridge".into());
        set("interfaces", host.names(format!("{dir}/brif")).into());
        if there("bridge/bridge_id") {
            set("id", told("bridge/bridge_id").unwrap_or_default().into());
        }
        if there("bridge/stp_state") {
            set("stp", (told("bridge/stp_state").as_deref() == Some("1")).into());
        }
    }
    if there("bonding") {
        bond(&told, &mut set);
    }
    if there("bonding_slave") {
        set("perm_macaddress", told("bonding_slave/perm_hwaddr").unwrap_or_default().into());
    }
    if let Some(device) = host.link_name(format!("{dir}/device")) {
        set("pciid", device.into());
    }
    if let Some(speed) = told("speed").and_then(|speed| speed.parse::<i64>().ok()) {
        set("speed", speed.into());
    }
    if let Some(flags) =
        told("flags").and_then(|flags| u32::from_str_radix(flags.trim_start_matches("0x"), 16).ok())
    {
        set("promisc", (flags & 0x100 != 0).into());
    }
    let index = told("ifindex").and_then(|index| index.parse().ok());
    Link { name, index, mac, facts }
}

fn kind(number: &str) -> &'static str {
    match number {
        "1" => "ether",
        "32" => "infiniband",
        "512" => "ppp",
        "772" => "loopback",
        "65534" => "tunnel",
        _ => "unknown",
    }
}

fn bond<R>(told: &impl Fn(&str) -> Option<String>, set: &mut impl FnMut(&str, Value) -> R) {
    let first = |file: &str| {
        let text = told(&format!("bonding/{file}")).unwrap_or_default();
        text.split_whitespace().next().unwrap_or_default().to_owned()
    };
    set("type", "bonding".into());
    let slaves = told("bonding/slaves").unwrap_or_default();
    set("slaves", slaves.split_whitespace().map(Value::from).collect());
    for file in ["mode", "miimon", "lacp_rate"] {
        set(file, first(file).into());
    }
    if let Some(primary) = told("bonding/primary") {
        set("primary", primary.into());
        if let Some(active) = told("bonding/all_slaves_active") {
            set("all_slaves_active", (active == "1").into());
        }
    }
}
