//! Options of `ansible` and `ansible-playbook` 2.19, by their names.

use clap::{ArgAction, Args, Parser};
use rplay_value::Str;
use std::path::PathBuf;

/// All options.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "rplay",
    about = "Runs Ansible content: playbooks, or one task on a pattern of hosts (with -m or -a).",
    disable_version_flag = true,
    infer_long_args = true
)]
pub(crate) struct Options {
    /// Playbooks; with -m or -a, the pattern of hosts.
    #[arg(value_name = "PLAYBOOK|PATTERN")]
    pub targets: Vec<String>,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub connection: Connection,
    #[command(flatten)]
    pub playing: Playing,
    #[command(flatten)]
    pub adhoc: Adhoc,
    #[command(flatten)]
    pub vault: VaultOptions,
}

/// Options of both.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Common {
    /// Inventory: a file, a directory, or hosts separated by commas; may be repeated.
    #[arg(short, long, visible_aliases = ["inventory-file"], value_name = "INVENTORY")]
    pub inventory: Vec<String>,
    /// Only these of the selected hosts.
    #[arg(short, long, value_name = "SUBSET")]
    pub limit: Option<String>,
    /// Variables: key=value, YAML or JSON, or @file; may be repeated.
    #[arg(short, long, value_name = "EXTRA_VARS")]
    pub extra_vars: Vec<String>,
    /// Hosts worked on at the same time.
    #[arg(short, long, value_name = "FORKS")]
    pub forks: Option<usize>,
    /// Change nothing, say what would change.
    #[arg(short = 'C', long)]
    pub check: bool,
    /// Show what changes in files.
    #[arg(short = 'D', long)]
    pub diff: bool,
    /// Say more; up to -vvvvvv.
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
    /// List the hosts and do nothing else.
    #[arg(long)]
    pub list_hosts: bool,
    /// Check the syntax and do nothing else.
    #[arg(long)]
    pub syntax_check: bool,
    /// Forget cached facts.
    #[arg(long)]
    pub flush_cache: bool,
    /// Directories with modules of your own.
    #[arg(short = 'M', long, value_name = "PATH")]
    pub module_path: Vec<PathBuf>,
    /// Refuse what ansible-core 2.19 refuses.
    #[arg(long)]
    pub strict: bool,
    /// Show the version.
    #[arg(long)]
    pub version: bool,
}

/// How hosts are reached.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Log in as this user.
    #[arg(short, long, value_name = "REMOTE_USER")]
    pub user: Option<String>,
    /// Kind of connection (ssh, local, …).
    #[arg(short, long, value_name = "CONNECTION")]
    pub connection: Option<String>,
    /// Private key to log in with.
    #[arg(long, visible_alias = "key-file", value_name = "FILE")]
    pub private_key: Option<PathBuf>,
    /// Seconds to connect.
    #[arg(short = 'T', long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Ask for the password to log in with.
    #[arg(short = 'k', long, conflicts_with = "connection_password_file")]
    pub ask_pass: bool,
    /// File with the password to log in with.
    #[arg(long, visible_alias = "conn-pass-file", value_name = "FILE")]
    pub connection_password_file: Option<PathBuf>,
    /// Arguments for ssh, sftp and scp.
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub ssh_common_args: Option<String>,
    /// Arguments for ssh.
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub ssh_extra_args: Option<String>,
    /// Arguments for sftp; nothing here uses sftp, so an error.
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub sftp_extra_args: Option<String>,
    /// Arguments for scp; nothing here uses scp, so an error.
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub scp_extra_args: Option<String>,
    /// The password to log in with, where it was asked for already.
    #[arg(skip)]
    pub password: Option<Str>,
    /// The password to become another user, where it was asked for already.
    #[arg(skip)]
    pub become_password: Option<Str>,
    /// Become another user.
    #[arg(short, long)]
    pub r#become: bool,
    /// How to become another user (sudo, su, doas).
    #[arg(long, value_name = "METHOD")]
    pub become_method: Option<String>,
    /// The user to become.
    #[arg(long, value_name = "USER")]
    pub become_user: Option<String>,
    /// Ask for the password to become another user.
    #[arg(short = 'K', long, conflicts_with = "become_password_file")]
    pub ask_become_pass: bool,
    /// File with the password to become another user.
    #[arg(long, visible_alias = "become-pass-file", value_name = "FILE")]
    pub become_password_file: Option<PathBuf>,
}

