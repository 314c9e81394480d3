//! Kernel, names and architecture.

use super::fqdn;
use super::host::Host;
use crate::args::Map;
use rustix::system::uname;
use std::io::Read as _;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let mut facts = Map::new();
    let mut set = |name: &str, value: &str| facts.insert(name.to_owned(), value.into());
    let kernel = uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    let (nodename, machine) = (text(kernel.nodename()), text(kernel.machine()));
    set("system", &text(kernel.sysname()));
    set("kernel", &text(kernel.release()));
    set("kernel_version", &text(kernel.version()));
    set("machine", &machine);
    if let Some(python) = host.python() {
        set("python_version", &python.version_text());
    }
    let fqdn = fqdn::find(host, &nodename);
    set("domain", fqdn.split_once('.').map_or("", |(_, domain)| domain));
    set("fqdn", &fqdn);
    set("hostname", nodename.split('.').next().unwrap_or_default());
    set("nodename", &nodename);
    let bits = userspace_bits();
    set("userspace_bits", bits);
    let (architecture, userspace) = architecture(&machine, bits);
    set("architecture", architecture);
    if let Some(userspace) = userspace {
        set("userspace_architecture", userspace);
    }
    if let Some(id) = machine_id(host) {
        set("machine_id", &id);
    }
    facts
}

/// The word size of the host's programs, as its shell has it: this one may have been built otherwise.
fn userspace_bits() -> &'static str {
    let mut head = [0; 5];
    let read = std::fs::File::open("/bin/sh").and_then(|mut file| file.read_exact(&mut head));
    match (read, head) {
        (Ok(()), [0x7f, b'E', b'L', b'F', 1]) => "32",
        (Ok(()), [0x7f, b'E', b'L', b'F', 2]) => "64",
        _ if cfg!(target_pointer_width = "32") => "32",
        _ => "64",
    }
}

/// The kernel's and, on x86, the programs' architecture.
fn architecture<'a>(machine: &'a str, bits: &str) -> (&'a str, Option<&'static str>) {
    let programs = Some(if bits == "64" { "x86_64" } else { "i386" });
    match machine {
        "x86_64" => (machine, programs),
        "i386" | "i486" | "i586" | "i686" | "i86pc" => ("i386", programs),
        other => (other, None),
    }
}

fn machine_id(host: &Host<'_>) -> Option<String> {
    let id = host.content("/var/lib/dbus/machine-id").or_else(|| host.content("/etc/machine-id"))?;
    id.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::architecture;

    #[test]
    fn architectures_are_named_as_ansible_names_them() {
        assert_eq!(architecture("x86_64", "32"), ("x86_64", Some("i386")));
        assert_eq!(architecture("i686", "32"), ("i386", Some("i386")));
        assert_eq!(architecture("aarch64", "64"), ("aarch64", None));
    }
}
