//! `virtualization_type`, `_role`, `_tech_guest`, `_tech_host`.
//!
//! The first trace found decides type and role; every trace found adds to the lists.

use super::host::Host;
use crate::args::Map;
use std::collections::BTreeSet;

const CONTAINERS: [&str; 5] = ["docker", "lxc", "podman", "openvz", "containerd"];

#[derive(Default)]
struct Found {
    decided: bool,
    kind: Option<String>,
    role: Option<&'static str>,
    guest: BTreeSet<String>,
    host: BTreeSet<String>,
}

impl Found {
    fn decide(&mut self, kind: &str, role: &'static str) {
        if !self.decided {
            self.kind = Some(kind.to_owned());
            self.role = Some(role);
            self.decided = true;
        }
    }

    fn guest(&mut self, tech: &str) {
        self.guest.insert(tech.to_owned());
        self.decide(tech, "guest");
    }

    fn host(&mut self, tech: &str) {
        self.host.insert(tech.to_owned());
        self.decide(tech, "host");
    }

    fn facts(self) -> Map {
        let (kind, role) = if self.decided { (self.kind, self.role) } else { (None, None) };
        let facts = [
            ("virtualization_type", kind.unwrap_or_else(|| "NA".to_owned()).into()),
            ("virtualization_role", role.unwrap_or("NA").into()),
            ("virtualization_tech_guest", self.guest.into_iter().collect()),
            ("virtualization_tech_host", self.host.into_iter().collect()),
        ];
        facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

pub(super) fn collect(host: &Host<'_>) -> Map {
    let mut found = Found::default();
    containers(host, &mut found);
    xen(host, &mut found);
    firmware(host, &mut found);
    vserver(host, &mut found);
    processors(host, &mut found);
    modules(host, &mut found);
    dmidecode(host, &mut found);
    if host.exists("/dev/kvm") {
        found.host("kvm");
    }
    found.facts()
}

fn containers(host: &Host<'_>, found: &mut Found) {
    for line in host.lines("/proc/1/cgroup") {
        if docker_group(&line) {
            found.guest("docker");
        }
        if line.contains("/lxc/") || line.contains("/machine.slice/machine-lxc") {
            found.guest("lxc");
        }
        if line.contains("/system.slice/containerd.service") {
            found.guest("containerd");
        }
    }
    for variable in host.content("/proc/1/environ").unwrap_or_default().split('\0') {
        for tech in ["lxc", "podman"] {
            if variable.contains(&format!("container={tech}")) {
                found.guest(tech);
            }
        }
        if variable.strip_prefix("container=").is_some_and(|value| !value.is_empty()) {
            found.guest("container");
        }
    }
    if host.exists("/proc/vz") && !host.exists("/proc/lve") {
        if host.exists("/proc/bc") {
            found.host("openvz");
        } else {
            found.guest("openvz");
        }
        // This trace names the type even after another one.
        found.kind = Some("openvz".to_owned());
    }
    let named = host.content("/run/systemd/container");
    if let Some(name) = &named {
        found.guest(name);
    }
    if host.exists("/.dockerenv") || host.exists("/.dockerinit") {
        found.guest("docker");
    }
    if named.is_some() || CONTAINERS.iter().any(|tech| found.guest.contains(*tech)) {
        found.guest.insert("container".to_owned());
    }
}

/// A control group `/docker/…` or `/docker-ID.scope`.
fn docker_group(line: &str) -> bool {
    line.match_indices("/docker").any(|(at, word)| {
        let rest = &line[at + word.len()..];
        let scope = || {
            let id = rest.strip_prefix('-')?;
            let end = id.find(|letter: char| !matches!(letter, '0'..='9' | 'a'..='f')).unwrap_or(id.len());
            (end > 0 && id[end..].starts_with(".scope")).then_some(())
        };
        rest.starts_with('/') || scope().is_some()
    })
}

fn xen(host: &Host<'_>, found: &mut Found) {
    if !host.exists("/proc/xen") {
        return;
    }
    if host.lines("/proc/xen/capabilities").iter().any(|line| line.contains("control_d")) {
        found.host("xen");
    } else {
        found.decide("xen", "guest");
    }
}

/// What the firmware says of the machine.
fn firmware(host: &Host<'_>, found: &mut Found) {
    let told = |name: &str| host.content(format!("/sys/devices/virtual/dmi/id/{name}")).unwrap_or_default();
    let (product, vendor, family, bios) =
        (told("product_name"), told("sys_vendor"), told("product_family"), told("bios_vendor"));
    let mut guest = |is: bool, tech: &str| {
        if is {
            found.guest(tech);
        }
    };
    let (product, vendor, bios) = (product.as_str(), vendor.as_str(), bios.as_str());
    guest(matches!(product, "KVM" | "KVM Server" | "Bochs" | "AHV" | "CloudStack KVM Hypervisor"), "kvm");
    guest(vendor == "oVirt", "oVirt");
    guest(vendor == "Red Hat" && family == "RHV", "RHV");
    guest(vendor == "Red Hat" && family != "RHV" && product == "RHEV Hypervisor", "RHEV");
    guest(product.starts_with("VMware"), "VMware");
    guest(matches!(product, "OpenStack Compute" | "OpenStack Nova"), "openstack");
    guest(bios == "Xen", "xen");
    guest(bios == "innotek GmbH", "virtualbox");
    guest(matches!(bios, "Amazon EC2" | "DigitalOcean" | "Hetzner" | "Linode"), "kvm");
    guest(
        matches!(vendor, "QEMU" | "Amazon EC2" | "DigitalOcean" | "Google" | "Scaleway" | "Nutanix"),
        "kvm",
    );
    guest(vendor == "KubeVirt", "KubeVirt");
    guest(vendor == "Microsoft Corporation", "VirtualPC");
    guest(vendor == "Parallels Software International Inc.", "parallels");
    guest(vendor == "OpenStack Foundation", "openstack");
}

fn vserver(host: &Host<'_>, found: &mut Found) {
    let lines = host.lines("/proc/self/status");
    let Some(id) = lines.iter().find_map(|line| line.strip_prefix("VxID:")) else { return };
    if id.trim().starts_with('0') {
        found.host("linux_vserver");
    } else {
        found.guest("linux_vserver");
    }
}

fn processors(host: &Host<'_>, found: &mut Found) {
    for line in host.lines("/proc/cpuinfo") {
        let is = |key: &str, text: &str| line.strip_prefix(key).is_some_and(|rest| rest.contains(text));
        if is("model name", "QEMU Virtual CPU") || is("machine", "CHRP IBM pSeries (emulated by qemu)") {
            found.guest("kvm");
        } else if is("vendor_id", "User Mode Linux") || is("model name", "UML") {
            found.guest("uml");
        } else if is("vendor_id", "PowerVM Lx86") {
            found.guest("powervm_lx86");
        } else if is("vendor_id", "IBM/S390") {
            mainframe(host, found);
        }
    }
}

/// A mainframe's kernel always runs in a partition, perhaps under a hypervisor in it.
fn mainframe(host: &Host<'_>, found: &mut Found) {
    found.guest.insert("PR/SM".to_owned());
    if host.bin("lscpu").is_none() {
        return found.guest("ibm_systemz");
    }
    let said = host.ask("lscpu", &[]).unwrap_or_default();
    let hypervisor =
        said.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == "Hypervisor");
    match hypervisor.map(|(_, name)| name.trim()) {
        Some("PR/SM") | None => found.decide("PR/SM", "LPAR"),
        Some(name) => found.guest(name),
    }
}

fn modules(host: &Host<'_>, found: &mut Found) {
    let lines = host.lines("/proc/modules");
    let loaded = |name: &str| lines.iter().any(|line| line.split(' ').next() == Some(name));
    if loaded("kvm") {
        let undecided = !found.decided;
        found.host("kvm");
        if host.is_dir("/rhev/") && runs_vdsm(host) {
            found.host.insert("RHEV".to_owned());
            if undecided {
                found.kind = Some("RHEV".to_owned());
            }
        }
    }
    if loaded("vboxdrv") {
        found.host("virtualbox");
    }
    if loaded("virtio") {
        found.host.insert("kvm".to_owned());
        found.decide("kvm", "guest");
    }
}

fn runs_vdsm(host: &Host<'_>) -> bool {
    let processes =
        host.names("/proc").into_iter().filter(|name| name.starts_with(|first: char| first.is_ascii_digit()));
    let named = |name: String| host.content(format!("/proc/{name}/comm"));
    processes.filter_map(named).any(|name| matches!(name.as_str(), "vdsm" | "vdsmd"))
}

/// Old kernels show no firmware in `/sys`; elsewhere the tool only repeats what is there.
fn dmidecode(host: &Host<'_>, found: &mut Found) {
    let known = "/sys/devices/virtual/dmi/id/product_name";
    let said = if host.exists(known) {
        host.content(known)
    } else {
        host.ask("dmidecode", &["-s", "system-product-name"])
    };
    let Some(said) = said.filter(|_| host.bin("dmidecode").is_some()) else { return };
    let name: String = said.lines().filter(|line| !line.starts_with('#')).map(str::trim).collect();
    if name.starts_with("VMware") {
        found.guest("VMware");
    }
    if said.contains("BHYVE") {
        found.guest("bhyve");
    }
}

#[cfg(test)]
mod tests {
    use super::super::host::Host;
    use super::docker_group;
    use crate::system::{Services, Settings, System};
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn docker_groups_are_known() {
        assert!(docker_group("0::/docker/abc"));
        assert!(docker_group("0::/system.slice/docker-0af.scope"));
        assert!(!docker_group("0::/system.slice/docker.service"));
        assert!(!docker_group("0::/docker-x.scope"));
    }

