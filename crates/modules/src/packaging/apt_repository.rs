//! `apt_repository`: one-line package sources.

use super::apt_run;
use super::sources::{Change, PARTS, Sources, file_name, normal};
use crate::args::{Choice, ModuleArgs, Value};
use crate::system::parse_mode;
use crate::{Diff, Failure, ModuleResult, Plan, System};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Add or remove an apt repository.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The source line, or `ppa:owner/name`.
    repo: String,
    /// Whether it is to be there.
    #[arg(default = "present")]
    state: State,
    /// The mode of a new file.
    mode: Value,
    /// Fetch the package lists after a change.
    #[arg(default = true, alias = "update-cache")]
    update_cache: bool,
    /// How often fetching is tried.
    #[arg(default = 5)]
    update_cache_retries: u32,
    /// The longest pause between tries, in seconds.
    #[arg(default = 12)]
    update_cache_retry_max_delay: u64,
    /// The name of a new file in `sources.list.d`, without its end.
    filename: Option<String>,
    /// Accepted for Ansible's sake: no Python bindings are needed here.
    #[arg(name = "install_python_apt", default = true)]
    _install_python_apt: bool,
    /// Accepted for Ansible's sake: only for PPAs.
    #[arg(name = "validate_certs", default = true)]
    _validate_certs: bool,
    /// The release a PPA is for.
    codename: Option<String>,
}

/// Whether the source is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if args.repo.is_empty() {
        return Err("Please set argument 'repo' to a non-empty value".into());
    }
    let source = source(&args, sys)?;
    let before = Sources::read(sys)?;
    let mut after = before.clone();
    match args.state {
        State::Present => after.add(&source, &target(&args, &source)),
        State::Absent => after.remove(&source),
    }
    let changes = after.changes(&before);
    let mut result = ModuleResult { changed: !changes.is_empty(), ..ModuleResult::default() }
        .with("repo", args.repo.as_str())
        .with("state", args.state.as_str());
    let names = |wanted: fn(&Change) -> bool| -> Vec<String> {
        let paths =
            changes.iter().filter(|change| wanted(change)).map(|change| change.path.to_string_lossy());
        paths.map(std::borrow::Cow::into_owned).collect()
    };
    result.set("sources_added", names(|change| change.new));
    result.set("sources_removed", names(|change| change.after.is_empty()));
    if changes.is_empty() {
        return Ok(Plan::done(result));
    }
    for change in &changes {
        let path = change.path.to_string_lossy();
        let before = if change.new { "/dev/null" } else { path.as_ref() };
        let after = if change.after.is_empty() { "/dev/null" } else { path.as_ref() };
        result =
            result.with_diff(Diff::new(change.before.as_str(), change.after.as_str()).headers(before, after));
    }
    let mode = match &args.mode {
        Value::Null => None,
        mode => Some(
            parse_mode(mode, 0o644, false)
                .map_err(|(msg, detail)| Failure::new(msg).with("details", detail))?,
        ),
    };
    Ok(Plan::change(result, move |sys, result| {
        write(&changes, mode, sys)?;
        if args.update_cache {
            if let Err(why) = update(&args, sys) {
                revert(&changes, sys)?;
                return Err(why);
            }
        }
        Ok(result)
    }))
}

fn source(args: &Args, sys: &System) -> Result<String, Failure> {
    let Some(ppa) = args.repo.strip_prefix("ppa:") else {
        let invalid = || Failure::new(format!("Invalid repository string: {}", args.repo));
        return normal(&args.repo).ok_or_else(invalid);
    };
    if args.state == State::Present {
        return Err(Failure::new(format!(
            "ppa:{ppa}: the key of a PPA has to be asked of Launchpad, which this module does not do; give the \
             source line, and its key with get_url or apt_key"
        )));
    }
    let (owner, name) = ppa.split_once('/').unwrap_or((ppa, "ppa"));
    let codename = match &args.codename {
        Some(codename) => codename.clone(),
        None => codename(sys)?,
    };
    Ok(format!("deb https://ppa.launchpadcontent.net/{owner}/{name}/ubuntu {codename} main"))
}

fn codename(sys: &System) -> Result<String, Failure> {
    let text = sys.read_text("/etc/os-release")?;
    let value = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    Ok(value.unwrap_or_default().trim_matches('"').to_owned())
}

fn target(args: &Args, source: &str) -> PathBuf {
    match &args.filename {
        Some(name) if name.contains('/') => PathBuf::from(format!("{name}.list")),
        Some(name) => Path::new(PARTS).join(format!("{name}.list")),
        None => Path::new(PARTS).join(file_name(source)),
    }
}

fn write(changes: &[Change], mode: Option<u32>, sys: &System) -> Result<(), Failure> {
    for change in changes {
        if change.after.is_empty() {
            sys.remove_file(&change.path)?;
            continue;
        }
        sys.atomic_write(&change.path, &mut change.after.as_bytes(), false)?;
        if change.new {
            sys.set_mode(&change.path, mode.unwrap_or(0o644))?;
        }
    }
    Ok(())
}

/// A source apt cannot use would break every later call of apt.
fn revert(changes: &[Change], sys: &System) -> Result<(), Failure> {
    for change in changes {
        if change.new {
            sys.remove_file(&change.path)?;
        } else {
            sys.atomic_write(&change.path, &mut change.before.as_bytes(), false)?;
        }
    }
    Ok(())
}

fn update(args: &Args, sys: &System) -> Result<(), Failure> {
    let mut said = String::new();
    for round in 0..args.update_cache_retries {
        let output = apt_run::command(sys, ["apt-get", "update", "-q"]).run()?;
        if output.rc == 0 {
            return Ok(());
        }
        said = output.stderr_text().trim().to_owned();
        sys.warn(format!("Failed to update cache after {} due to {said} retry, retrying", round + 1));
        let delay = 2_u64.saturating_pow(round).min(args.update_cache_retry_max_delay);
        std::thread::sleep(Duration::from_secs(delay));
    }
    Err(Failure::new(format!(
        "Failed to update apt cache after {} retries: {said}",
        args.update_cache_retries
    )))
}
