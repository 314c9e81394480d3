//! Which hosts a pattern and the limit leave.

use super::{config, config_failure};
use crate::{Failure, exit};
use rplay_engine::Engine;
use std::sync::PoisonError;

/// Says that there is no host but this one, unless that is what the pattern asks for or the warning is turned
/// off (`localhost_warning`).
pub(crate) fn warn_if_no_hosts(engine: &Engine, pattern: &str) -> Result<(), Failure> {
    let empty = !has_hosts(engine);
    let wanted = config()?.bool("defaults", "localhost_warning").map_err(config_failure)?.unwrap_or(true);
    if empty && wanted && !matches!(pattern, "localhost" | "127.0.0.1" | "::1") {
        let message = "provided hosts list is empty, only localhost is available. Note that the implicit \
                       localhost does not match 'all'";
        engine.warn(message, None);
    }
    Ok(())
}

/// Whether the inventory has any host.
pub(crate) fn has_hosts(engine: &Engine) -> bool {
    let inventory = engine.inventory.read().unwrap_or_else(PoisonError::into_inner);
    inventory.select("all", None).is_ok_and(|all| !all.hosts.is_empty())
}

/// That nothing is left of the hosts there are.
pub(crate) fn no_hosts_left() -> Failure {
    let message = "Specified inventory, host pattern and/or --limit leaves us with no hosts to target.";
    Failure::new(exit::ERROR, message)
}

/// The hosts of a pattern within the limit.
pub(crate) fn select(engine: &Engine, pattern: &str) -> Result<Vec<String>, Failure> {
    let inventory = engine.inventory.read().unwrap_or_else(PoisonError::into_inner);
    let selected = inventory
        .select(pattern, engine.settings.limit.as_deref())
        .map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
    let hosts: Vec<String> =
        selected.hosts.iter().map(|host| inventory.host_name(*host).to_string()).collect();
    drop(inventory);
    for warning in selected.warnings {
        engine.warn(warning.message, None);
    }
    // With an empty inventory plays go on to the implicit localhost.
    if hosts.is_empty() && engine.settings.limit.is_some() && has_hosts(engine) {
        return Err(no_hosts_left());
    }
    Ok(hosts)
}

/// A limit that leaves no host at all is a mistake.
pub(crate) fn check_limit(engine: &Engine) -> Result<(), Failure> {
    if engine.settings.limit.is_some() {
        select(engine, "all")?;
    }
    Ok(())
}
