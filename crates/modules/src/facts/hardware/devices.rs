//! `devices` and `device_links`: block devices and their partitions.

use super::super::host::Host;
use super::links::{AllLinks, by_target};
use super::pci;
use crate::args::{Map, Value};
use std::collections::BTreeMap;

/// What all devices are looked at with.
struct Context<'a> {
    host: &'a Host<'a>,
    links: AllLinks,
    /// World-wide names, by device.
    names: BTreeMap<String, Vec<String>>,
    /// PCI devices as `lspci -D` lists them.
    pci: Option<String>,
    /// Whether serial numbers are asked of `sg_inq`.
    inquiry: bool,
}

pub(super) fn collect(host: &Host<'_>) -> Map {
    let mut facts = Map::from_iter([("devices".to_owned(), Value::Object(Map::new()))]);
    if !host.is_dir("/sys/block") {
        return facts;
    }
    let blocks: Vec<(String, String)> = host
        .names("/sys/block")
        .into_iter()
        .filter_map(|name| {
            Some((host.link(format!("/sys/block/{name}"))?.to_string_lossy().into_owned(), name))
        })
        .map(|(target, name)| (name, target))
        .collect();
    let on_pci: Vec<&str> = blocks.iter().filter_map(|(_, target)| pci_address(target)).collect();
    let context = Context {
        host,
        links: AllLinks::read(host),
        names: by_target(host, "/dev/disk/by-id"),
        pci: if on_pci.is_empty() { None } else { pci::list(host, &on_pci) },
        inquiry: host.bin("sg_inq").is_some(),
    };
    let devices: Map =
        blocks.iter().map(|(name, target)| (name.clone(), context.device(name, target).into())).collect();
    facts.insert("device_links".to_owned(), context.links.fact());
    facts.insert("devices".to_owned(), Value::Object(devices));
    facts
}

impl Context<'_> {
    fn read(&self, path: String) -> Value {
        self.host.content(path).map_or(Value::Null, Value::from)
    }

    fn device(&self, name: &str, target: &str) -> Map {
        let host = self.host;
        let dir = format!("/sys/block/{name}");
        let mut device = Map::new();
        let mut set = |key: &str, value: Value| device.insert(key.to_owned(), value);
        set("virtual", 1.into());
        set("links", self.links.of(name));
        for key in ["vendor", "model", "sas_address", "sas_device_handle"] {
            set(key, self.read(format!("{dir}/device/{key}")));
        }
        if let Some(serial) = self.serial(name, &dir) {
            set("serial", serial.into());
        }
        set("removable", self.read(format!("{dir}/removable")));
        let no_discard = host.content(format!("{dir}/queue/discard_max_hw_bytes")).as_deref() == Some("0");
        let granularity = || self.read(format!("{dir}/queue/discard_granularity"));
        set("support_discard", if no_discard { "0".into() } else { granularity() });
        if let Some(wwn) =
            self.names.get(name).and_then(|ids| ids.iter().find_map(|id| id.strip_prefix("wwn-")))
        {
            set("wwn", wwn.into());
        }
        set("partitions", Value::Object(self.partitions(name, &dir)));
        set("rotational", self.read(format!("{dir}/queue/rotational")));
        set(
            "scheduler_mode",
            scheduler(&host.content(format!("{dir}/queue/scheduler")).unwrap_or_default()).into(),
        );
        let (sector_size, sectors) = self.sectors(&dir);
        set("sectorsize", sector_size.clone());
        set("sectors", sectors.into());
        set("size", human(sectors, &sector_size).into());
        set("host", self.controller(target).unwrap_or_default().into());
        set("holders", self.holders(&dir));
        device
    }

    fn serial(&self, name: &str, dir: &str) -> Option<String> {
        if !self.inquiry {
            return self.host.content(format!("{dir}/device/serial"));
        }
        let node = Some(format!("/dev/{name}")).filter(|node| self.host.exists(node))?;
        let said = self.host.ask("sg_inq", &[&node])?;
        let label = said.find("Unit serial number:").or_else(|| said.find("Serial number:"))?;
        let number = said[label..].split_once(':')?.1.trim_start();
        let end =
            number.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(number.len());
        Some(number[..end].to_owned()).filter(|number| !number.is_empty())
    }

    fn partitions(&self, disk: &str, dir: &str) -> Map {
        let names = self.host.names(dir).into_iter().filter_map(|entry| partition_name(disk, &entry));
        names.map(|name| (name.clone(), self.partition(&name, &format!("{dir}/{name}")).into())).collect()
    }

    fn partition(&self, name: &str, dir: &str) -> Map {
        let mut partition = Map::new();
        let mut set = |key: &str, value: Value| partition.insert(key.to_owned(), value);
        set("links", self.links.of(name));
        set("start", self.host.content(format!("{dir}/start")).map_or(0.into(), Value::from));
        let (sector_size, sectors) = self.sectors(dir);
        set("sectors", sectors.into());
        set("size", human(sectors, &sector_size).into());
        set("sectorsize", sector_size);
        let uuid = self.links.of(name).get("uuids").and_then(|uuids| uuids.get(0).cloned());
        set("uuid", uuid.unwrap_or(Value::Null));
        set("holders", self.holders(dir));
        partition
    }

    /// The sector size as it is written (512 when it is not), and how many there are; `/sys` counts
    /// in 512 bytes.
    fn sectors(&self, dir: &str) -> (Value, u64) {
        let written = ["logical_block_size", "hw_sector_size"]
            .iter()
            .find_map(|name| self.host.content(format!("{dir}/queue/{name}")));
        let bytes =
            written.as_ref().and_then(|text| text.parse().ok()).filter(|bytes| *bytes > 0).unwrap_or(512);
        let size: u64 =
            self.host.content(format!("{dir}/size")).and_then(|text| text.parse().ok()).unwrap_or(0);
        (written.map_or(512.into(), Value::from), size.saturating_mul(512) / bytes)
    }

    fn holders(&self, dir: &str) -> Value {
        let names =
            self.host.names(format!("{dir}/holders")).into_iter().filter(|name| name.starts_with("dm-"));
        names
            .map(|name| self.host.content(format!("{dir}/holders/{name}/dm/name")).unwrap_or(name))
            .map(Value::from)
            .collect()
    }

    /// The PCI device a disk hangs on.
    fn controller(&self, target: &str) -> Option<String> {
        let address = pci_address(target)?;
        let lines = self.pci.as_deref()?.lines();
        lines
            .filter_map(|line| line.split_once(' '))
            .find(|(found, _)| *found == address)
            .map(|(_, name)| name.to_owned())
    }
}

