//! `cron`: jobs and variables of crontabs.

use super::crontab::{Crontab, Place, without_remarks};
use crate::args::{Choice, ModuleArgs};
use crate::{Diff, Failure, ModuleResult, Plan, System};
use std::path::{Path, PathBuf};

/// Manage crontab entries.
#[derive(Clone, Debug, ModuleArgs)]
#[args(mutually_exclusive("insertafter", "insertbefore"))]
pub(crate) struct Args {
    /// What the entry is known by; with `env`, the variable.
    name: String,
    /// Whose crontab; with `cron_file`, who runs the job.
    user: Option<String>,
    /// The command, or the variable's value.
    #[arg(alias = "value")]
    job: Option<String>,
    /// A file of its own: a path, or a name in `/etc/cron.d`.
    #[arg(ty = "path")]
    cron_file: Option<String>,
    /// Whether the entry is to exist.
    #[arg(default = "present")]
    state: State,
    /// Copy the crontab first.
    #[arg(default = false)]
    backup: bool,
    /// Minutes.
    #[arg(default = "*")]
    minute: String,
    /// Hours.
    #[arg(default = "*")]
    hour: String,
    /// Days of the month.
    #[arg(default = "*", alias = "dom")]
    day: String,
    /// Months.
    #[arg(default = "*")]
    month: String,
    /// Days of the week.
    #[arg(default = "*", alias = "dow")]
    weekday: String,
    /// A time by name.
    special_time: Option<Special>,
    /// Comment the job out.
    #[arg(default = false)]
    disabled: bool,
    /// The entry is a variable.
    #[arg(default = false)]
    env: bool,
    /// The variable goes after this one.
    insertafter: Option<String>,
    /// The variable goes before this one.
    insertbefore: Option<String>,
}

/// Whether the entry is to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Present,
    Absent,
}

/// Times by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Special {
    Reboot,
    Yearly,
    Annually,
    Monthly,
    Weekly,
    Daily,
    Hourly,
}

/// Where the entries lie.
enum Store {
    File(PathBuf),
    /// `crontab`, with the user when it is another's.
    Command(Vec<String>),
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    check(&args, sys)?;
    let store = store(&args, sys)?;
    let before = read(&store, sys)?;
    let mut tab = Crontab::parse(&before);
    let mut changed = change(&mut tab, &args)?;
    let removes_file = changed && args.state == State::Absent && !args.env && tab.is_empty();
    if let (true, Store::File(path)) = (removes_file, &store) {
        return Ok(remove_file(&args, path.clone(), before));
    }
    // cron ignores a last line without an end.
    changed |= !before.is_empty() && !before.ends_with(['\r', '\n']);
    let mut result = ModuleResult { changed, ..ModuleResult::default() };
    result.set("jobs", tab.jobs());
    result.set("envs", tab.variables());
    if let Some(file) = &args.cron_file {
        result.set("cron_file", file.as_str());
    }
    if !changed {
        return Ok(Plan::done(result));
    }
    let after = tab.render();
    let header = header(&args, &store);
    let result = result
        .with_diff(Diff::new(before.as_str(), after.as_str()).headers(header.as_str(), header.as_str()));
    Ok(Plan::change(result, move |sys, mut result| {
        if args.backup {
            result.set("backup_file", back_up(&before, sys)?);
        }
        write(&store, &after, sys)?;
        Ok(result)
    }))
}

fn check(args: &Args, sys: &System) -> Result<(), Failure> {
    if let Some(file) = &args.cron_file {
        if file == "/etc/crontab" {
            return Err("Will not manage /etc/crontab via cron_file, see documentation.".into());
        }
        let name = file.rsplit('/').next().unwrap_or_default();
        if name.is_empty()
            || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
        {
            sys.warn(format!(
                "Filename portion of cron_file (\"{name}\") should consist solely of upper- and lower-case \
                 letters, digits, underscores, and hyphens"
            ));
        }
    }
    let times = [&args.minute, &args.hour, &args.day, &args.month, &args.weekday];
    if args.special_time.is_some() && times.iter().any(|time| *time != "*") {
        return Err("You cannot combine special_time with any of the time or day/date parameters.".into());
    }
    if args.state == State::Present {
        if args.cron_file.is_some() && args.user.is_none() {
            return Err("To use cron_file=... parameter you must specify user=... as well".into());
        }
        if args.job.is_none() {
            return Err("You must specify 'job' to install a new cron job or variable".into());
        }
    }
    if (args.insertafter.is_some() || args.insertbefore.is_some())
        && !args.env
        && args.state == State::Present
    {
        return Err("Insertafter and insertbefore parameters are valid only with env=yes".into());
    }
    let breaks = |text: &str| text.trim_matches(['\r', '\n']).contains(['\r', '\n']);
    if args.job.as_deref().is_some_and(breaks) && !args.env {
        sys.warn("Job should not contain line breaks");
    }
    if breaks(&args.name) || args.user.as_deref().is_some_and(breaks) {
        return Err("name and user cannot hold line breaks: a crontab's entry is one line".into());
    }
    Ok(())
}