    #[test]
    fn traces_tell_type_and_role() {
        let dmi = "sys/devices/virtual/dmi/id/";
        let table: [(&[(&str, &str)], _, _, _, _); 6] = [
            (&[], "NA", "NA", json!([]), json!([])),
            (&[(".dockerenv", "")], "docker", "guest", json!(["container", "docker"]), json!([])),
            (&[("run/systemd/container", "lxc")], "lxc", "guest", json!(["container", "lxc"]), json!([])),
            (&[("sys_vendor", "QEMU")], "kvm", "guest", json!(["kvm"]), json!([])),
            (&[("product_name", "VMware Virtual Platform")], "VMware", "guest", json!(["VMware"]), json!([])),
            (&[("proc/modules", "kvm 1 0 -\n")], "kvm", "host", json!([]), json!(["kvm"])),
        ];
        let sys = System::new(Settings::default(), Services::default());
        for (files, kind, role, guest, hosts) in table {
            let bench = Bench::new();
            for dir in [dmi, "proc", "run/systemd"] {
                std::fs::create_dir_all(bench.path(dir)).unwrap();
            }
            for (path, content) in files {
                let path =
                    if path.contains(['/', '.']) { (*path).to_owned() } else { format!("{dmi}{path}") };
                bench.write(&path, content);
            }
            let facts = super::collect(&Host::rooted(&sys, bench.root()));
            let of = |name: &str| facts[&format!("virtualization_{name}")].clone();
            assert_eq!((of("type"), of("role")), (json!(kind), json!(role)), "{files:?}");
            assert_eq!((of("tech_guest"), of("tech_host")), (guest, hosts), "{files:?}");
        }
    }
}
