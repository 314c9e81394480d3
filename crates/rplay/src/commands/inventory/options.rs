//! Options of `ansible-inventory`.

use crate::{
    Failure,
    cli::{Adhoc, Common, Connection, Options, Playing, VaultOptions},
    exit,
};
use clap::Parser;
use std::path::PathBuf;

/// Options that are for running something.
pub(super) const FOREIGN: [&str; 6] = ["forks", "check", "diff", "list_hosts", "syntax_check", "module_path"];

/// What to show of the inventory.
#[derive(Debug, Parser)]
#[command(
    name = "ansible-inventory",
    about = "Shows the inventory as Ansible sees it.",
    disable_version_flag = true,
    infer_long_args = true
)]
pub(super) struct Asked {
    /// A group, for --graph.
    #[arg(value_name = "GROUP")]
    pub group: Option<String>,
    /// All hosts and groups, as an inventory script would print them.
    #[arg(long)]
    pub list: bool,
    /// The variables of one host, as an inventory script would print them.
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// The groups as a tree.
    #[arg(long)]
    pub graph: bool,
    /// YAML instead of JSON.
    #[arg(short, long)]
    pub yaml: bool,
    /// TOML instead of JSON.
    #[arg(long)]
    pub toml: bool,
    /// Variables too, with --graph.
    #[arg(long)]
    pub vars: bool,
    /// With --list: variables where they were defined, not what each host sees.
    #[arg(long)]
    pub export: bool,
    /// With --list: write to this file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Directory whose group_vars and host_vars count too.
    #[arg(long, value_name = "DIR")]
    pub playbook_dir: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub vault: VaultOptions,
}

impl Asked {
    /// Refuses what makes no sense.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let actions = [self.list, self.host.is_some(), self.graph];
        match actions.iter().filter(|given| **given).count() {
            1 => Ok(()),
            0 => Err(Failure::new(
                exit::OPTIONS,
                "No action selected, at least one of --host, --graph or --list needs to be specified.",
            )),
            _ => Err(Failure::new(
                exit::OPTIONS,
                "Conflicting options used, only one of --host, --graph or --list can be used at the same time.",
            )),
        }
    }

    /// The options for all commands among them.
    pub(super) fn shared(&mut self) -> Options {
        Options {
            targets: Vec::new(),
            common: std::mem::take(&mut self.common),
            connection: Connection::default(),
            playing: Playing::default(),
            adhoc: Adhoc::default(),
            vault: std::mem::take(&mut self.vault),
        }
    }
}
