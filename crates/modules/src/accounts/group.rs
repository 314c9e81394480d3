//! `group`: groups.

use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};

/// Add, change or remove groups.
#[derive(Clone, Debug, ModuleArgs)]
#[args(required_if("non_unique", true, ["gid"]))]
pub(crate) struct Args {
    /// Whether the group is to exist.
    #[arg(default = "present")]
    state: State,
    /// The group.
    name: String,
    /// Remove it although it is somebody's primary group.
    #[arg(default = false)]
    force: bool,
    /// Its number.
    gid: Option<u32>,
    /// Take the number from those of the system.
    #[arg(default = false)]
    system: bool,
    /// Use libuser's tools and only look at local files.
    #[arg(default = false)]
    local: bool,
    /// Allow a number that another group has.
    #[arg(default = false)]
    non_unique: bool,
    /// The smallest number to take.
    gid_min: Option<u32>,
    /// The greatest number to take.
    gid_max: Option<u32>,
}

/// Whether an account is to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    refuse_contradictions(&args)?;
    let found = gid(&args, sys);
    let command = match (args.state, found) {
        (State::Absent, None) => None,
        (State::Absent, Some(_)) => Some(delete(&args, sys)?),
        (State::Present, None) => Some(add(&args, sys)?),
        (State::Present, Some(gid)) => modify(&args, gid, sys)?,
    };
    let Some(command) = command else { return Ok(Plan::done(report(&args, found, false))) };
    let creates_or_removes = found.is_none() || args.state == State::Absent;
    let predicted =
        if creates_or_removes { ModuleResult::changed() } else { report(&args, args.gid.or(found), true) };
    Ok(Plan::change(predicted, move |sys, _| {
        let output = sys.command(command).run()?;
        let (out, err) = (output.stdout_text(), output.stderr_text());
        if output.rc != 0 {
            return Err(Failure::new(err).with("name", args.name));
        }
        let mut result = report(&args, gid(&args, sys), true);
        for (key, text) in [("stdout", out), ("stderr", err)] {
            if !text.is_empty() {
                result.set(key, text);
            }
        }
        Ok(result)
    }))
}

fn report(args: &Args, gid: Option<u32>, changed: bool) -> ModuleResult {
    let mut result = ModuleResult { changed, ..ModuleResult::default() };
    result.set("name", args.name.as_str());
    result.set("state", args.state.as_str());
    if let Some(gid) = gid {
        result.set("system", args.system);
        result.set("gid", gid);
    }
    result
}

fn refuse_contradictions(args: &Args) -> Result<(), Failure> {
    if !args.local {
        return Ok(());
    }
    if args.force {
        return Err(
            "force is not a valid option for local, force=True and local=True are mutually exclusive".into(),
        );
    }
    let given = [("gid_min", args.gid_min), ("gid_max", args.gid_max)];
    match given.iter().find(|(_, value)| value.is_some()) {
        Some((name, _)) => Err(Failure::new(format!("'{name}' can not be used with 'local'"))),
        None => Ok(()),
    }
}

/// The group's number, if it exists.
fn gid(args: &Args, sys: &System) -> Option<u32> {
    let local = || sys.groups().into_iter().find(|group| group.name == args.name);
    let found = if args.local { local() } else { sys.group(&args.name) };
    found.map(|group| group.gid)
}

fn delete(args: &Args, sys: &System) -> Result<Vec<String>, Failure> {
    let mut words = vec![sys.require_bin(if args.local { "lgroupdel" } else { "groupdel" })?];
    if args.force {
        words.push("-f".to_owned());
    }
    words.push(args.name.clone());
    Ok(words)
}

fn add(args: &Args, sys: &System) -> Result<Vec<String>, Failure> {
    refuse_taken_number(args, sys)?;
    let mut words = vec![sys.require_bin(if args.local { "lgroupadd" } else { "groupadd" })?];
    push_number(&mut words, args);
    if args.system {
        words.push("-r".to_owned());
    }
    for (name, value) in [("GID_MIN", args.gid_min), ("GID_MAX", args.gid_max)] {
        if let Some(value) = value {
            words.extend(["-K".to_owned(), format!("{name}={value}")]);
        }
    }
    words.push(args.name.clone());
    Ok(words)
}

fn modify(args: &Args, gid: u32, sys: &System) -> Result<Option<Vec<String>>, Failure> {
    if args.gid.is_none_or(|wanted| wanted == gid) {
        return Ok(None);
    }
    refuse_taken_number(args, sys)?;
    let mut words = vec![sys.require_bin(if args.local { "lgroupmod" } else { "groupmod" })?];
    push_number(&mut words, args);
    words.push(args.name.clone());
    Ok(Some(words))
}

fn push_number(words: &mut Vec<String>, args: &Args) {
    if let Some(gid) = args.gid {
        words.extend(["-g".to_owned(), gid.to_string()]);
        if args.non_unique {
            words.push("-o".to_owned());
        }
    }
}

/// libuser's tools take a number twice without a word.
fn refuse_taken_number(args: &Args, sys: &System) -> Result<(), Failure> {
    let Some(gid) = args.gid.filter(|gid| args.local && *gid != 0) else { return Ok(()) };
    match sys.groups().into_iter().find(|group| group.gid == gid && group.name != args.name) {
        Some(other) => Err(Failure::new(format!("GID '{gid}' already exists with group '{}'", other.name))),
        None => Ok(()),
    }
}
