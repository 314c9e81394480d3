//! Settings that are chosen among options and configuration.

use super::{
    ANSIBLE_VERSION, config, config_failure, reach::connection, rejected::rejected, screen, strict_env,
};
use crate::{
    Failure,
    cli::Options,
    config::{Config, expand},
    exit,
};
use rplay_engine::{Debugging, Gathering, Paths, Settings, TagFilter};
use rplay_yaml::DuplicateKeys;
use std::{path::PathBuf, sync::Arc};

/// What a run goes by; its variables, directory and inventory are filled in by whoever has read them.
pub(super) fn settings(options: &Options, config: &Config) -> Result<Settings, Failure> {
    let bool = |section: &str, key: &str| config.bool(section, key).map_err(config_failure);
    let verbosity = options
        .common
        .verbose
        .max(config.number("defaults", "verbosity").map_err(config_failure)?.unwrap_or(0));
    Ok(Settings {
        forks: forks(options, config)?,
        check: options.common.check,
        diff: options.common.diff || bool("diff", "always")?.unwrap_or(false),
        tags: TagFilter::new(
            tags(&options.playing.tags, config, "run"),
            tags(&options.playing.skip_tags, config, "skip"),
        ),
        limit: options.common.limit.clone(),
        verbosity,
        detail: screen::log_verbosity(verbosity)?,
        debug: bool("defaults", "debug")?.unwrap_or(false),
        extra_vars: Arc::default(),
        debugger: Debugging {
            enabled: bool("defaults", "enable_task_debugger")?.unwrap_or(false),
            ignore_errors: bool("defaults", "task_debugger_ignore_errors")?.unwrap_or(true),
        },
        step: options.playing.step,
        force_handlers: options.playing.force_handlers
            || bool("defaults", "force_handlers")?.unwrap_or(false),
        missing_handler_fatal: bool("defaults", "error_on_missing_handler")?.unwrap_or(true),
        any_errors_fatal: bool("defaults", "any_errors_fatal")?.unwrap_or(false),
        gathering: gathering(config)?,
        inject_facts: bool("defaults", "inject_facts_as_vars")?.unwrap_or(true),
        task_timeout: config.number("defaults", "task_timeout").map_err(config_failure)?.unwrap_or(0),
        no_log: config.bool("defaults", "no_log").map_err(config_failure)?.unwrap_or(false),
        poll: config.number("defaults", "poll_interval").map_err(config_failure)?.unwrap_or(15),
        strategy: config.text("defaults", "strategy").unwrap_or_else(|| "linear".into()).into(),
        start_at_task: options.playing.start_at_task.clone(),
        strict: options.common.strict || strict_env(),
        merge_hashes: config.text("defaults", "hash_behaviour").as_deref() == Some("merge"),
        retry_files: bool("defaults", "retry_files_enabled")?.unwrap_or(false),
        retry_dir: config.text("defaults", "retry_files_save_path").map(|path| expand(&path)),
        playbook_dir: None,
        inventory_sources: Vec::new(),
        config_file: config.path.clone(),
        ansible_version: config
            .text("rplay", "report_ansible_version")
            .unwrap_or_else(|| ANSIBLE_VERSION.into()),
        connection: connection(options, config)?,
    })
}

fn tags(given: &[String], config: &Config, key: &str) -> Vec<String> {
    let set: Vec<String> = config.text("tags", key).into_iter().collect();
    [words(&set), words(given)].concat()
}

/// Paths are made absolute; lists of hosts stay as they are.
fn absolute_source(source: &str) -> String {
    if source.contains(',') {
        return source.to_owned();
    }
    std::path::absolute(expand(source))
        .map_or_else(|_| source.to_owned(), |path| path.to_string_lossy().into_owned())
}

pub(super) fn sources(options: &Options, config: &Config) -> Vec<String> {
    if !options.common.inventory.is_empty() {
        return options.common.inventory.iter().map(|source| absolute_source(source)).collect();
    }
    match config.paths("defaults", "inventory", ',') {
        Some(paths) => paths.into_iter().map(|path| path.to_string_lossy().into_owned()).collect(),
        None => vec!["/etc/ansible/hosts".into()],
    }
}

fn forks(options: &Options, config: &Config) -> Result<usize, Failure> {
    let configured = config.number("defaults", "forks").map_err(config_failure)?;
    let forks = options.common.forks.or(configured).unwrap_or(5);
    if forks == 0 {
        return Err(Failure::new(exit::OPTIONS, "The number of processes (--forks) must be >= 1"));
    }
    Ok(forks)
}

pub(crate) fn words(lists: &[String]) -> Vec<String> {
    lists
        .iter()
        .flat_map(|list| list.split(','))
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn gathering(config: &Config) -> Result<Gathering, Failure> {
    match config.text("defaults", "gathering").as_deref().map(str::trim) {
        None | Some("implicit") => Ok(Gathering::Implicit),
        Some("explicit") => Ok(Gathering::Explicit),
        Some("smart") => Ok(Gathering::Smart),
        Some(other) => Err(Failure::new(
            exit::OPTIONS,
            format!("gathering must be implicit, explicit or smart, not '{other}'"),
        )),
    }
}

pub(super) fn duplicate_keys(config: &Config) -> Result<DuplicateKeys, Failure> {
    match config.text("defaults", "duplicate_dict_key").as_deref() {
        None | Some("warn") => Ok(DuplicateKeys::Warn),
        Some("ignore") => Ok(DuplicateKeys::Ignore),
        Some("error") => Ok(DuplicateKeys::Refuse),
        Some(other) => Err(Failure::new(
            exit::OPTIONS,
            format!("duplicate_dict_key must be error, ignore or warn, not '{other}'"),
        )),
    }
}

/// The directories that hold collections (`collections_path`).
pub(crate) fn collections_path() -> Result<Vec<PathBuf>, Failure> {
    Ok(paths(config()?)?.collections)
}

pub(super) fn paths(config: &Config) -> Result<Paths, Failure> {
    Ok(Paths {
        roles: config.setting_paths("DEFAULT_ROLES_PATH").map_err(config_failure)?,
        collections: config.setting_paths("COLLECTIONS_PATHS").map_err(config_failure)?,
        rejected: rejected(config)?,
        private_role_vars: config.bool("defaults", "private_role_vars").map_err(config_failure)?,
    })
}
