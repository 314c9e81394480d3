//! `seboolean`: switches of the SELinux policy.

use crate::args::ModuleArgs;
use crate::{Failure, ModuleResult, Plan, System};

/// Switch an SELinux boolean.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The boolean.
    name: String,
    /// Its value.
    state: bool,
    /// Keep it beyond the next boot.
    #[arg(default = false)]
    persistent: bool,
    /// Go on although SELinux is not enabled.
    #[arg(default = false)]
    ignore_selinux_state: bool,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let enabled = sys.exists("/sys/fs/selinux/enforce") || sys.exists("/selinux/enforce");
    if !enabled && !args.ignore_selinux_state {
        return Err("SELinux is disabled on this host.".into());
    }
    let result = ModuleResult::unchanged()
        .with("name", args.name.as_str())
        .with("persistent", args.persistent)
        .with("state", args.state);
    let live = live(&args.name, sys)?;
    let kept = if args.persistent { kept(&args.name, sys)? } else { Some(args.state) };
    if live == Some(args.state) && kept == Some(args.state) {
        return Ok(Plan::done(result));
    }
    if live.is_none() && enabled {
        return Err(Failure::new(format!("SELinux boolean {} does not exist.", args.name)));
    }
    Ok(Plan::change(ModuleResult { changed: true, ..result }, move |sys, result| {
        let mut words = vec![sys.require_bin("setsebool")?];
        if args.persistent {
            words.push("-P".to_owned());
        }
        words.push(format!("{}={}", args.name, if args.state { "1" } else { "0" }));
        let output = sys.command(words).c_locale().run()?;
        if output.rc == 0 {
            return Ok(result);
        }
        let why = output.stderr_text();
        Err(Failure::new(format!("Failed to set boolean {} to {}: {}", args.name, args.state, why.trim()))
            .rc(output.rc))
    }))
}

/// The value in the kernel; `None` when the policy has no such boolean.
fn live(name: &str, sys: &System) -> Result<Option<bool>, Failure> {
    let output = sys.command([sys.require_bin("getsebool")?.as_str(), name]).c_locale().run()?;
    Ok(if output.rc == 0 { parse(&output.stdout_text()) } else { None })
}

fn parse(said: &str) -> Option<bool> {
    match said.trim().rsplit(' ').next() {
        Some("on") => Some(true),
        Some("off") => Some(false),
        _ => None,
    }
}

/// The value the next boot starts with; without semanage it is taken as unlike, and set.
fn kept(name: &str, sys: &System) -> Result<Option<bool>, Failure> {
    let Some(program) = sys.bin_path("semanage") else { return Ok(None) };
    let shown = sys.command([program.as_str(), "boolean", "-l", "-n"]).c_locale().run()?.stdout_text();
    Ok(parse_kept(&shown, name))
}

/// Reads `name   (on   ,  off)  text`: the second word is the value kept.
fn parse_kept(shown: &str, name: &str) -> Option<bool> {
    let line = shown.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    let (_, values) = line.split_once('(')?;
    let (_, kept) = values.split_once(')')?.0.split_once(',')?;
    parse(kept)
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_kept};

    #[test]
    fn values_are_read() {
        assert_eq!(parse("httpd_can_network_connect --> on\n"), Some(true));
        let shown = "ftp_home_dir                   (off  ,   on)  Allow ftp\n";
        assert_eq!(parse_kept(shown, "ftp_home_dir"), Some(true));
        assert_eq!(parse_kept(shown, "other"), None);
    }
}
