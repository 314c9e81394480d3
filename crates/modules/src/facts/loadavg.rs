//! `loadavg`.

use super::host::Host;
use crate::args::Map;
use rustix::system::sysinfo;
use serde_json::json;

/// The kernel counts loads in parts of this.
const SCALE: f64 = 65536.0;

pub(super) fn collect(_: &Host<'_>) -> Map {
    let [one, five, fifteen] = sysinfo().loads.map(|load| load as f64 / SCALE);
    Map::from_iter([("loadavg".to_owned(), json!({"1m": one, "5m": five, "15m": fifteen}))])
}
