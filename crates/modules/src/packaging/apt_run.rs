//! Running apt: the options all calls share, `policy-rc.d`, and what the result takes from the output.

use super::apt::{Args, State, Upgrade};
use super::apt_cache::Selection;
use crate::system::{Command, Output};
use crate::{Diff, Failure, ModuleResult, System};
use std::path::Path;
use std::time::{Duration, Instant};

/// apt with a task's arguments.
pub(super) struct Apt {
    pub(super) args: Args,
    apt_get: String,
    aptitude: Option<String>,
}

const NOTHING_DONE: &str = "\n0 upgraded, 0 newly installed, 0 to remove";
const APTITUDE_NOTHING_DONE: &str = "\n0 packages upgraded, 0 newly installed, 0 to remove";

/// A command of apt's family, untranslated and without questions.
pub(super) fn command<S: Into<String>>(sys: &System, words: impl IntoIterator<Item = S>) -> Command<'_> {
    sys.command(words)
        .c_locale()
        .env("LANGUAGE", "C")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("DEBIAN_PRIORITY", "critical")
}

/// Whether somebody else holds one of apt's or dpkg's locks.
pub(super) fn lock_held(errors: &str) -> bool {
    ["Could not get lock", "Unable to lock", "is another process using it", "locked by another process"]
        .iter()
        .any(|words| errors.contains(words))
}

impl Apt {
    pub(super) fn new(args: Args, sys: &System) -> Result<Self, Failure> {
        Ok(Self { args, apt_get: sys.require_bin("apt-get")?, aptitude: sys.bin_path("aptitude") })
    }

    fn start(&self, program: &str) -> Vec<String> {
        let mut words = vec![program.to_owned(), "-y".to_owned()];
        for option in self.args.dpkg_options.split(',').filter(|option| !option.is_empty()) {
            words.extend(["-o".to_owned(), format!("Dpkg::Options::=--{option}")]);
        }
        words.extend(["-o".to_owned(), format!("DPkg::Lock::Timeout={}", self.args.lock_timeout)]);
        words
    }

    /// Adds `word` for each condition that holds.
    fn flags(words: &mut Vec<String>, flags: &[(bool, &str)]) {
        words.extend(flags.iter().filter(|(wanted, _)| *wanted).map(|(_, word)| (*word).to_owned()));
    }

    /// Options of installing that stand after the packages.
    fn tail(&self, words: &mut Vec<String>) {
        let args = &self.args;
        if let Some(release) = &args.default_release {
            words.extend(["-t".to_owned(), release.clone()]);
        }
        if let Some(recommends) = args.install_recommends {
            let word = if recommends { "yes" } else { "no" };
            words.extend(["-o".to_owned(), format!("APT::Install-Recommends={word}")]);
        }
        let flags = [
            (args.allow_unauthenticated, "--allow-unauthenticated"),
            (args.allow_downgrade, "--allow-downgrades"),
            (args.allow_change_held_packages, "--allow-change-held-packages"),
        ];
        Self::flags(words, &flags);
    }

    /// Runs a changing command under the task's `policy-rc.d`, waiting for locks.
    pub(super) fn run(&self, words: &[String], sys: &System) -> Result<Output, Failure> {
        let limit = Instant::now() + Duration::from_secs(self.args.lock_timeout);
        let policy = Policy::set(self.args.policy_rc_d, sys)?;
        let output = loop {
            let output = command(sys, words.iter().map(String::as_str)).run()?;
            if output.rc == 0 || !lock_held(&output.stderr_text()) || Instant::now() >= limit {
                break output;
            }
            std::thread::sleep(Duration::from_millis(500));
        };
        policy.restore(sys)?;
        Ok(output)
    }

    /// The words of an installation of `packages`.
    pub(super) fn install_words(&self, packages: &[String], sys: &System) -> Vec<String> {
        let args = &self.args;
        let mut words = self.start(&self.apt_get);
        let building = args.state == State::BuildDep;
        let flags = [
            (args.only_upgrade, "--only-upgrade"),
            (args.state == State::Fixed, "--fix-broken"),
            (args.force, "--force-yes"),
            (args.autoremove && !building, "--auto-remove"),
            (args.fail_on_autoremove, "--no-remove"),
            (sys.check_mode(), "--simulate"),
        ];
        Self::flags(&mut words, &flags);
        words.push(if building { "build-dep" } else { "install" }.to_owned());
        words.extend(packages.iter().cloned());
        self.tail(&mut words);
        words
    }
}

/// Installs what was chosen.
pub(super) fn install(apt: &Apt, selection: &Selection, sys: &System) -> Result<ModuleResult, Failure> {
    let mut result = ModuleResult::unchanged();
    if !selection.words.is_empty() {
        let words = apt.install_words(&selection.words, sys);
        let output = apt.run(&words, sys)?;
        let out = output.stdout_text();
        if output.rc != 0 {
            return Err(failed(&words.join(" "), &output));
        }
        let building = apt.args.state == State::BuildDep;
        result = outputs(&output, sys);
        result.changed = !building || !out.contains(NOTHING_DONE);
    }
    if !sys.check_mode() {
        mark(&selection.to_mark, sys)?;
    }
    Ok(result)
}

