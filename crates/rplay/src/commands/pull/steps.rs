//! The steps of a pull: fetch, look, play, tidy up. Fetching and playing are runs of this program.

use super::{
    Cli,
    playbooks::{self, Names},
};
use crate::{Failure, exit};
use rplay_output::{Screen, Style};
use serde_json::json;
use std::{
    ffi::OsString,
    io::{self, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// One pull.
pub(super) struct Steps<'a> {
    pub cli: &'a Cli,
    pub url: &'a str,
    pub dest: PathBuf,
}

impl Steps<'_> {
    /// Runs all steps; the exit code is that of the step that failed, or of the play.
    pub(super) fn run(&self, args: &[OsString], nap: Option<u64>) -> Result<u8, Failure> {
        let host = Names::of_this_host();
        let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S");
        say(&format!("Starting Ansible Pull at {now}"));
        let words: Vec<String> = std::env::args_os()
            .take(1)
            .chain(args.iter().cloned())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        say(&words.join(" "));
        if let Some(seconds) = nap.filter(|seconds| *seconds > 0) {
            say(&format!("Sleeping for {seconds} seconds..."));
            std::thread::sleep(Duration::from_secs(seconds));
        }
        let (code, output) = tee(self.fetch(&host)?)?;
        if code != exit::OK {
            if !self.cli.force {
                return Ok(code);
            }
            super::super::warn_alone(
                "Unable to update repository. Continuing with (forced) run of playbook.",
            );
        } else if self.cli.only_if_changed && !changed(&output) {
            say("Repository has not changed, quitting.");
            return Ok(exit::OK);
        }
        let playbooks = playbooks::select(&self.dest, &self.cli.playbooks, &host).map_err(|errors| {
            super::super::warn_alone(&errors.join("\n"));
            Failure::new(exit::OPTIONS, "Could not find a playbook to run.")
        })?;
        let (code, _) = tee(self.play(&host, &playbooks)?)?;
        if self.cli.purge {
            self.purge();
        }
        Ok(code)
    }

    /// The run that fetches the repository.
    fn fetch(&self, host: &Names) -> Result<Command, Failure> {
        let cli = self.cli;
        let mut options = json!({"dest": self.dest.to_string_lossy()});
        match cli.module_name.as_str() {
            "subversion" | "hg" => options["repo"] = self.url.into(),
            _ => options["name"] = self.url.into(),
        }
        if let Some(version) = &cli.checkout {
            let key =
                if matches!(cli.module_name.as_str(), "subversion" | "hg") { "revision" } else { "version" };
            options[key] = version.as_str().into();
        }
        if cli.module_name == "git" {
            let wishes = [
                (cli.accept_host_key, "accept_hostkey"),
                (cli.verify_commit, "verify_commit"),
                (cli.track_subs, "track_submodules"),
            ];
            for (_, name) in wishes.into_iter().filter(|(wished, _)| *wished) {
                options[name] = true.into();
            }
            if let Some(key) = &cli.private_key {
                options["key_file"] = key.to_string_lossy().into();
            }
            if !cli.full {
                options["depth"] = 1.into();
            }
        } else if cli.module_name == "subversion" && !cli.full {
            options["export"] = true.into();
        }
        if cli.clean {
            options["force"] = true.into();
        }
        let mut command = program("ansible")?;
        if !self.add_inventory(&mut command) {
            command.args(["-i", "localhost,"]);
        }
        self.add_base(&mut command);
        command.args(["-m", &cli.module_name, "-a", &options.to_string(), "all", "-l", &limit(host)]);
        self.add_extra_vars(&mut command);
        // What is read from the output must not depend on settings.
        command.env("ANSIBLE_CALLBACK_RESULT_FORMAT", "json").env("ANSIBLE_LOAD_CALLBACK_PLUGINS", "0");
        Ok(command)
    }

    /// The run that plays.
    fn play(&self, host: &Names, playbooks: &[PathBuf]) -> Result<Command, Failure> {
        let cli = self.cli;
        let mut command = program("ansible-playbook")?;
        self.add_base(&mut command);
        command.args(playbooks).current_dir(&self.dest);
        let mut files = |option: &str, paths: &[PathBuf]| {
            for path in paths {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                command.arg(option).arg(path);
            }
        };
        files("--vault-password-file", &cli.vault_password_file);
        files("--become-password-file", cli.become_password_file.as_slice());
        files("--connection-password-file", cli.connection_password_file.as_slice());
        for id in &cli.vault_id {
            command.args(["--vault-id", id]);
        }
        self.add_extra_vars(&mut command);
        if !cli.skip_tags.is_empty() {
            command.args(["--skip-tags", &cli.skip_tags.join(",")]);
        }
        if !cli.tags.is_empty() {
            command.args(["-t", &cli.tags.join(",")]);
        }
        command.args(["-l", &cli.limit.clone().unwrap_or_else(|| limit(host))]);
        let flags = [
            (cli.ask_become_pass, "--ask-become-pass"),
            (cli.check, "--check"),
            (cli.diff, "--diff"),
            (cli.flush_cache, "--flush-cache"),
        ];
        command.args(flags.into_iter().filter_map(|(given, flag)| given.then_some(flag)));
        self.add_inventory(&mut command);
        Ok(command)
    }

    fn add_base(&self, command: &mut Command) {
        command.args(["-c", "local"]);
        if self.cli.verbose > 0 {
            command.arg(format!("-{}", "v".repeat(self.cli.verbose.into())));
        }
    }

    fn add_extra_vars(&self, command: &mut Command) {
        for vars in &self.cli.extra_vars {
            command.args(["-e", vars]);
        }
    }

    /// Adds the inventories that are lists or exist; those of the checkout do after it.
    fn add_inventory(&self, command: &mut Command) -> bool {
        let mut added = false;
        for source in &self.cli.inventory {
            if source.contains(',') || self.dest.join(source).exists() || Path::new(source).exists() {
                command.args(["-i", source]);
                added = true;
            }
        }
        added
    }

    fn purge(&self) {
        let away = std::env::set_current_dir("/").and_then(|()| std::fs::remove_dir_all(&self.dest));
        if let Err(error) = away {
            let message = format!("Failed to remove {}: {error}", self.dest.display());
            super::super::complain_all(&[message]);
        }
    }
}

