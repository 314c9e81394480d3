//! `env`: the environment tasks get.

use super::host::Host;
use crate::args::{Map, Value};

pub(super) fn collect(host: &Host<'_>) -> Map {
    let own = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
    let given = host.sys.settings().environment.clone();
    let env: Map = own.chain(given).map(|(name, value)| (name, Value::from(value))).collect();
    Map::from_iter([("env".to_owned(), Value::Object(env))])
}
