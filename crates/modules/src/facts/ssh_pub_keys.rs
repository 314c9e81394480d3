//! The host's public SSH keys.

use super::host::Host;
use crate::args::Map;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let dirs = ["/etc/ssh", "/etc/openssh", "/etc"];
    dirs.iter().map(|dir| keys(host, dir)).find(|keys| !keys.is_empty()).unwrap_or_default()
}

fn keys(host: &Host<'_>, dir: &str) -> Map {
    let mut facts = Map::new();
    for algorithm in ["dsa", "rsa", "ecdsa", "ed25519"] {
        let text = host.content(format!("{dir}/ssh_host_{algorithm}_key.pub")).unwrap_or_default();
        let mut words = text.split_whitespace();
        if let (Some(kind), Some(key)) = (words.next(), words.next()) {
            let name = format!("ssh_host_key_{algorithm}_public");
            facts.insert(format!("{name}_keytype"), kind.into());
            facts.insert(name, key.into());
        }
    }
    facts
}
