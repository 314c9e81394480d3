//! `selinux`: the mode and policy of SELinux.

use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};

/// Change the mode and policy of SELinux.
#[derive(Clone, Debug, ModuleArgs)]
#[args(required_if("state", "enforcing", ["policy"]), required_if("state", "permissive", ["policy"]))]
pub(crate) struct Args {
    /// The policy.
    policy: Option<String>,
    /// The mode.
    state: Mode,
    /// The file that keeps both.
    #[arg(default = "/etc/selinux/config", aliases("conf", "file"), ty = "path")]
    configfile: String,
    /// Switch SELinux in the boot loader's arguments too.
    #[arg(default = false)]
    update_kernel_param: bool,
}

/// What SELinux does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Mode {
    Enforcing,
    Permissive,
    Disabled,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if args.update_kernel_param {
        return Err(
            "update_kernel_param is not supported yet: change the boot loader's arguments with grubby".into(),
        );
    }
    if !sys.exists(&args.configfile) {
        return Err(Failure::new(format!(
            "Unable to find file {}: SELinux is not installed on this host",
            args.configfile
        )));
    }
    let text = sys.read_text(&args.configfile)?;
    let enforce = sys.read_text("/sys/fs/selinux/enforce").ok();
    let live = match enforce.as_deref().map(str::trim) {
        Some("1") => Mode::Enforcing,
        Some(_) => Mode::Permissive,
        None => Mode::Disabled,
    };
    let policy = args.policy.clone().or_else(|| setting(&text, "SELINUXTYPE").map(str::to_owned));
    let after = with(&text, "SELINUX", args.state.as_str());
    let after = match &policy {
        Some(policy) => with(&after, "SELINUXTYPE", policy),
        None => after,
    };
    let switch = live != args.state && live != Mode::Disabled && args.state != Mode::Disabled;
    let reboot = (live == Mode::Disabled) != (args.state == Mode::Disabled);
    let mut said = Vec::new();
    if switch {
        said.push(format!("SELinux state changed from '{live}' to '{}'", args.state));
    }
    if after != text {
        let before = setting(&text, "SELINUX").unwrap_or_default();
        said.push(format!("Config SELinux state changed from '{before}' to '{}'", args.state));
    }
    let result = ModuleResult { changed: switch || after != text, ..ModuleResult::default() }
        .with("msg", said.join(", "))
        .with("configfile", args.configfile.as_str())
        .with("policy", policy)
        .with("state", args.state.as_str())
        .with("reboot_required", reboot);
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        if after != text {
            sys.atomic_write(&args.configfile, &mut after.as_bytes(), false)?;
        }
        if switch {
            let value = if args.state == Mode::Enforcing { "1" } else { "0" };
            sys.command([sys.require_bin("setenforce")?.as_str(), value]).c_locale().run_checked()?;
        }
        Ok(result)
    }))
}

fn setting<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('=')).map(str::trim)
}

fn with(text: &str, name: &str, value: &str) -> String {
    if setting(text, name) == Some(value) {
        return text.to_owned();
    }
    let ours = |line: &str| line.trim().strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    let mut out: String = text
        .lines()
        .map(|line| if ours(line) { format!("{name}={value}\n") } else { format!("{line}\n") })
        .collect();
    if setting(text, name).is_none() {
        out.push_str(&format!("{name}={value}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn the_file_is_changed() {
        let text = "# c\nSELINUX=enforcing\nSELINUXTYPE=targeted\n";
        assert_eq!(with(text, "SELINUX", "permissive"), "# c\nSELINUX=permissive\nSELINUXTYPE=targeted\n");
        assert_eq!(with(text, "SELINUXTYPE", "targeted"), text);
        assert_eq!(with("", "SELINUX", "disabled"), "SELINUX=disabled\n");
    }
}