/// The last PCI address on a device's path.
fn pci_address(target: &str) -> Option<&str> {
    let hex = |text: &str, digits: usize| {
        text.len() == digits && text.chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f'))
    };
    let is_address = |part: &&str| {
        let mut parts = part.splitn(3, ':');
        let (Some(domain), Some(bus), Some(slot)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        slot.split_once('.')
            .is_some_and(|(slot, function)| hex(domain, 4) && hex(bus, 2) && hex(slot, 2) && hex(function, 1))
    };
    // The device itself is no controller.
    target.rsplit('/').skip(1).find(is_address)
}

/// `sda1` of `sda`, `nvme0n1p1` of `nvme0n1`, whatever else the entry's name has.
fn partition_name(disk: &str, entry: &str) -> Option<String> {
    let start = entry.find(disk)?;
    let rest = &entry[start + disk.len()..];
    let separator = if rest.starts_with('p') { "p" } else { "" };
    let digits: String = rest[separator.len()..].chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| format!("{disk}{separator}{digits}"))
}

/// The scheduler in brackets.
fn scheduler(line: &str) -> &str {
    let inner = line.split_once('[').and_then(|(_, rest)| rest.rsplit_once(']'));
    inner.map_or("", |(name, _)| name)
}

/// A size for people, with two decimals.
fn human(sectors: u64, sector_size: &Value) -> String {
    let each = sector_size.as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or(512.0);
    let bytes = sectors as f64 * each;
    let units =
        [("YB", 80), ("ZB", 70), ("EB", 60), ("PB", 50), ("TB", 40), ("GB", 30), ("MB", 20), ("KB", 10)];
    let fits =
        units.iter().map(|(unit, power)| (*unit, 2_f64.powi(*power))).find(|(_, limit)| bytes >= *limit);
    let (unit, limit) = fits.unwrap_or(("Bytes", 1.0));
    format!("{:.2} {unit}", bytes / limit)
}

#[cfg(test)]
mod tests {
    use super::{human, partition_name, pci_address, scheduler};

    #[test]
    fn names_and_sizes_are_those_of_ansible() {
        let table = [
            ("sda", "sda1", Some("sda1")),
            ("sda", "queue", None),
            ("nvme0n1", "nvme0n1p12", Some("nvme0n1p12")),
            ("mmcblk0", "mmcblk0boot0", None),
        ];
        for (disk, entry, wanted) in table {
            assert_eq!(partition_name(disk, entry).as_deref(), wanted);
        }
        assert_eq!(human(0, &"512".into()), "0.00 Bytes");
        assert_eq!(human(83_886_080, &"512".into()), "40.00 GB");
        assert_eq!(human(2, &512.into()), "1.00 KB");
        assert_eq!(
            ["none [mq-deadline] kyber", "none", "[none]"].map(scheduler),
            ["mq-deadline", "", "none"]
        );
        let path = "../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda";
        assert_eq!(pci_address(path), Some("0000:00:1f.2"));
        assert_eq!(pci_address("../devices/virtual/block/loop0"), None);
    }
}
