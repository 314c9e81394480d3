//! `timezone`: the time zone, and how the hardware clock counts.

use crate::args::{Choice, ModuleArgs};
use crate::{Diff, Failure, ModuleResult, Plan, System};

/// Set the time zone and the hardware clock's mode.
#[derive(Clone, Debug, ModuleArgs)]
#[args(required_one_of("hwclock", "name"))]
pub(crate) struct Args {
    /// The zone, such as `Europe/Berlin`.
    name: Option<String>,
    /// What the hardware clock counts in.
    #[arg(alias = "rtc")]
    hwclock: Option<Clock>,
}

/// What the hardware clock counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Clock {
    #[choice("local")]
    Local,
    #[choice("UTC")]
    Utc,
}

const ZONES: &str = "/usr/share/zoneinfo";

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let managed = sys.exists("/run/systemd/system") && sys.bin_path("timedatectl").is_some();
    if args.hwclock.is_some() && !managed {
        return Err("hwclock is only supported on hosts that systemd runs".into());
    }
    if let Some(name) = &args.name {
        let unsafe_name =
            name.is_empty() || name.starts_with('/') || name.split('/').any(|part| part == "..");
        if unsafe_name || !sys.exists(format!("{ZONES}/{name}")) {
            return Err(Failure::new(format!("given timezone \"{name}\" is not available")));
        }
    }
    let (zone, clock) = found(managed, sys)?;
    let mut diff = Diff::default();
    let mut commands: Vec<Vec<String>> = Vec::new();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    if let Some(name) = args.name.as_ref().filter(|name| **name != zone) {
        diff.set("name", zone.as_str(), name.as_str());
        if managed {
            commands.push(words(&["timedatectl", "set-timezone", name]));
        }
    }
    if let Some(wanted) = args.hwclock.filter(|wanted| Some(*wanted) != clock) {
        diff.set(
            "hwclock",
            clock.map_or("n/a", |clock| if clock == Clock::Utc { "UTC" } else { "local" }),
            wanted.as_str(),
        );
        commands.push(words(&[
            "timedatectl",
            "set-local-rtc",
            if wanted == Clock::Local { "yes" } else { "no" },
        ]));
    }
    let by_file = args.name.clone().filter(|name| !managed && *name != zone);
    if commands.is_empty() && by_file.is_none() {
        return Ok(Plan::done(ModuleResult::unchanged()));
    }
    Ok(Plan::change(ModuleResult::changed().with_diff(diff), move |sys, result| {
        for command in commands {
            sys.command(command).c_locale().run_checked()?;
        }
        if let Some(name) = by_file {
            set_by_file(&name, sys)?;
        }
        Ok(result)
    }))
}

/// The zone and the clock's mode, as systemd or the files say.
fn found(managed: bool, sys: &System) -> Result<(String, Option<Clock>), Failure> {
    if managed {
        let output = sys.command(["timedatectl", "show"]).c_locale().run_checked()?.stdout_text();
        let value = |name: &str| output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let clock = value("LocalRTC").map(|flag| if flag == "yes" { Clock::Local } else { Clock::Utc });
        return Ok((value("Timezone").unwrap_or_default().to_owned(), clock));
    }
    if sys.exists("/etc/timezone") {
        return Ok((sys.read_text("/etc/timezone")?.trim().to_owned(), None));
    }
    let target = sys.real_path("/etc/localtime").to_string_lossy().into_owned();
    Ok((target.split("zoneinfo/").nth(1).unwrap_or("n/a").to_owned(), None))
}

fn set_by_file(name: &str, sys: &System) -> Result<(), Failure> {
    let link = "/etc/localtime.rplay";
    sys.remove_file(link)?;
    sys.symlink(format!("{ZONES}/{name}"), link)?;
    sys.rename(link, "/etc/localtime")?;
    if sys.exists("/etc/timezone") {
        sys.atomic_write("/etc/timezone", &mut format!("{name}\n").as_bytes(), false)?;
    }
    Ok(())
}
