//! `apparmor`.

use super::host::Host;
use crate::args::Map;
use serde_json::json;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let on = host.exists("/sys/kernel/security/apparmor");
    Map::from_iter([("apparmor".to_owned(), json!({"status": if on { "enabled" } else { "disabled" }}))])
}
