//! `systemd`: version and features.

use super::host::Host;
use super::service_mgr::runs_systemd;
use crate::args::Map;
use serde_json::json;

pub(super) fn collect(host: &Host<'_>) -> Map {
    if !runs_systemd(host) {
        return Map::new();
    }
    host.ask("systemctl", &["--version"]).and_then(|text| parse(&text)).unwrap_or_default()
}

fn parse(text: &str) -> Option<Map> {
    let mut lines = text.split('\n');
    let version: u32 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let features = lines.next()?;
    Some(Map::from_iter([("systemd".to_owned(), json!({"features": features, "version": version}))]))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn version_is_read() {
        let facts = parse("systemd 252 (252.22-1~deb12u1)\n+PAM -X\n").unwrap();
        assert_eq!(facts["systemd"], json!({"features": "+PAM -X", "version": 252}));
        assert!(parse("").is_none());
    }
}
