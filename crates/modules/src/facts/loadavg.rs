//! `loadavg`.

use super::host::Host;
use crate::args::Map;
use serde_json::json;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let text = host.content("/proc/loadavg").unwrap_or_default();
    let loads: Vec<f64> = text.split_whitespace().take(3).filter_map(|word| word.parse().ok()).collect();
    let [one, five, fifteen] = loads.as_slice() else { return Map::new() };
    Map::from_iter([("loadavg".to_owned(), json!({"1m": one, "5m": five, "15m": fifteen}))])
}
