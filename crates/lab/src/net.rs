//! A lab's bridge, its addresses and its way out.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;

use crate::error::{LabError, Result};
use crate::record::LabRecord;
use crate::{command, file};

/// The lab that always has net number 0, because an inventory of the repository names its addresses.
pub const DEFAULT_LAB: &str = "lab";
/// Nets that other labs are given: third octets.
const OTHERS: std::ops::RangeInclusive<u8> = 1..=99;
/// Last octet of a lab's host number 0.
const FIRST_HOST: u8 = 10;

/// One lab's net, 10.88.NUMBER.0/24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Net {
    /// The third octet; also in the names of bridge, table and groups.
    pub(crate) number: u8,
}

impl Net {
    /// Address of the host with this number (1 is the first).
    pub(crate) fn host(self, number: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 88, self.number, FIRST_HOST.saturating_add(number))
    }

    /// The machine's own address on the bridge.
    pub(crate) fn gateway(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 88, self.number, 1)
    }

    /// The net in CIDR notation.
    pub(crate) fn cidr(self) -> String {
        format!("10.88.{}.0/24", self.number)
    }

    /// Prefix of everything this lab names on the machine.
    pub(crate) fn tag(self) -> String {
        format!("rplay{}", self.number)
    }

    /// The net for lab `name`, one that neither another lab nor the machine uses.
    pub(crate) fn choose(name: &str, labs: &[LabRecord]) -> Result<Self> {
        let taken = Taken::read(labs)?;
        if name == DEFAULT_LAB {
            let net = Self { number: 0 };
            return match taken.by(net) {
                None => Ok(net),
                Some(by) => Err(LabError::NetTaken { lab: name.to_owned(), net: net.cidr(), by }),
            };
        }
        let mut last = String::new();
        for net in OTHERS.map(|number| Self { number }) {
            match taken.by(net) {
                None => return Ok(net),
                Some(by) => last = by,
            }
        }
        Err(LabError::NetTaken { lab: name.to_owned(), net: "10.88.1.0 to 10.88.99.0".to_owned(), by: last })
    }
}

/// What is in use on the machine.
struct Taken {
    prefixes: Vec<(u32, u32, String)>,
    links: String,
    labs: Vec<(u8, String)>,
}

impl Taken {
    fn read(labs: &[LabRecord]) -> Result<Self> {
        let addresses = command::run("ip", &["-o", "-4", "addr", "show"])?;
        let routes = command::run("ip", &["-o", "-4", "route", "show", "table", "all"])?;
        let links = command::run("ip", &["-o", "link", "show"])?;
        let labs = labs.iter().map(|lab| (lab.number, lab.name.clone())).collect();
        Ok(Self { prefixes: prefixes(&format!("{addresses}{routes}")), links, labs })
    }

    fn by(&self, net: Net) -> Option<String> {
        if let Some((_, name)) = self.labs.iter().find(|(number, _)| *number == net.number) {
            return Some(format!("lab {name}"));
        }
        if self.links.contains(&format!(": {}:", net.tag())) {
            return Some(format!("the interface {}", net.tag()));
        }
        let (start, mask) = (u32::from(Ipv4Addr::new(10, 88, net.number, 0)), 0xffff_ff00);
        let overlaps = |(address, other, _): &&(u32, u32, String)| (address ^ start) & (other & mask) == 0;
        self.prefixes.iter().find(overlaps).map(|(_, _, line)| line.clone())
    }
}

/// Addresses, masks and the lines they stand in, of `ip`'s one-line output.
fn prefixes(text: &str) -> Vec<(u32, u32, String)> {
    let mut found = Vec::new();
    for line in text.lines() {
        for word in line.split_whitespace() {
            let (address, bits) = word.split_once('/').unwrap_or((word, "32"));
            if let (Ok(address), Ok(bits @ 1..=32)) = (address.parse::<Ipv4Addr>(), bits.parse::<u32>()) {
                found.push((u32::from(address), u32::MAX << (32 - bits), line.trim().to_owned()));
            }
        }
    }
    found
}

/// The interface of the machine's default route.
pub(crate) fn way_out() -> Result<String> {
    let routes = command::run("ip", &["-o", "-4", "route", "show", "default"])?;
    let mut words = routes.split_whitespace();
    words.find(|word| *word == "dev").and_then(|_| words.next()).map(str::to_owned).ok_or(LabError::NoRoute)
}