/// Tells apt that packages are wanted for their own sake.
fn mark(packages: &[String], sys: &System) -> Result<(), Failure> {
    if packages.is_empty() {
        return Ok(());
    }
    let Some(program) = sys.bin_path("apt-mark") else {
        sys.warn("Could not find apt-mark binary, not marking package(s) as manually installed.");
        return Ok(());
    };
    let words: Vec<String> =
        [program, "manual".to_owned()].into_iter().chain(packages.iter().cloned()).collect();
    let output = command(sys, words.iter().map(String::as_str)).run()?;
    if output.rc == 0 { Ok(()) } else { Err(failed(&words.join(" "), &output)) }
}

/// Removes what was chosen.
pub(super) fn remove(apt: &Apt, selection: &Selection, sys: &System) -> Result<ModuleResult, Failure> {
    if selection.words.is_empty() {
        return Ok(ModuleResult::unchanged());
    }
    let args = &apt.args;
    let mut words = apt.start(&apt.apt_get);
    words.insert(1, "-q".to_owned());
    let flags = [
        (args.purge, "--purge"),
        (args.force, "--force-yes"),
        (args.autoremove, "--auto-remove"),
        (sys.check_mode(), "--simulate"),
        (args.allow_change_held_packages, "--allow-change-held-packages"),
    ];
    Apt::flags(&mut words, &flags);
    words.push("remove".to_owned());
    words.extend(selection.words.iter().cloned());
    let output = apt.run(&words, sys)?;
    if output.rc != 0 {
        return Err(failed(&format!("apt-get remove {}", selection.words.join(" ")), &output));
    }
    Ok(ModuleResult { changed: true, ..outputs(&output, sys) })
}

/// `autoremove` and `autoclean`.
pub(super) fn cleanup(apt: &Apt, operation: &str, sys: &System) -> Result<ModuleResult, Failure> {
    let args = &apt.args;
    let mut words = apt.start(&apt.apt_get);
    let flags = [(args.purge, "--purge"), (args.force, "--force-yes")];
    Apt::flags(&mut words, &flags);
    words.push(operation.to_owned());
    Apt::flags(&mut words, &[(sys.check_mode(), "--simulate")]);
    let output = apt.run(&words, sys)?;
    if output.rc != 0 {
        return Err(failed(&format!("apt-get {operation}"), &output));
    }
    let sign = if operation == "autoclean" { "Del " } else { "The following packages will be REMOVED" };
    let changed = output.stdout_text().contains(sign);
    Ok(ModuleResult { changed, ..outputs(&output, sys) })
}

/// `apt-get clean`; Ansible calls it a change each time.
pub(super) fn clean(apt: &Apt, sys: &System) -> Result<ModuleResult, Failure> {
    let mut words = vec![apt.apt_get.clone(), "clean".to_owned()];
    Apt::flags(&mut words, &[(sys.check_mode(), "--simulate")]);
    let output = apt.run(&words, sys)?;
    let errors = output.stderr_text();
    if output.rc != 0 {
        let failure = Failure::new(format!("apt-get clean failed: {}", errors.trim()));
        return Err(failure.with("stdout", output.stdout_text()).rc(output.rc));
    }
    let result = outputs(&output, sys).with("msg", output.stdout_text());
    Ok(ModuleResult { changed: true, ..result })
}

