//! `dns`: what `/etc/resolv.conf` says.

use super::host::Host;
use crate::args::{Map, Value};

pub(super) fn collect(host: &Host<'_>) -> Map {
    let text = host.content("/etc/resolv.conf").unwrap_or_default();
    Map::from_iter([("dns".to_owned(), Value::Object(parse(&text)))])
}

fn parse(text: &str) -> Map {
    let mut dns = Map::new();
    for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
        let mut words = line.split_whitespace();
        let Some(keyword) = words.next() else { continue };
        let list = || words.clone().map(Value::from);
        match keyword {
            "nameserver" => {
                let servers = dns.entry("nameservers").or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(servers) = servers {
                    servers.extend(list());
                }
            }
            "domain" => {
                if let Some(domain) = words.next() {
                    dns.insert("domain".to_owned(), domain.into());
                }
            }
            "search" | "sortlist" => {
                dns.insert(keyword.to_owned(), list().collect());
            }
            "options" => {
                dns.insert("options".to_owned(), Value::Object(words.map(option).collect()));
            }
            _ => {}
        }
    }
    dns
}

fn option(word: &str) -> (String, Value) {
    match word.split_once(':') {
        Some((name, value)) if !value.is_empty() => (name.to_owned(), value.into()),
        Some((name, _)) => (name.to_owned(), true.into()),
        None => (word.to_owned(), true.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::{Value, json};

    #[test]
    fn resolv_conf_is_read() {
        let text = "# c\ndomain a.example\nsearch b c\nnameserver 1.1.1.1\nnameserver ::1\noptions edns0 ndots:5 x:\n";
        assert_eq!(
            Value::Object(parse(text)),
            json!({
                "domain": "a.example", "search": ["b", "c"], "nameservers": ["1.1.1.1", "::1"],
                "options": {"edns0": true, "ndots": "5", "x": true}
            })
        );
    }
}