fn limit(host: &Names) -> String {
    format!("localhost,{},127.0.0.1", host.all().join(","))
}

/// This program by one of its names.
fn program(name: &str) -> Result<Command, Failure> {
    let path = std::env::current_exe()
        .map_err(|error| Failure::new(exit::ERROR, format!("cannot find myself: {error}")))?;
    let mut command = Command::new(path);
    command.arg0(name);
    Ok(command)
}

/// Runs a command and shows what it prints while it prints it; its exit code and all it printed.
fn tee(mut command: Command) -> Result<(u8, String), Failure> {
    let failed = |error: io::Error| Failure::new(exit::ERROR, format!("cannot run myself: {error}"));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
    let mut text = Vec::new();
    if let Some(mut output) = child.stdout.take() {
        let mut shown = io::stdout();
        let mut piece = [0; 8192];
        loop {
            let read = output.read(&mut piece).map_err(failed)?;
            if read == 0 {
                break;
            }
            text.extend_from_slice(&piece[..read]);
            // Nobody may be reading any more; the play goes on.
            let _ = shown.write_all(&piece[..read]).and_then(|()| shown.flush());
        }
    }
    let status = child.wait().map_err(failed)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::ERROR);
    Ok((code, String::from_utf8_lossy(&text).into_owned()))
}

fn changed(output: &str) -> bool {
    ["\"changed\": true", "changed: True", "| CHANGED =>"].iter().any(|sign| output.contains(sign))
}

fn say(text: &str) {
    let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
    screen.line(text, None);
}
