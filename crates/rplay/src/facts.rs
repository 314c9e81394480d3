//! The fact cache that the configuration names.

use crate::{Failure, config::Config, exit, wiring::config_failure};
use rplay_engine::FactCache;
use std::{sync::Arc, time::Duration};

/// A day, as the cache keeps facts unless configured otherwise.
const DAY: u64 = 86_400;

/// The cache; none for `memory`. One that cannot be used is told in the warnings, and the run goes on without.
pub(crate) fn cache(config: &Config, warnings: &mut Vec<String>) -> Result<Option<Arc<FactCache>>, Failure> {
    let name = config.text("defaults", "fact_caching").unwrap_or_else(|| "memory".into());
    match name.trim().rsplit('.').next().unwrap_or_default() {
        "memory" => return Ok(None),
        "jsonfile" => {}
        _ => {
            let known = "there are memory and jsonfile";
            return Err(Failure::new(
                exit::OPTIONS,
                format!("the fact cache '{name}' is not supported, {known}"),
            ));
        }
    }
    let seconds: f64 =
        config.number("defaults", "fact_caching_timeout").map_err(config_failure)?.unwrap_or(DAY as f64);
    let timeout = Duration::try_from_secs_f64(seconds.abs()).ok().filter(|timeout| !timeout.is_zero());
    let prefix = config.text("defaults", "fact_caching_prefix").unwrap_or_default();
    let set = config.text("defaults", "fact_caching_connection").is_some_and(|path| !path.is_empty());
    let Some(path) = config.file("defaults", "fact_caching_connection").filter(|_| set) else {
        let wanted = "the 'fact_caching_connection' config option to be set (to a writeable directory path)";
        warnings.push(format!("error, 'jsonfile' cache plugin requires {wanted}"));
        return Ok(None);
    };
    match FactCache::open(path, &prefix, timeout) {
        Ok(cache) => Ok(Some(Arc::new(cache))),
        Err(error) => {
            warnings.push(error.to_string());
            Ok(None)
        }
    }
}
