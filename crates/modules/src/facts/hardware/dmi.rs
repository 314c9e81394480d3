//! What the firmware says of the machine.

use super::super::host::Host;
use crate::args::Map;

/// Fact, file in `/sys`, keyword of `dmidecode`.
const PARTS: [(&str, &str, &str); 18] = [
    ("bios_date", "bios_date", "bios-release-date"),
    ("bios_vendor", "bios_vendor", "bios-vendor"),
    ("bios_version", "bios_version", "bios-version"),
    ("board_asset_tag", "board_asset_tag", "baseboard-asset-tag"),
    ("board_name", "board_name", "baseboard-product-name"),
    ("board_serial", "board_serial", "baseboard-serial-number"),
    ("board_vendor", "board_vendor", "baseboard-manufacturer"),
    ("board_version", "board_version", "baseboard-version"),
    ("chassis_asset_tag", "chassis_asset_tag", "chassis-asset-tag"),
    ("chassis_serial", "chassis_serial", "chassis-serial-number"),
    ("chassis_vendor", "chassis_vendor", "chassis-manufacturer"),
    ("chassis_version", "chassis_version", "chassis-version"),
    ("form_factor", "chassis_type", "chassis-type"),
    ("product_name", "product_name", "system-product-name"),
    ("product_serial", "product_serial", "system-serial-number"),
    ("product_uuid", "product_uuid", "system-uuid"),
    ("product_version", "product_version", "system-version"),
    ("system_vendor", "sys_vendor", "system-manufacturer"),
];

/// Chassis types of the DMI specification (DSP0134), by number.
const FORM_FACTORS: [&str; 37] = [
    "Unknown",
    "Other",
    "Unknown",
    "Desktop",
    "Low Profile Desktop",
    "Pizza Box",
    "Mini Tower",
    "Tower",
    "Portable",
    "Laptop",
    "Notebook",
    "Hand Held",
    "Docking Station",
    "All In One",
    "Sub Notebook",
    "Space-saving",
    "Lunch Box",
    "Main Server Chassis",
    "Expansion Chassis",
    "Sub Chassis",
    "Bus Expansion Chassis",
    "Peripheral Chassis",
    "RAID Chassis",
    "Rack Mount Chassis",
    "Sealed-case PC",
    "Multi-system",
    "CompactPCI",
    "AdvancedTCA",
    "Blade",
    "Blade Enclosure",
    "Tablet",
    "Convertible",
    "Detachable",
    "IoT Gateway",
    "Embedded PC",
    "Mini PC",
    "Stick PC",
];

const NOT_TOLD: &str = "NA";

pub(super) fn collect(host: &Host<'_>) -> Map {
    let dir = "/sys/devices/virtual/dmi/id";
    let in_sys = host.exists(format!("{dir}/product_name"));
    let tell = |file: &str, keyword: &str| {
        if in_sys {
            let value = host.content(format!("{dir}/{file}"))?;
            return Some(if file == "chassis_type" { form_factor(&value) } else { value });
        }
        let said = host.ask("dmidecode", &["-s", keyword])?;
        Some(said.lines().filter(|line| !line.starts_with('#')).collect())
    };
    let told = |(fact, file, keyword): &(&str, &str, &str)| {
        ((*fact).to_owned(), tell(file, keyword).unwrap_or_else(|| NOT_TOLD.to_owned()).into())
    };
    let mut facts: Map = PARTS.iter().map(told).collect();
    facts.extend(host.content("/proc/sysinfo").map(|text| mainframe(&text)).unwrap_or_default());
    facts
}

fn form_factor(number: &str) -> String {
    let known = number.parse().ok().and_then(|number: usize| FORM_FACTORS.get(number));
    known.map_or_else(|| format!("unknown ({number})"), |name| (*name).to_owned())
}

/// `/proc/sysinfo` of IBM Z.
fn mainframe(text: &str) -> Map {
    let of = |label: &str| text.lines().find_map(|line| line.strip_prefix(label)).map(str::trim);
    let serial = of("Sequence Code:").map(|code| code.trim_start_matches('0'));
    let facts = [
        ("system_vendor", of("Manufacturer:")),
        ("product_version", None),
        ("product_serial", serial),
        ("product_name", of("Type:")),
        ("product_uuid", None),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value.unwrap_or(NOT_TOLD).into())).collect()
}

#[cfg(test)]
mod tests {
    use super::{form_factor, mainframe};

    #[test]
    fn numbers_and_mainframes_are_named() {
        assert_eq!(["1", "23", "99"].map(form_factor), ["Other", "Rack Mount Chassis", "unknown (99)"]);
        let facts = mainframe(
            "Manufacturer:         IBM\nType:                 8561\nSequence Code:        0000000000012345\n",
        );
        assert_eq!((&facts["product_serial"], &facts["product_name"]), (&"12345".into(), &"8561".into()));
        assert_eq!(facts["product_uuid"], "NA");
    }
}
