//! The package lists: how old they are, and fetching them.

use super::apt::Args;
use super::apt_run::{self, lock_held};
use crate::{Failure, ModuleResult, System};
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

/// What became of the lists.
pub(super) struct Lists {
    /// Whether they were fetched and something was new.
    pub(super) updated: bool,
    /// When they were last, in seconds since 1970.
    time: i64,
}

impl Lists {
    /// As they lie.
    pub(super) fn untouched(sys: &System) -> Result<Self, Failure> {
        Ok(Self { updated: false, time: time(sys)? })
    }

    /// Adds Ansible's two keys.
    pub(super) fn report(&self, result: ModuleResult) -> ModuleResult {
        result.with("cache_updated", self.updated).with("cache_update_time", self.time)
    }
}

fn time(sys: &System) -> Result<i64, Failure> {
    for path in ["/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists"] {
        if let Some(found) = sys.stat(path)? {
            return Ok(found.mtime());
        }
    }
    Ok(0)
}

/// Whether the task wants the lists fetched now.
pub(super) fn outdated(args: &Args, sys: &System) -> Result<bool, Failure> {
    if args.update_cache != Some(true) && args.cache_valid_time == 0 {
        return Ok(false);
    }
    Ok(time(sys)?.saturating_add(args.cache_valid_time) < sys.now().timestamp().as_second())
}

/// Fetches the lists if they are too old.
pub(super) fn refresh(args: &Args, sys: &System) -> Result<Lists, Failure> {
    let before = time(sys)?;
    if !outdated(args, sys)? {
        return Ok(Lists { updated: false, time: before });
    }
    if sys.check_mode() {
        return Ok(Lists { updated: true, time: before });
    }
    let mut said = String::new();
    for round in 0..args.update_cache_retries {
        match fetch(args, sys)? {
            None => {
                let time = time(sys)?;
                return Ok(Lists { updated: time != before, time });
            }
            Some(errors) => said = errors,
        }
        sys.warn(format!("Failed to update cache after {} retries due to {said}, retrying", round + 1));
        let delay = 2_u64.saturating_pow(round).min(args.update_cache_retry_max_delay);
        sys.warn(format!("Sleeping for {delay} seconds, before attempting to refresh the cache again"));
        std::thread::sleep(Duration::from_secs(delay));
    }
    let said = if said.is_empty() { "unknown reason" } else { said.as_str() };
    Err(Failure::new(format!(
        "Failed to update apt cache after {} retries: {said}",
        args.update_cache_retries
    )))
}

/// One try; gives what apt complained of. `apt-get update` has no waiting for locks of its own.
fn fetch(args: &Args, sys: &System) -> Result<Option<String>, Failure> {
    let limit = Instant::now() + Duration::from_secs(args.lock_timeout);
    loop {
        let output = apt_run::command(sys, ["apt-get", "update", "-q"]).run()?;
        let errors = output.stderr_text();
        if output.rc == 0 {
            return Ok(None);
        }
        if !lock_held(&errors) {
            return Ok(Some(errors.trim().to_owned()));
        }
        if Instant::now() >= limit {
            return Err(Failure::new(format!(
                "Failed to lock apt for exclusive operation: {}",
                errors.trim()
            )));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}
