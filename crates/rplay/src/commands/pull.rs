//! `rplay pull`, which is `ansible-pull`: fetches a repository and plays what is in it on this machine.

mod playbooks;
mod steps;

use crate::{Failure, cli::foreign, config::expand, exit};
use clap::{ArgAction, CommandFactory, Parser};
use std::{ffi::OsString, path::PathBuf};
use steps::Steps;

/// Options of `ansible-pull` 2.19, by their names.
#[derive(Debug, Parser)]
#[command(
    name = "ansible-pull",
    about = "Fetches a repository with playbooks and runs them on this machine."
)]
#[command(infer_long_args = true)]
struct Cli {
    /// Playbooks in the repository; without one HOST.yml or local.yml.
    #[arg(value_name = "PLAYBOOK")]
    playbooks: Vec<String>,
    /// Where the repository is.
    #[arg(short = 'U', long)]
    url: Option<String>,
    /// Branch, tag or commit to check out.
    #[arg(short = 'C', long)]
    checkout: Option<String>,
    /// Directory to check the repository out to.
    #[arg(short, long)]
    directory: Option<PathBuf>,
    /// Run only if the repository has changed.
    #[arg(short, long)]
    only_if_changed: bool,
    /// Run even if the repository cannot be updated.
    #[arg(short, long)]
    force: bool,
    /// Sleep up to so many seconds before.
    #[arg(short, long, value_name = "SECONDS")]
    sleep: Option<String>,
    /// Remove the checkout after the run.
    #[arg(long)]
    purge: bool,
    /// Throw changed files of the checkout away.
    #[arg(long)]
    clean: bool,
    /// Fetch the whole history.
    #[arg(long)]
    full: bool,
    /// Add the repository host's key if it is not known.
    #[arg(long)]
    accept_host_key: bool,
    /// Run only if the commit's signature is good.
    #[arg(long)]
    verify_commit: bool,
    /// Submodules follow their branches.
    #[arg(long)]
    track_subs: bool,
    /// The module that fetches the repository.
    #[arg(short, long, default_value = "git")]
    module_name: String,
    /// Inventory: a file, a directory, or hosts separated by commas; may be repeated.
    #[arg(short, long, visible_alias = "inventory-file")]
    inventory: Vec<String>,
    /// Only these of the selected hosts.
    #[arg(short, long, value_name = "SUBSET")]
    limit: Option<String>,
    /// Variables: key=value, YAML or JSON, or @file; may be repeated.
    #[arg(short, long)]
    extra_vars: Vec<String>,
    /// Only tasks with these tags.
    #[arg(short = 't', long)]
    tags: Vec<String>,
    /// Not tasks with these tags.
    #[arg(long)]
    skip_tags: Vec<String>,
    /// Change nothing, say what would change.
    #[arg(long)]
    check: bool,
    /// Show what changes in files.
    #[arg(long)]
    diff: bool,
    /// Forget cached facts.
    #[arg(long)]
    flush_cache: bool,
    /// Say more.
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// Show the version.
    #[arg(long)]
    version: bool,
    /// Key to fetch the repository with.
    #[arg(long, visible_alias = "key-file", value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// File with the password to log in with.
    #[arg(long, visible_alias = "conn-pass-file", value_name = "FILE")]
    connection_password_file: Option<PathBuf>,
    /// Ask for the password to become another user.
    #[arg(short = 'K', long, conflicts_with = "become_password_file")]
    ask_become_pass: bool,
    /// File with the password to become another user.
    #[arg(long, visible_alias = "become-pass-file", value_name = "FILE")]
    become_password_file: Option<PathBuf>,
    /// A vault id and where its secret is.
    #[arg(long)]
    vault_id: Vec<String>,
    /// File with the vault password.
    #[arg(long, visible_alias = "vault-pass-file", value_name = "FILE")]
    vault_password_file: Vec<PathBuf>,
}

/// What may fetch a repository.
const REPOSITORIES: [&str; 4] = ["git", "subversion", "hg", "bzr"];

/// Runs it; `args` without the program's name, which is `program`.
pub(crate) fn run(program: &str, args: &[OsString]) -> Result<u8, Failure> {
    let cli: Cli = foreign::parse(Cli::command(), program, args, &[]);
    if cli.version {
        return super::version::run(program);
    }
    let Some(url) = &cli.url else {
        return Err(Failure::new(exit::OPTIONS, "URL for repository not specified, use -h for help"));
    };
    if !REPOSITORIES.contains(&cli.module_name.as_str()) {
        let (module, all) = (&cli.module_name, REPOSITORIES.join(","));
        return Err(Failure::new(
            exit::OPTIONS,
            format!("Unsupported repo module {module}, choices are {all}"),
        ));
    }
    if rplay_modules::find(&cli.module_name).is_err() {
        let module = &cli.module_name;
        return Err(Failure::new(exit::OPTIONS, format!("the module '{module}' is not supported by rplay")));
    }
    let dest = directory(&cli)?;
    let nap = cli.sleep.as_deref().map(nap).transpose()?;
    Steps { cli: &cli, url, dest }.run(args, nap)
}

/// Where the checkout goes; the default depends on the host, as homes may be shared.
fn directory(cli: &Cli) -> Result<PathBuf, Failure> {
    let dest = match &cli.directory {
        Some(dest) => expand(&dest.to_string_lossy()),
        None => expand("~/.ansible").join("pull").join(playbooks::Names::of_this_host().full),
    };
    let dest = std::path::absolute(&dest).unwrap_or(dest);
    if dest.exists() && !dest.is_dir() {
        let shown = dest.display();
        return Err(Failure::new(exit::OPTIONS, format!("{shown} is not a valid or accessible directory.")));
    }
    Ok(dest)
}

/// A number of seconds below the one given.
fn nap(most: &str) -> Result<u64, Failure> {
    let not_a_number = || Failure::new(exit::OPTIONS, format!("{most} is not a number."));
    let most: u64 = most.parse().map_err(|_| not_a_number())?;
    if most == 0 {
        return Ok(0);
    }
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    // Spreading runs over time needs no secret number: clock and process id will do.
    let seed = u64::from(clock.subsec_nanos()) ^ (u64::from(std::process::id()) << 20);
    Ok(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) % most)
}