/// Upgrades the whole host.
pub(super) fn upgrade(apt: &Apt, mode: Upgrade, sys: &System) -> Result<ModuleResult, Failure> {
    let args = &apt.args;
    let aptitude = apt.aptitude.as_ref().filter(|_| !args.force_apt_get && mode != Upgrade::Dist);
    let program = aptitude.unwrap_or(&apt.apt_get);
    let mut words = apt.start(program);
    if aptitude.is_some() {
        for (given, name, option) in [
            (args.fail_on_autoremove, "fail_on_autoremove", "--no-remove"),
            (args.allow_downgrade, "allow_downgrade", "--allow-downgrades"),
        ] {
            if given {
                sys.warn(format!("APTITUDE does not support '{option}', ignoring the '{name}' parameter."));
            }
        }
    }
    let plain = aptitude.is_none();
    let flags = [
        (args.force && plain, "--force-yes"),
        (args.force && !plain, "--assume-yes"),
        (args.force && !plain, "--allow-untrusted"),
        (args.fail_on_autoremove && plain, "--no-remove"),
        (args.allow_unauthenticated, "--allow-unauthenticated"),
        (args.allow_downgrade && plain, "--allow-downgrades"),
        (sys.check_mode(), "--simulate"),
    ];
    Apt::flags(&mut words, &flags);
    let verbs: &[&str] = match (mode, plain) {
        (Upgrade::Dist | Upgrade::Full, true) => &["dist-upgrade"],
        (Upgrade::Dist | Upgrade::Full, false) => &["full-upgrade"],
        (_, true) => &["upgrade", "--with-new-pkgs"],
        (_, false) => &["safe-upgrade"],
    };
    words.extend(verbs.iter().map(|verb| (*verb).to_owned()));
    Apt::flags(&mut words, &[(args.autoremove && plain, "--auto-remove")]);
    if let Some(release) = &args.default_release {
        words.extend(["-t".to_owned(), release.clone()]);
    }
    let output = apt.run(&words, sys)?;
    let out = output.stdout_text();
    if output.rc != 0 {
        let name = if plain { &apt.apt_get } else { program };
        return Err(failed(&format!("{name} {}", verbs.join(" ")), &output));
    }
    let nothing = if plain { NOTHING_DONE } else { APTITUDE_NOTHING_DONE };
    let changed = !out.contains(nothing);
    let result = outputs(&output, sys).with("msg", out);
    Ok(ModuleResult { changed, ..result })
}

fn failed(what: &str, output: &Output) -> Failure {
    Failure::new(format!("'{what}' failed: {}", output.stderr_text()))
        .with("stdout", output.stdout_text())
        .with("stderr", output.stderr_text())
        .rc(output.rc)
}

/// A result with what apt said.
pub(super) fn outputs(output: &Output, sys: &System) -> ModuleResult {
    let out = output.stdout_text();
    let result = ModuleResult::unchanged();
    let result = if sys.diff() { result.with_diff(Diff::prepared(prepared(&out))) } else { result };
    result.with("stdout", out).with("stderr", output.stderr_text())
}

/// The part of apt's output that says what changes.
pub(super) fn prepared(out: &str) -> String {
    let lines: Vec<&str> = out.lines().collect();
    let begins = ["Resolving dependencies...", "Reading state information..."];
    let start = begins.iter().find_map(|begin| lines.iter().position(|line| line == begin));
    let start = start.map_or(0, |line| line + 1);
    let end = lines.iter().position(|line| counts(line)).map_or(lines.len(), |line| line + 1);
    lines.get(start..end).unwrap_or_default().join("\n")
}

/// `3 upgraded, …` or aptitude's `3 packages upgraded, …`.
fn counts(line: &str) -> bool {
    let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    rest.len() < line.len() && (rest.starts_with(" upgraded") || rest.starts_with(" packages upgraded"))
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

/// What lay at `policy-rc.d` before the task put its own there.
struct Policy {
    ours: bool,
    before: Option<(Vec<u8>, u32)>,
}

impl Policy {
    fn set(answer: Option<i32>, sys: &System) -> Result<Self, Failure> {
        use std::os::unix::fs::MetadataExt as _;
        let Some(answer) = answer.filter(|_| !sys.check_mode()) else {
            return Ok(Self { ours: false, before: None });
        };
        let before = match sys.stat(POLICY)? {
            Some(found) => Some((sys.read(POLICY)?, found.mode() & 0o7777)),
            None => None,
        };
        write(format!("#!/bin/sh\nexit {answer}\n").as_bytes(), 0o775, sys)?;
        Ok(Self { ours: true, before })
    }

    fn restore(self, sys: &System) -> Result<(), Failure> {
        match (self.ours, self.before) {
            (false, _) => Ok(()),
            (true, Some((content, mode))) => write(&content, mode, sys),
            (true, None) => Ok(sys.remove_file(POLICY)?),
        }
    }
}

fn write(mut content: &[u8], mode: u32, sys: &System) -> Result<(), Failure> {
    sys.atomic_write(Path::new(POLICY), &mut content, false)?;
    Ok(sys.set_mode(POLICY, mode)?)
}

#[cfg(test)]
mod tests {
    use super::{lock_held, prepared};

    #[test]
    fn the_diff_is_cut_from_the_output() {
        let out = "Reading package lists...\nBuilding dependency tree...\nReading state information...\nThe following NEW packages will be installed:\n  tree\n0 upgraded, 1 newly installed, 0 to remove and 3 not upgraded.\nInst tree\n";
        let wanted = "The following NEW packages will be installed:\n  tree\n0 upgraded, 1 newly installed, 0 to remove and 3 not upgraded.";
        assert_eq!(prepared(out), wanted);
        assert_eq!(prepared("a\nb\n"), "a\nb");
        assert_eq!(prepared("1 upgraded\nReading state information...\n"), "");
    }

    #[test]
    fn locks_are_recognised() {
        assert!(lock_held(
            "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)"
        ));
        assert!(!lock_held("E: Unable to locate package x"));
    }
}
