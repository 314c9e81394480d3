//! The OpenSSH client, for whatever only it can do: jump hosts, GSSAPI, FIDO keys, certificates,
//! options given as ssh arguments.
//!
//! One client process per command. With a password, the client asks a small helper
//! (`SSH_ASKPASS`), which reads the password from a pipe of this process that no other process inherits:
//! it stands in no argument list, no environment and no file.

use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::ConnectErrorKind as Kind;
use crate::options::Options;
use crate::process::ProcessStream;
use crate::stream::{ByteStream, Wire};
use crate::target::Target;

/// The host through the system's client.
struct OpenSsh {
    target: Target,
    config: Option<PathBuf>,
    known_hosts: Option<Vec<PathBuf>>,
    control: Control,
}

/// Directory of the control socket: one login serves all commands.
struct Control(Option<PathBuf>);

impl Drop for Control {
    fn drop(&mut self) {
        if let Some(directory) = &self.0 {
            let _ = fs::remove_dir_all(directory);
        }
    }
}

/// Prepares the client; the login happens with the first command.
pub(crate) fn connect(target: &Target, options: &Options) -> Result<Arc<dyn Wire>, Kind> {
    Ok(Arc::new(OpenSsh {
        target: target.clone(),
        config: options.ssh_config.clone(),
        known_hosts: options.known_hosts.clone(),
        control: Control(private_directory()?),
    }))
}

/// A directory only we can read, for the control socket and the password helper.
fn private_directory() -> Result<Option<PathBuf>, Kind> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let word = crate::shell::random_word().map_err(|error| Kind::Start(error.to_string()))?;
    let short = word.get(..8).unwrap_or_default();
    let path = std::env::temp_dir().join(format!("rplay-{}-{number}-{short}", std::process::id()));
    let made = fs::DirBuilder::new().mode(0o700).create(&path);
    made.map_err(|error| Kind::Start(format!("{}: {error}", path.display())))?;
    Ok(Some(path))
}

impl OpenSsh {
    fn command(&self, command: &str, pty: bool) -> Command {
        let target = &self.target;
        let mut ssh = Command::new(target.ssh_executable.clone().unwrap_or_else(|| "ssh".into()));
        if let Some(config) = &self.config {
            ssh.arg("-F").arg(config);
        }
        // The user's arguments come first: for OpenSSH the first value of an option counts.
        ssh.args(&target.ssh_args);
        if let Some(directory) = &self.control.0 {
            let path = directory.join("c");
            ssh.arg("-oControlMaster=auto").arg("-oControlPersist=60s");
            ssh.arg(format!("-oControlPath={}", path.display()));
        }
        ssh.arg(if pty { "-tt" } else { "-T" });
        let limit = target.connect_limit.unwrap_or(target.timeout);
        ssh.arg(format!("-oConnectTimeout={}", limit.as_secs().max(1)));
        if let Some(files) = &self.known_hosts {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            ssh.arg(format!("-oUserKnownHostsFile={}", files.join(" ")));
        }
        if !target.host_key_checking {
            ssh.arg("-oStrictHostKeyChecking=no");
        }
        match target.password {
            Some(_) => ssh.arg("-oNumberOfPasswordPrompts=1"),
            None => ssh.arg("-oBatchMode=yes"),
        };
        if let Some(key) = &target.private_key_file {
            ssh.arg(format!("-oIdentityFile=\"{}\"", key.display()));
        }
        if let Some(port) = target.port {
            ssh.arg(format!("-oPort={port}"));
        }
        if let Some(user) = &target.user {
            ssh.arg(format!("-oUser=\"{user}\""));
        }
        ssh.args(["--", &target.address, command]);
        ssh
    }

    /// Lets the client ask for the password; gives the pipe it will come through.
    fn arm(&self, ssh: &mut Command) -> std::io::Result<Option<OwnedFd>> {
        let (Some(password), Some(directory)) = (&self.target.password, &self.control.0) else {
            return Ok(None);
        };
        let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        File::from(writer).write_all(&password.line())?;
        let helper = directory.join("askpass");
        if !helper.exists() {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(&helper)?;
            file.write_all(
                b"#!/bin/sh\nIFS= read -r answer <\"$RPLAY_ASKPASS\" && printf '%s\\n' \"$answer\"\n",
            )?;
        }
        ssh.env("SSH_ASKPASS", helper).env("SSH_ASKPASS_REQUIRE", "force");
        ssh.env("DISPLAY", std::env::var_os("DISPLAY").unwrap_or_else(|| ":0".into()));
        // By path, not inherited: children that other threads start meanwhile never get it.
        ssh.env("RPLAY_ASKPASS", format!("/proc/{}/fd/{}", std::process::id(), reader.as_raw_fd()));
        Ok(Some(reader))
    }
}

impl Wire for OpenSsh {
    fn start(&self, command: &str, pty: bool) -> Result<Box<dyn ByteStream>, Kind> {
        let mut ssh = self.command(command, pty);
        let failed = |error: std::io::Error| Kind::Start(format!("ssh: {error}"));
        let private = self.arm(&mut ssh).map_err(failed)?;
        Ok(Box::new(ProcessStream::spawn(&mut ssh, private).map_err(failed)?))
    }

    fn alive(&self) -> bool {
        true
    }

    fn close(&self) {
        let Some(directory) = &self.control.0 else {
            return;
        };
        let mut exit = Command::new(self.target.ssh_executable.clone().unwrap_or_else(|| "ssh".into()));
        exit.arg(format!("-oControlPath={}", directory.join("c").display()));
        exit.args(["-O", "exit", "--", &self.target.address]);
        let _ = exit.stdin(std::process::Stdio::null()).output();
    }
}
