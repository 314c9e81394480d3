//! The full name of the host: its address's first name with a dot, as Python's `socket.getfqdn`.

use super::host::Host;
use crate::system::{Services, Settings, System};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

pub(super) fn find(host: &Host<'_>, name: &str) -> String {
    let hosts = host.content("/etc/hosts").unwrap_or_default();
    let names = address(host, &hosts, name).and_then(|address| names(host, &hosts, address));
    let Some(names) = names else { return name.to_owned() };
    let dotted = names.iter().find(|name| name.contains('.')).or_else(|| names.first());
    dotted.cloned().unwrap_or_else(|| name.to_owned())
}

/// The full name of the machine this runs on.
#[must_use]
pub fn fqdn(name: &str) -> String {
    let system = System::new(Settings::default(), Services::default());
    find(&Host::new(&system, Duration::from_secs(10), Path::new("")), name)
}

/// The name's address: from the file of hosts, which costs nothing, else from the name service.
fn address(host: &Host<'_>, hosts: &str, name: &str) -> Option<IpAddr> {
    let listed: Vec<IpAddr> = entries(hosts)
        .filter(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .map(|(address, _)| address)
        .collect();
    let loopback = listed.iter().find(|address| address.is_ipv6() && address.is_loopback());
    if let Some(address) =
        loopback.or_else(|| listed.iter().find(|address| address.is_ipv4())).or(listed.first())
    {
        return Some(*address);
    }
    let said = host.ask("getent", &["ahosts", name])?;
    said.split_whitespace().next()?.parse().ok()
}

fn names(host: &Host<'_>, hosts: &str, address: IpAddr) -> Option<Vec<String>> {
    let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    if let Some((_, names)) = entries(hosts).find(|(known, names)| *known == address && !names.is_empty()) {
        return Some(own(names));
    }
    let said = host.ask("getent", &["hosts", &address.to_string()])?;
    Some(own(said.lines().next()?.split_whitespace().skip(1).collect()))
}

fn entries(hosts: &str) -> impl Iterator<Item = (IpAddr, Vec<&str>)> {
    hosts.lines().filter_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        Some((words.next()?.parse().ok()?, words.collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::host::Host;
    use crate::system::{Services, Settings, System};
    use crate::testing::Bench;

    #[test]
    fn full_names_come_from_the_hosts_file() {
        let table = [
            ("127.0.0.1 localhost\n127.0.1.1 web.example.org web\n", "web", "web.example.org"),
            ("10.0.0.1 web web.example.org # c.d\n", "web", "web.example.org"),
            ("10.0.0.1 other\n10.0.0.1 web.example.org web\n", "web", "other"),
            ("127.0.0.1 localhost web\n", "web", "localhost"),
            ("127.0.0.1 localhost\n", "web", "web"),
        ];
        let sys = System::new(Settings::default(), Services::default());
        for (hosts, name, wanted) in table {
            let bench = Bench::new();
            std::fs::create_dir(bench.path("etc")).unwrap();
            bench.write("etc/hosts", hosts);
            assert_eq!(super::find(&Host::rooted(&sys, bench.root()), name), wanted, "{hosts}");
        }
    }
}
