//! `sysctl`: kernel parameters, in their file and in the running kernel.

use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};
use std::path::PathBuf;

/// Manage kernel parameters.
#[derive(Clone, Debug, ModuleArgs)]
#[args(required_if("state", "present", ["value"]))]
pub(crate) struct Args {
    /// The parameter, with dots.
    #[arg(alias = "key")]
    name: String,
    /// Its value.
    #[arg(alias = "val")]
    value: Option<String>,
    /// Whether the file is to hold it.
    #[arg(default = "present")]
    state: State,
    /// Load the file after a change.
    #[arg(default = true)]
    reload: bool,
    /// Set the value in the kernel too.
    #[arg(default = false)]
    sysctl_set: bool,
    /// Go on when the kernel does not know the parameter.
    #[arg(default = false)]
    ignoreerrors: bool,
    /// The file.
    #[arg(default = "/etc/sysctl.conf")]
    sysctl_file: PathBuf,
}

/// Whether the file is to hold the parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Present,
    Absent,
}

pub(crate) fn plan(mut args: Args, sys: &System) -> Result<Plan, Failure> {
    args.name = args.name.trim().to_owned();
    if args.name.is_empty() {
        return Err("name cannot be blank.".into());
    }
    let value = args.value.as_deref().map(normal);
    if args.state == State::Present && value.as_deref() == Some("") {
        return Err("value cannot be blank.".into());
    }
    if [Some(args.name.as_str()), value.as_deref()].iter().flatten().any(|text| text.contains('\n')) {
        return Err("name and value cannot hold line breaks".into());
    }
    let text = if sys.exists(&args.sysctl_file) { sys.read_text(&args.sysctl_file)? } else { String::new() };
    let live = live(&args, sys)?;
    let steps = Steps::of(&args, value.as_deref(), in_file(&text, &args.name), live.as_deref());
    if !steps.any() {
        return Ok(Plan::done(ModuleResult::unchanged()));
    }
    let wanted = value.clone().filter(|_| args.state == State::Present);
    Ok(Plan::change(ModuleResult::changed(), move |sys, result| {
        if let (true, Some(value)) = (steps.set, &value) {
            set(&args, value, sys)?;
        }
        if steps.write {
            let text = rewritten(&text, &args.name, wanted.as_deref());
            sys.atomic_write(&args.sysctl_file, &mut text.as_bytes(), false)?;
        }
        if args.reload {
            reload(&args, sys)?;
        }
        Ok(result)
    }))
}

/// Truth values become 1 and 0.
fn normal(value: &str) -> String {
    match value.trim().to_lowercase().as_str() {
        "y" | "yes" | "on" | "true" | "t" | "1" => "1".to_owned(),
        "n" | "no" | "off" | "false" | "f" | "0" => "0".to_owned(),
        _ => value.trim().to_owned(),
    }
}

fn same(left: Option<&str>, right: Option<&str>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => left.split_whitespace().eq(right.split_whitespace()),
        _ => false,
    }
}

/// What is to be done.
struct Steps {
    write: bool,
    set: bool,
    load: bool,
}

impl Steps {
    fn of(args: &Args, value: Option<&str>, filed: Option<&str>, live: Option<&str>) -> Self {
        let present = args.state == State::Present;
        let write = match filed {
            None => present,
            Some(_) if !present => true,
            Some(_) => !same(filed, value),
        };
        let differs = present && !same(live, value);
        Self {
            write,
            set: args.sysctl_set && differs && live.is_some(),
            load: (args.reload || args.sysctl_set) && differs,
        }
    }

    fn any(&self) -> bool {
        self.write || self.set || self.load
    }
}

fn live(args: &Args, sys: &System) -> Result<Option<String>, Failure> {
    let program = sys.require_bin("sysctl")?;
    let output = sys.command([program.as_str(), "-e", "-n", &args.name]).run()?;
    Ok((output.rc == 0).then(|| output.stdout_text()))
}

fn words<'a>(args: &'a Args, program: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec![program];
    if args.ignoreerrors {
        words.push("-e");
    }
    words.extend(rest);
    words
}

fn set(args: &Args, value: &str, sys: &System) -> Result<(), Failure> {
    let program = sys.require_bin("sysctl")?;
    let setting = format!("{}={value}", args.name);
    let output = sys.command(words(args, &program, &["-w", &setting])).c_locale().run()?;
    let (out, err) = (output.stdout_text(), output.stderr_text());
    if output.rc == 0 && !complains(&err) {
        return Ok(());
    }
    Err(Failure::new(format!("setting {} failed: {out}{err}", args.name)))
}

fn reload(args: &Args, sys: &System) -> Result<(), Failure> {
    let program = sys.require_bin("sysctl")?;
    let file = args.sysctl_file.to_string_lossy();
    let output = sys.command(words(args, &program, &["-p", &file])).c_locale().run()?;
    let (out, err) = (output.stdout_text(), output.stderr_text());
    if (output.rc == 0 && !complains(&err)) || args.ignoreerrors {
        return Ok(());
    }
    Err(Failure::new(format!("Failed to reload sysctl: {out}{err}")))
}

/// Some versions exit with 0 although they could not set a value.
fn complains(errors: &str) -> bool {
    errors.lines().any(|line| line.starts_with("sysctl: setting key") && !line.contains("ignoring"))
}

/// A line's parameter and value.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    line.split_once('=').map(|(name, value)| (name.trim(), value.trim()))
}

fn in_file<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().filter_map(setting).filter(|(known, _)| *known == name).last().map(|(_, value)| value)
}

/// The file with the value in place of the parameter's first line (or at the end), or without it.
/// Settings come out as `name=value`, and only the first of each name, as from Ansible.
fn rewritten(text: &str, name: &str, value: Option<&str>) -> String {
    let mut out = String::new();
    let mut seen: Vec<&str> = Vec::new();
    for line in text.lines() {
        let Some((key, found)) = setting(line) else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let kept = if key == name { value } else { Some(found) };
        if let Some(kept) = kept {
            out.push_str(&format!("{key}={kept}\n"));
        }
    }
    if let (false, Some(value)) = (seen.contains(&name), value) {
        out.push_str(&format!("{name}={value}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{in_file, normal, rewritten, same};

    #[test]
    fn the_file_is_rewritten() {
        let text = "# a\n; b\nnet.x = 1\nvm.y=2\nnet.x=3\n\nodd";
        assert_eq!(in_file(text, "net.x"), Some("3"));
        assert_eq!(rewritten(text, "net.x", Some("5 6")), "# a\n; b\nnet.x=5 6\nvm.y=2\n\nodd\n");
        assert_eq!(rewritten(text, "net.x", None), "# a\n; b\nvm.y=2\n\nodd\n");
        assert_eq!(rewritten("a=1", "b", Some("2")), "a=1\nb=2\n");
        assert_eq!(rewritten("", "b", None), "");
    }

    #[test]
    fn values_are_compared_as_words() {
        assert!(same(Some("4096\t87380  6291456\n"), Some("4096 87380 6291456")));
        assert!(!same(Some("1"), None));
        for (given, value) in [("True", "1"), ("no", "0"), (" 10 ", "10"), ("on", "1")] {
            assert_eq!(normal(given), value);
        }
    }
}
