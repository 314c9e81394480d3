//! What `ethtool` knows of interfaces, where it is installed.

use super::super::host::Host;
use crate::args::{Map, Value};

/// The facts of each interface; they are asked side by side.
pub(super) fn ask_all<'a>(host: &Host<'_>, names: impl Iterator<Item = &'a str>) -> Vec<Map> {
    if host.bin("ethtool").is_none() {
        return names.map(|_| Map::new()).collect();
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = names.map(|name| scope.spawn(move || facts(host, name))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

fn facts(host: &Host<'_>, name: &str) -> Map {
    let mut facts = Map::new();
    if let Some(said) = host.ask("ethtool", &["-k", name]) {
        facts.insert("features".to_owned(), Value::Object(features(&said)));
    }
    if let Some(said) = host.ask("ethtool", &["-T", name]) {
        facts.extend(timestamping(&said));
    }
    facts
}

fn features(said: &str) -> Map {
    let pairs = said.lines().filter(|line| !line.ends_with(':')).filter_map(|line| line.split_once(": "));
    let known = pairs.filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| (name.trim().replace('-', "_"), Value::from(value.trim()))).collect()
}

fn timestamping(said: &str) -> Map {
    let mut facts = Map::new();
    facts.insert("timestamping".to_owned(), words_after(said, "SOF_TIMESTAMPING_"));
    facts.insert("hw_timestamp_filters".to_owned(), words_after(said, "HWTSTAMP_FILTER_"));
    let clock = said.split_once("PTP Hardware Clock: ").map(|(_, rest)| rest);
    let digits = clock.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    facts.extend(
        digits
            .and_then(|digits| digits.parse::<i64>().ok())
            .map(|index| ("phc_index".to_owned(), index.into())),
    );
    facts
}

fn words_after(said: &str, start: &str) -> Value {
    let word = |rest: &str| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        Value::from(rest[..end].to_lowercase())
    };
    said.split(start).skip(1).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::{features, timestamping};
    use serde_json::{Value, json};

    #[test]
    fn answers_are_read_as_ansible_reads_them() {
        let said = "Features for eth0:\nrx-checksumming: on\n\ttx-checksum-ipv4: off [fixed]\n";
        assert_eq!(
            Value::Object(features(said)),
            json!({"rx_checksumming": "on", "tx_checksum_ipv4": "off [fixed]"})
        );
        let said = "Capabilities:\n\tsoftware-transmit (SOF_TIMESTAMPING_TX_SOFTWARE)\nPTP Hardware Clock: 2\n\
            \tnone (HWTSTAMP_FILTER_NONE)\n";
        assert_eq!(
            Value::Object(timestamping(said)),
            json!({"timestamping": ["tx_software"], "hw_timestamp_filters": ["none"], "phc_index": 2})
        );
    }
}
