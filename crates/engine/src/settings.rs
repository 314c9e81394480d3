//! What the command line and the configuration decide about a run.

use crate::tree::TagFilter;
use rplay_value::{Dict, Str};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Settings of a run. Names follow ansible-core's options.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `--forks`: hosts worked on at the same time.
    pub forks: usize,
    /// `--check`.
    pub check: bool,
    /// `--diff`.
    pub diff: bool,
    /// `--tags`, `--skip-tags`.
    pub tags: TagFilter,
    /// `--limit`.
    pub limit: Option<String>,
    /// `-v` count.
    pub verbosity: u8,
    /// The verbosity of the most talkative reader, screen or log.
    pub detail: u8,
    /// Whether the engine tells of every step it takes (`DEFAULT_DEBUG`).
    pub debug: bool,
    /// `--extra-vars`, merged.
    pub extra_vars: Arc<Dict>,
    /// `--force-handlers` (`DEFAULT_FORCE_HANDLERS`).
    pub force_handlers: bool,
    /// Whether a notified handler that does not exist ends the run (`ERROR_ON_MISSING_HANDLER`).
    pub missing_handler_fatal: bool,
    /// `ANY_ERRORS_FATAL`.
    pub any_errors_fatal: bool,
    /// How facts are gathered by default (`DEFAULT_GATHERING`).
    pub gathering: Gathering,
    /// `INJECT_FACTS_AS_VARS`.
    pub inject_facts: bool,
    /// Seconds between looks at jobs of `async` tasks (`DEFAULT_POLL_INTERVAL`).
    pub poll: i64,
    /// Seconds a task may take where it does not say itself; 0: as long as it wants (`TASK_TIMEOUT`).
    pub task_timeout: i64,
    /// Whether results are hidden where nothing says otherwise (`DEFAULT_NO_LOG`).
    pub no_log: bool,
    /// The task debugger.
    pub debugger: Debugging,
    /// `--step`: ask before every task.
    pub step: bool,
    /// `DEFAULT_STRATEGY`.
    pub strategy: Str,
    /// `--start-at-task`.
    pub start_at_task: Option<String>,
    /// Refuse what ansible-core 2.19 refuses (`--strict`, `RPLAY_STRICT`).
    pub strict: bool,
    /// Dictionaries of the same name are merged (`DEFAULT_HASH_BEHAVIOUR`).
    pub merge_hashes: bool,
    /// A playbook on which hosts failed leaves a file with their names (`RETRY_FILES_ENABLED`).
    pub retry_files: bool,
    /// Where that file goes; beside the playbook without it (`RETRY_FILES_SAVE_PATH`).
    pub retry_dir: Option<PathBuf>,
    /// Directory of the (first) playbook, whose `group_vars` and `host_vars` count.
    pub playbook_dir: Option<PathBuf>,
    /// Files of `-i`, as given (`ansible_inventory_sources`).
    pub inventory_sources: Vec<String>,
    /// The configuration file in use (`ansible_config_file`).
    pub config_file: Option<PathBuf>,
    /// The version content is told (`ansible_version`).
    pub ansible_version: String,
    /// Defaults for reaching hosts.
    pub connection: ConnectionDefaults,
}

/// When the task debugger comes up.
#[derive(Clone, Copy, Debug)]
pub struct Debugging {
    /// On every failure (`ENABLE_TASK_DEBUGGER`).
    pub enabled: bool,
    /// Not on failures that are ignored (`TASK_DEBUGGER_IGNORE_ERRORS`).
    pub ignore_errors: bool,
}

/// Defaults for reaching hosts, below keywords and variables.
#[derive(Clone, Debug)]
pub struct ConnectionDefaults {
    /// `--connection` (`DEFAULT_TRANSPORT`).
    pub transport: Str,
    /// `--user`.
    pub user: Option<Str>,
    /// `--private-key`.
    pub private_key: Option<PathBuf>,
    /// `--timeout`.
    pub timeout: Duration,
    /// Port of `[defaults] remote_port`.
    pub port: Option<u16>,
    /// `HOST_KEY_CHECKING`.
    pub host_key_checking: bool,
    /// `--ssh-common-args`, `--ssh-extra-args` and `ssh_args` of the configuration.
    pub ssh_args: Vec<Str>,
    /// `DEFAULT_REMOTE_TMP`.
    pub remote_tmp: Str,
    /// Directory of job files on hosts (`ANSIBLE_ASYNC_DIR`).
    pub async_dir: Str,
    /// Password of `--ask-pass`.
    pub password: Option<Str>,
    /// `--become`.
    pub r#become: bool,
    /// `--become-method`.
    pub become_method: Str,
    /// `--become-user`.
    pub become_user: Str,
    /// Password of `--ask-become-pass`.
    pub become_password: Option<Str>,
    /// `BECOME_ALLOW_SAME_USER`: become a user even when logged in as that one.
    pub become_allow_same_user: bool,
    /// What `su` asks with (`localized_prompts`); empty: anything that ends in a colon.
    pub su_prompts: Vec<Str>,
}

/// `DEFAULT_GATHERING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathering {
    /// Facts at the start of every play.
    Implicit,
    /// Only where a play asks.
    Explicit,
    /// At the start of a play for hosts without facts.
    Smart,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            forks: 5,
            check: false,
            diff: false,
            tags: TagFilter::default(),
            limit: None,
            verbosity: 0,
            detail: 0,
            debug: false,
            extra_vars: Arc::default(),
            force_handlers: false,
            missing_handler_fatal: true,
            any_errors_fatal: false,
            gathering: Gathering::Implicit,
            inject_facts: true,
            poll: 15,
            debugger: Debugging { enabled: false, ignore_errors: true },
            step: false,
            task_timeout: 0,
            no_log: false,
            strategy: "linear".into(),
            start_at_task: None,
            strict: false,
            merge_hashes: false,
            retry_files: false,
            retry_dir: None,
            playbook_dir: None,
            inventory_sources: Vec::new(),
            config_file: None,
            ansible_version: "2.19.14".into(),
            connection: ConnectionDefaults::default(),
        }
    }
}

impl Default for ConnectionDefaults {
    fn default() -> Self {
        Self {
            transport: "ssh".into(),
            user: None,
            private_key: None,
            timeout: Duration::from_secs(10),
            port: None,
            host_key_checking: true,
            ssh_args: Vec::new(),
            remote_tmp: "~/.ansible/tmp".into(),
            async_dir: "~/.ansible_async".into(),
            password: None,
            r#become: false,
            become_method: "sudo".into(),
            become_user: "root".into(),
            become_password: None,
            become_allow_same_user: false,
            su_prompts: Vec::new(),
        }
    }
}