fn store(args: &Args, sys: &System) -> Result<Store, Failure> {
    if let Some(file) = &args.cron_file {
        return Ok(Store::File(Path::new("/etc/cron.d").join(file)));
    }
    let mut words = vec![sys.require_bin("crontab")?];
    let me = sys.user_name(sys.effective_user());
    if let Some(user) = args.user.as_ref().filter(|user| me.as_ref() != Some(*user)) {
        words.extend(["-u".to_owned(), user.clone()]);
    }
    Ok(Store::Command(words))
}

fn read(store: &Store, sys: &System) -> Result<String, Failure> {
    match store {
        Store::File(path) if sys.exists(path) => Ok(sys.read_text(path)?),
        Store::File(_) => Ok(String::new()),
        Store::Command(words) => {
            let words = words.iter().map(String::as_str).chain(["-l"]);
            let output = sys.command(words).c_locale().run()?;
            // 1: there are no entries yet.
            if ![0, 1].contains(&output.rc) {
                let failure = Failure::new("Unable to read crontab").rc(output.rc);
                return Err(failure.with("stderr", output.stderr_text()));
            }
            Ok(without_remarks(&output.stdout_text()))
        }
    }
}

fn change(tab: &mut Crontab, args: &Args) -> Result<bool, Failure> {
    let job = args.job.as_deref().unwrap_or_default();
    match (args.env, args.state) {
        (true, State::Present) => {
            if args.name.contains(' ') {
                return Err("Invalid name for environment variable".into());
            }
            let place = match (&args.insertafter, &args.insertbefore) {
                (Some(other), _) => Place::After(other),
                (None, Some(other)) => Place::Before(other),
                (None, None) => Place::First,
            };
            Ok(tab.set_variable(&args.name, &format!("\"{job}\""), place)?)
        }
        (true, State::Absent) => Ok(tab.remove_variable(&args.name)),
        (false, State::Present) => {
            let mark = args.name.trim_matches(['\r', '\n']);
            Ok(tab.set_job(mark, &line(args, job.trim_matches(['\r', '\n']))))
        }
        (false, State::Absent) => Ok(tab.remove_job(&args.name)),
    }
}

/// The job's line; files name the user too.
fn line(args: &Args, job: &str) -> String {
    let time = match args.special_time {
        Some(special) => format!("@{special}"),
        None => {
            [&args.minute, &args.hour, &args.day, &args.month, &args.weekday].map(String::as_str).join(" ")
        }
    };
    let disabled = if args.disabled { "#" } else { "" };
    match args.user.as_ref().filter(|_| args.cron_file.is_some()) {
        Some(user) => format!("{disabled}{time} {user} {job}"),
        None => format!("{disabled}{time} {job}"),
    }
}

fn header(args: &Args, store: &Store) -> String {
    match (store, &args.user) {
        (Store::File(path), _) => path.to_string_lossy().into_owned(),
        (Store::Command(_), Some(user)) => format!("crontab for user \"{user}\""),
        (Store::Command(_), None) => "crontab".to_owned(),
    }
}

fn remove_file(args: &Args, path: PathBuf, before: String) -> Plan {
    let diff = Diff::new(before.as_str(), "").headers(path.to_string_lossy(), "/dev/null");
    let result = ModuleResult::changed()
        .with("cron_file", args.cron_file.clone())
        .with("state", args.state.as_str())
        .with_diff(diff);
    let backup = args.backup;
    Plan::change(result, move |sys, mut result| {
        if backup {
            result.set("backup_file", back_up(&before, sys)?);
        }
        sys.remove_file(&path)?;
        Ok(result)
    })
}

/// Keeps the old content where only this user reads it, beyond the call.
fn back_up(before: &str, sys: &System) -> Result<String, Failure> {
    let stamp = sys.now().strftime("%Y%m%d%H%M%S%6f").to_string();
    let path = std::env::temp_dir().join(format!("crontab{}-{stamp}", std::process::id()));
    sys.atomic_write(&path, &mut before.as_bytes(), false)?;
    sys.set_mode(&path, 0o600)?;
    Ok(path.to_string_lossy().into_owned())
}

fn write(store: &Store, content: &str, sys: &System) -> Result<(), Failure> {
    match store {
        Store::File(path) => {
            let new = !sys.exists(path);
            sys.atomic_write(path, &mut content.as_bytes(), false)?;
            if new {
                sys.set_mode(path, 0o644)?;
            }
            Ok(())
        }
        Store::Command(words) => {
            let words = words.iter().map(String::as_str).chain(["-"]);
            let output = sys.command(words).c_locale().stdin(content).run()?;
            if output.rc == 0 {
                return Ok(());
            }
            Err(Failure::new("Failed to install new cronfile")
                .with("stderr", output.stderr_text())
                .with("stdout", output.stdout_text())
                .rc(output.rc))
        }
    }
}
