//! Interfaces, addresses and default routes, asked of the kernel itself: hosts without `ip` have
//! these facts too.

mod addresses;
mod ethtool;
pub(super) mod initiators;
mod links;
mod netlink;
mod routes;

use super::host::Host;
use crate::args::{Map, Value};
use addresses::Address;
use serde_json::json;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let links = links::read(host);
    let addresses = addresses::read().unwrap_or_else(|error| {
        host.sys.warn(format!("The host's network addresses could not be read: {error}"));
        Vec::new()
    });
    let features = ethtool::ask_all(host, links.iter().map(|link| link.name.as_str()));
    let mut found = Found {
        default4: routes::to_internet4(host),
        default6: routes::to_internet6(host),
        ..Found::default()
    };
    for (link, features) in links.into_iter().zip(features) {
        let own: Vec<&Address> =
            addresses.iter().filter(|address| Some(address.index) == link.index).collect();
        found.interface(&link.name, link.facts.clone());
        // Secondary addresses come after all others.
        for secondary in [false, true] {
            for address in own.iter().filter(|address| address.secondary == secondary) {
                found.address(&link, address);
            }
        }
        found.interface(&link.name, features);
    }
    let mut facts = found.facts();
    let local = |family| routes::local(family).unwrap_or_default();
    let reachable = json!({"ipv4": local(netlink::INET), "ipv6": local(netlink::INET6)});
    facts.insert("locally_reachable_ips".to_owned(), reachable);
    facts
}

#[derive(Default)]
struct Found {
    interfaces: Map,
    default4: Map,
    default6: Map,
    all4: Vec<Value>,
    all6: Vec<Value>,
}

impl Found {
    /// Adds facts to an interface.
    fn interface(&mut self, name: &str, facts: Map) {
        self.change(name, |found| found.extend(facts));
    }

    /// Changes an interface's facts, which are none yet for a new one.
    fn change<T>(&mut self, name: &str, change: impl FnOnce(&mut Map) -> T) -> T {
        let mut facts = match self.interfaces.get_mut(name).map(Value::take) {
            Some(Value::Object(facts)) => facts,
            _ => Map::new(),
        };
        let result = change(&mut facts);
        self.interfaces.insert(name.to_owned(), Value::Object(facts));
        result
    }

    fn push(&mut self, name: &str, list: &str, value: Option<Value>) {
        self.change(name, |facts| {
            if let Value::Array(values) = facts.entry(list).or_insert_with(|| Value::Array(Vec::new())) {
                values.extend(value);
            }
        });
    }

    fn address(&mut self, link: &links::Link, address: &Address) {
        if address.is_ipv4() {
            self.address4(link, address);
        } else {
            self.address6(link, address);
        }
    }

    fn address4(&mut self, link: &links::Link, address: &Address) {
        let label = address.label.as_deref().unwrap_or(&link.name);
        let facts = address.facts4();
        if label != link.name {
            self.interfaces.insert(label.to_owned(), Value::Object(Map::new()));
        }
        let first = !address.secondary && self.change(label, |found| !found.contains_key("ipv4"));
        if !first {
            self.push(label, "ipv4_secondaries", Some(Value::Object(facts.clone())));
        } else {
            self.change(label, |found| found.insert("ipv4".to_owned(), Value::Object(facts.clone())));
        }
        if address.secondary {
            let other = (label != link.name).then(|| Value::Object(facts.clone()));
            self.push(&link.name, "ipv4_secondaries", other);
        }
        if self.default4.get("address") == facts.get("address") {
            self.default4.extend(facts.clone().into_iter().filter(|(key, _)| key != "address"));
            self.default4.extend(link.common());
            self.default4.insert("alias".to_owned(), label.into());
        }
        if !address.address.to_string().starts_with("127.") {
            self.all4.extend(facts.get("address").cloned());
        }
    }

    fn address6(&mut self, link: &links::Link, address: &Address) {
        let facts = address.facts6();
        self.push(&link.name, "ipv6", Some(Value::Object(facts.clone())));
        if self.default6.get("address") == facts.get("address") {
            self.default6.extend(facts.clone().into_iter().filter(|(key, _)| key != "address"));
            self.default6.extend(link.common());
        }
        if !address.address.is_loopback() {
            self.all6.extend(facts.get("address").cloned());
        }
    }

    fn facts(self) -> Map {
        // Colons are hard to write in templates.
        let interfaces: Map =
            self.interfaces.into_iter().map(|(name, facts)| (name.replace(':', "_"), facts)).collect();
        let names: Vec<Value> = interfaces.keys().map(|name| Value::from(name.as_str())).collect();
        let mut facts = Map::from_iter([("interfaces".to_owned(), Value::Array(names))]);
        facts.extend(interfaces);
        facts.insert("default_ipv4".to_owned(), Value::Object(self.default4));
        facts.insert("default_ipv6".to_owned(), Value::Object(self.default6));
        facts.insert("all_ipv4_addresses".to_owned(), Value::Array(self.all4));
        facts.insert("all_ipv6_addresses".to_owned(), Value::Array(self.all6));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::addresses::Address;
    use super::{Found, links::Link};
    use crate::args::{Map, Value};
    use serde_json::json;

    fn address(text: &str, secondary: bool, label: Option<&str>) -> Address {
        Address {
            index: 2,
            address: text.parse().unwrap(),
            prefix: 24,
            peer: false,
            broadcast: Some("10.0.0.255".to_owned()),
            label: label.map(str::to_owned),
            scope: 0,
            secondary,
        }
    }

    #[test]
    fn labels_and_secondaries_are_sorted_as_ansible_sorts_them() {
        let facts =
            Map::from_iter([("mtu".to_owned(), Value::from(1500)), ("type".to_owned(), "ether".into())]);
        let link =
            Link { name: "eth0".to_owned(), index: Some(2), mac: "02:00:00:00:00:01".to_owned(), facts };
        let mut found = Found {
            default4: Map::from_iter([("address".to_owned(), "10.0.0.1".into())]),
            ..Found::default()
        };
        found.interface("eth0", link.facts.clone());
        found.address(&link, &address("10.0.0.1", false, Some("eth0")));
        found.address(&link, &address("10.0.0.2", true, Some("eth0")));
        found.address(&link, &address("10.0.0.3", true, Some("eth0:1")));
        let facts = found.facts();
        assert_eq!(facts["interfaces"], json!(["eth0", "eth0_1"]));
        let full = |text: &str| {
            json!({"address": text, "broadcast": "10.0.0.255", "netmask": "255.255.255.0",
                "network": "10.0.0.0", "prefix": "24"})
        };
        assert_eq!(facts["eth0"]["ipv4"], full("10.0.0.1"));
        assert_eq!(facts["eth0"]["ipv4_secondaries"], json!([full("10.0.0.2"), full("10.0.0.3")]));
        assert_eq!(facts["eth0_1"], json!({"ipv4_secondaries": [full("10.0.0.3")]}));
        assert_eq!(
            facts["default_ipv4"],
            json!({"address": "10.0.0.1", "broadcast": "10.0.0.255", "netmask": "255.255.255.0",
                "network": "10.0.0.0", "prefix": "24", "macaddress": "02:00:00:00:00:01", "mtu": 1500,
                "type": "ether", "alias": "eth0"})
        );
        assert_eq!(facts["all_ipv4_addresses"], json!(["10.0.0.1", "10.0.0.2", "10.0.0.3"]));
    }
}
