//! `system_capabilities`, as `capsh` tells them: its wording differs between versions of libcap.

use super::host::Host;
use crate::args::{Map, Value};

pub(super) fn collect(host: &Host<'_>) -> Map {
    let (enforced, capabilities) = match host.ask("capsh", &["--print"]) {
        Some(text) => parse(&text),
        None => ("N/A", "N/A".into()),
    };
    Map::from_iter([
        ("system_capabilities_enforced".to_owned(), enforced.into()),
        ("system_capabilities".to_owned(), capabilities),
    ])
}

fn parse(text: &str) -> (&'static str, Value) {
    let Some(current) = text.lines().find_map(|line| line.strip_prefix("Current:")) else {
        return ("NA", Value::Array(Vec::new()));
    };
    if current.split(':').next().unwrap_or_default().trim() == "=ep" {
        return ("False", Value::Array(Vec::new()));
    }
    let named = current.split('=').nth(1).unwrap_or_default();
    ("True", named.split(',').map(|name| Value::from(name.trim())).collect())
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn capsh_is_read_as_ansible_reads_it() {
        assert_eq!(parse("Current: =ep\nBounding set =a,b\n"), ("False", json!([])));
        assert_eq!(
            parse("Current: = cap_chown,cap_kill+ep\n"),
            ("True", json!(["cap_chown", "cap_kill+ep"]))
        );
        assert_eq!(parse("Current: =ep cap_sys_boot-ep\n"), ("True", json!(["ep cap_sys_boot-ep"])));
        assert_eq!(parse(""), ("NA", json!([])));
    }
}
