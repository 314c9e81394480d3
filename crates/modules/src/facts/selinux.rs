//! `selinux`. Labels need no library here, so the state is told on every host; Ansible tells it only
//! where its library is installed.

use super::host::Host;
use crate::args::{Map, Value};
use serde_json::json;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let state = if host.sys.selinux_enabled() { enabled(host) } else { json!({"status": "disabled"}) };
    Map::from_iter([("selinux_python_present".to_owned(), true.into()), ("selinux".to_owned(), state)])
}

fn enabled(host: &Host<'_>) -> Value {
    let number = |name: &str| {
        host.content(format!("/sys/fs/selinux/{name}")).and_then(|text| text.parse::<i64>().ok())
    };
    let unknown = || Value::from("unknown");
    let mode = number("enforce")
        .map_or_else(unknown, |mode| if mode == 1 { "enforcing" } else { "permissive" }.into());
    let config = host.content("/etc/selinux/config").unwrap_or_default();
    json!({
        "status": "enabled",
        "policyvers": number("policyvers").map_or_else(unknown, Value::from),
        "config_mode": setting(&config, "SELINUX").map_or_else(unknown, |mode| mode.to_lowercase().into()),
        "mode": mode,
        "type": setting(&config, "SELINUXTYPE").map_or_else(unknown, Value::from),
    })
}

fn setting<'a>(config: &'a str, name: &str) -> Option<&'a str> {
    let of = |line: &'a str| line.trim().strip_prefix(name)?.strip_prefix('=').map(str::trim);
    config.lines().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::setting;

    #[test]
    fn config_is_read() {
        let config = "# SELINUX=x\nSELINUX=enforcing\nSELINUXTYPE=targeted \n";
        assert_eq!(setting(config, "SELINUX"), Some("enforcing"));
        assert_eq!(setting(config, "SELINUXTYPE"), Some("targeted"));
        assert_eq!(setting("", "SELINUX"), None);
    }
}
