//! Names of PCI devices, as `lspci -D` prints them, from the database it reads itself.

use super::super::host::Host;

/// Where the database lies.
const DATABASES: [&str; 2] = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];

/// What `lspci -D` prints of these devices, or more; `None` without it.
pub(super) fn list(host: &Host<'_>, addresses: &[&str]) -> Option<String> {
    host.bin("lspci")?;
    let known = || -> Option<String> {
        let ids = DATABASES.iter().find_map(|path| host.content(path))?;
        addresses.iter().map(|address| line(host, &ids, address)).collect()
    };
    // It has words of its own for devices the database lacks.
    known().or_else(|| host.ask("lspci", &["-D"]))
}

fn line(host: &Host<'_>, ids: &str, address: &str) -> Option<String> {
    let told = |file: &str| {
        let text = host.content(format!("/sys/bus/pci/devices/{address}/{file}"))?;
        text.strip_prefix("0x").map(str::to_owned)
    };
    let (class, vendor, device) = (told("class")?, told("vendor")?, told("device")?);
    let class = name(ids, &format!("C {}", class.get(..2)?), class.get(2..4)?)?.1;
    let (vendor, device) = name(ids, &vendor, &device)?;
    let revision = told("revision").filter(|revision| revision != "00");
    let revision = revision.map(|revision| format!(" (rev {revision})")).unwrap_or_default();
    Some(format!("{address} {class}: {vendor} {device}{revision}\n"))
}

/// The names of an entry and of one below it.
fn name<'a>(ids: &'a str, outer: &str, inner: &str) -> Option<(&'a str, &'a str)> {
    let mut lines = ids.lines();
    let of = |line: &'a str, id: &str| line.strip_prefix(id)?.strip_prefix("  ");
    let first = lines.find_map(|line| of(line, outer))?;
    let below = lines.take_while(|line| line.starts_with(['\t', '#']) || line.is_empty());
    let second = below.filter_map(|line| line.strip_prefix('\t')).find_map(|line| of(line, inner))?;
    Some((first, second))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_are_found_under_their_entry() {
        let ids = "# c\n1af4  Red Hat, Inc.\n\t1000  Virtio network device\n\t\t1af4 0001  x\n\t1001  Virtio block device\n\
            8086  Intel Corporation\n\t1002  y\nC 01  Mass storage controller\n\t00  SCSI storage controller\n";
        assert_eq!(name(ids, "1af4", "1001"), Some(("Red Hat, Inc.", "Virtio block device")));
        assert_eq!(name(ids, "C 01", "00"), Some(("Mass storage controller", "SCSI storage controller")));
        assert_eq!(name(ids, "1af4", "1002"), None);
    }
}
