//! `modprobe`: kernel modules, now and at boot.

use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};
use std::path::PathBuf;

/// Load or unload kernel modules.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The module.
    name: String,
    /// Whether it is to be loaded.
    #[arg(default = "present")]
    state: State,
    /// Its parameters.
    #[arg(default = "")]
    params: String,
    /// Whether it is loaded at boot.
    #[arg(default = "disabled")]
    persistent: Persistent,
}

/// Whether the module is to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

/// Whether the module is loaded at boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Persistent {
    Disabled,
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if args.name.is_empty() || args.name.contains(['/', '\n']) || args.params.contains('\n') {
        return Err(Failure::new(format!("'{}' is no kernel module's name", args.name)));
    }
    let live = loaded(&args.name, sys) != (args.state == State::Present);
    let files = files(&args, sys)?;
    let result = ModuleResult { changed: live || !files.is_empty(), ..ModuleResult::default() }
        .with("name", args.name.as_str())
        .with("params", args.params.as_str())
        .with("state", args.state.as_str());
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        if live {
            switch(&args, &result, sys)?;
        }
        for (path, content) in &files {
            let new = !sys.exists(path);
            sys.atomic_write(path, &mut content.as_bytes(), false)?;
            if new {
                sys.set_mode(path, 0o644)?;
            }
        }
        Ok(result)
    }))
}

fn loaded(name: &str, sys: &System) -> bool {
    let name = name.replace('-', "_");
    let now = sys.read_text("/proc/modules").unwrap_or_default();
    if now.lines().any(|line| line.split(' ').next() == Some(name.as_str())) {
        return true;
    }
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let builtin = sys.read_text(format!("/lib/modules/{release}/modules.builtin")).unwrap_or_default();
    builtin.lines().any(|line| {
        let file = line.rsplit('/').next().unwrap_or_default();
        file.split(".ko").next().is_some_and(|module| module.replace('-', "_") == name)
    })
}

fn switch(args: &Args, result: &ModuleResult, sys: &System) -> Result<(), Failure> {
    let mut words = vec![sys.require_bin("modprobe")?];
    if args.state == State::Absent {
        words.push("-r".to_owned());
    }
    words.push(args.name.clone());
    if args.state == State::Present {
        words.extend(crate::text::shlex::split(&args.params).map_err(Failure::new)?);
    }
    let output = sys.command(words).c_locale().run()?;
    if output.rc == 0 {
        return Ok(());
    }
    Err(Failure::new(output.stderr_text())
        .with_all(result.fields.clone())
        .with("stdout", output.stdout_text())
        .with("stderr", output.stderr_text())
        .rc(output.rc))
}

const LOAD: &str = "/etc/modules-load.d";
const OPTIONS: &str = "/etc/modprobe.d";

/// The files to be written, with their content.
fn files(args: &Args, sys: &System) -> Result<Vec<(PathBuf, String)>, Failure> {
    match args.persistent {
        Persistent::Disabled => Ok(Vec::new()),
        Persistent::Present => {
            let wanted = [
                (LOAD, args.name.clone(), true),
                (OPTIONS, format!("options {} {}", args.name, args.params), !args.params.is_empty()),
            ];
            let mut files = Vec::new();
            for (dir, line, needed) in wanted {
                let known =
                    confs(dir, sys)?.iter().any(|(_, text)| text.lines().any(|found| is(found, &line)));
                if needed && !known {
                    files.push((PathBuf::from(dir).join(format!("{}.conf", args.name)), format!("{line}\n")));
                }
            }
            Ok(files)
        }
        Persistent::Absent => {
            let mut files = disabled(confs(LOAD, sys)?, |line| is(line, &args.name));
            let prefix = format!("options {}", args.name);
            files.extend(disabled(confs(OPTIONS, sys)?, |line| {
                line.trim()
                    .strip_prefix(&prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
            }));
            Ok(files)
        }
    }
}

/// Whether a line says this, a comment aside.
fn is(line: &str, wanted: &str) -> bool {
    let line = line.split(['#', ';']).next().unwrap_or_default();
    line.split_whitespace().eq(wanted.split_whitespace())
}

fn confs(dir: &str, sys: &System) -> Result<Vec<(PathBuf, String)>, Failure> {
    if !sys.is_dir(dir) {
        return Ok(Vec::new());
    }
    let paths =
        sys.read_dir(dir)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "conf"));
    paths.map(|path| Ok((path.clone(), sys.read_text(&path)?))).collect()
}

/// The files in which a line matches, with these lines made comments.
fn disabled(confs: Vec<(PathBuf, String)>, matches: impl Fn(&str) -> bool) -> Vec<(PathBuf, String)> {
    let rewrite = |text: &str| {
        text.lines()
            .map(|line| if matches(line) { format!("#{line}\n") } else { format!("{line}\n") })
            .collect()
    };
    let affected = confs.into_iter().filter(|(_, text)| text.lines().any(&matches));
    affected.map(|(path, text)| (path, rewrite(&text))).collect()
}

#[cfg(test)]
mod tests {
    use super::{disabled, is};

    #[test]
    fn lines_are_found_and_disabled() {
        assert!(is("br_netfilter  # why", "br_netfilter"));
        assert!(!is("#br_netfilter", "br_netfilter"));
        let confs = vec![("a".into(), "x\nbr\n".to_owned()), ("b".into(), "y\n".to_owned())];
        let files = disabled(confs, |line| is(line, "br"));
        assert_eq!(files, [("a".into(), "x\n#br\n".to_owned())]);
    }
}