/// Options for playbooks.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Playbooks")]
pub(crate) struct Playing {
    /// Only tasks with these tags.
    #[arg(short = 't', long, value_name = "TAGS")]
    pub tags: Vec<String>,
    /// Not tasks with these tags.
    #[arg(long, value_name = "TAGS")]
    pub skip_tags: Vec<String>,
    /// List the tasks and do nothing else.
    #[arg(long)]
    pub list_tasks: bool,
    /// List the tags and do nothing else.
    #[arg(long)]
    pub list_tags: bool,
    /// Ask before every task.
    #[arg(long)]
    pub step: bool,
    /// Begin with the first task of this name.
    #[arg(long, value_name = "TASK")]
    pub start_at_task: Option<String>,
    /// Run notified handlers even when a task fails.
    #[arg(long)]
    pub force_handlers: bool,
}

/// Options for one task.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "One task (ad-hoc)")]
pub(crate) struct Adhoc {
    /// The module (default: command).
    #[arg(short, long, value_name = "MODULE")]
    pub module_name: Option<String>,
    /// Its arguments: key=value or JSON.
    #[arg(short, long, value_name = "ARGS", allow_hyphen_values = true)]
    pub args: Option<String>,
    /// One line for each host.
    #[arg(short, long)]
    pub one_line: bool,
    /// Seconds the task may take.
    #[arg(long, value_name = "SECONDS")]
    pub task_timeout: Option<i64>,
    /// Run in the background, failing after so many seconds.
    #[arg(short = 'B', long, value_name = "SECONDS")]
    pub background: Option<i64>,
    /// Seconds between looks at what runs in the background.
    #[arg(short = 'P', long = "poll", value_name = "SECONDS")]
    pub poll_interval: Option<i64>,
    /// Directory that stands in for the playbook's.
    #[arg(long, value_name = "DIR")]
    pub playbook_dir: Option<PathBuf>,
    /// Keep each host's output in this directory.
    #[arg(long, value_name = "DIR")]
    pub tree: Option<PathBuf>,
}

/// Where vault passwords come from.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Vault")]
pub(crate) struct VaultOptions {
    /// A vault password: [LABEL@]SOURCE, where SOURCE is a file, an executable, or 'prompt'; may be repeated.
    #[arg(long, value_name = "[LABEL@]SOURCE")]
    pub vault_id: Vec<String>,
    /// Ask for the vault password.
    #[arg(short = 'J', long, visible_alias = "ask-vault-pass", conflicts_with = "vault_password_file")]
    pub ask_vault_password: bool,
    /// File with a vault password, or an executable that prints one; may be repeated.
    #[arg(long, visible_alias = "vault-pass-file", value_name = "FILE")]
    pub vault_password_file: Vec<PathBuf>,
}

impl Options {
    /// What is to be said of options that change nothing here.
    pub(crate) fn idle(&self) -> Vec<&'static str> {
        let connection = &self.connection;
        let transfer = connection.sftp_extra_args.is_some() || connection.scp_extra_args.is_some();
        [
            (transfer, "--sftp-extra-args and --scp-extra-args change nothing: files travel over the connection itself"),
            (
                !self.common.module_path.is_empty(),
                "--module-path changes nothing: modules are part of the program, and those in Python are not run",
            ),
        ]
        .into_iter()
        .filter_map(|(given, message)| given.then_some(message))
        .collect()
    }
}