fn forwarding(interface: &str) -> PathBuf {
    PathBuf::from(format!("/proc/sys/net/ipv4/conf/{interface}/forwarding"))
}

/// Whether `interface` forwards; the machine's global switch is left alone.
pub(crate) fn forwards(interface: &str) -> Result<bool> {
    Ok(file::read(&forwarding(interface))?.trim() == "1")
}

/// Whether an interface other than `way_out` forwards: then somebody else still needs the way out.
pub(crate) fn others_forward(way_out: &str) -> bool {
    let settings = file::entries(&PathBuf::from("/proc/sys/net/ipv4/conf"));
    let mut names = settings.iter().filter_map(|path| path.file_name()?.to_str());
    let ours = ["all", "default", "lo", way_out];
    names.any(|name| !ours.contains(&name) && forwards(name).unwrap_or(false))
}

pub(crate) fn set_forwarding(interface: &str, on: bool) -> Result<()> {
    file::write(&forwarding(interface), if on { "1" } else { "0" })
}

pub(crate) fn link_exists(name: &str) -> bool {
    PathBuf::from(format!("/sys/class/net/{name}")).exists()
}

/// Makes bridge and address translation; what is there already stays.
pub(crate) fn create(record: &LabRecord) -> Result<()> {
    let net = Net { number: record.number };
    if !link_exists(&record.bridge) {
        command::run("ip", &["link", "add", &record.bridge, "type", "bridge"])?;
        command::run("ip", &["addr", "add", &format!("{}/24", net.gateway()), "dev", &record.bridge])?;
        command::run("ip", &["link", "set", &record.bridge, "up"])?;
    }
    set_forwarding(&record.bridge, true)?;
    set_forwarding(&record.way_out, true)?;
    let (table, out, bridge, cidr) = (&record.table, &record.way_out, &record.bridge, net.cidr());
    // Declaring the table first makes deleting it safe whether or not it was there.
    let rules = format!(
        "table ip {table}\ndelete table ip {table}\ntable ip {table} {{\n\
         chain post {{ type nat hook postrouting priority 100; ip saddr {cidr} ip daddr != {cidr} oifname \"{out}\" masquerade; }}\n\
         chain fromout {{ type filter hook forward priority 0; iifname \"{out}\" oifname \"{bridge}\" ct state new drop; }}\n}}\n"
    );
    command::finish_with_input(Command::new("nft").args(["-f", "-"]), &rules).map(drop)
}

/// Removes bridge and table, as far as they are there.
pub(crate) fn remove(record: &LabRecord) -> Result<()> {
    let table = &record.table;
    let rules = format!("table ip {table}\ndelete table ip {table}\n");
    command::finish_with_input(Command::new("nft").args(["-f", "-"]), &rules)?;
    remove_link(&record.bridge)
}

/// Deletes an interface if it is there.
pub(crate) fn remove_link(name: &str) -> Result<()> {
    if !link_exists(name) {
        return Ok(());
    }
    match command::run("ip", &["link", "del", name]) {
        // The kernel may have removed it itself between the two: its host's namespace just ended.
        Err(error) if link_exists(name) => Err(error),
        _ => Ok(()),
    }
}

/// Takes an interface up or down.
pub(crate) fn set_link(name: &str, up: bool) -> Result<()> {
    command::run("ip", &["link", "set", name, if up { "up" } else { "down" }]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Taken {
        Taken {
            prefixes: prefixes(text),
            links: "3: rplay7: <UP>".to_owned(),
            labs: vec![(5, "a".to_owned())],
        }
    }

    #[test]
    fn overlapping_nets_are_seen() {
        let machine = taken("2: eth0 inet 10.88.3.7/16 brd 10.88.255.255");
        assert!(machine.by(Net { number: 0 }).is_some());
        let machine = taken("10.88.4.0/24 dev br0 scope link\ndefault via 192.0.2.1 dev eth0");
        assert!(machine.by(Net { number: 4 }).is_some());
        assert!(machine.by(Net { number: 0 }).is_none());
        assert_eq!(machine.by(Net { number: 5 }).as_deref(), Some("lab a"));
        assert_eq!(machine.by(Net { number: 7 }).as_deref(), Some("the interface rplay7"));
    }

    #[test]
    fn addresses_of_hosts() {
        assert_eq!(Net { number: 0 }.host(1).to_string(), "10.88.0.11");
    }
}
