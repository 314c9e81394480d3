//! A user's own SSH key.

use super::user::Args;
use crate::args::Value;
use crate::system::User;
use crate::{Failure, ModuleResult, System};
use std::path::{Path, PathBuf};

fn path(args: &Args, user: &User) -> PathBuf {
    let name = args.ssh_key_file.clone();
    let name = name.unwrap_or_else(|| Path::new(".ssh").join(format!("id_{}", args.ssh_key_type)));
    Path::new(&user.home).join(name)
}

fn public(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// Whether nothing is to be made: there is a key or a half of one, and nobody wants it replaced. A public key that
/// somebody put there may lead anywhere, and is not written through.
pub(super) fn exists(args: &Args, user: &User, sys: &System) -> bool {
    let key = path(args, user);
    let found = [("private", key.clone()), ("public", public(&key))];
    let Some((half, file)) = found.into_iter().find(|(_, file)| sys.exists(file)) else { return false };
    let doing = if args.force { "Overwriting" } else { "Found" };
    let then = if args.force { "" } else { ", no force, so skipping ssh-keygen generation" };
    sys.warn(format!("{doing} existing ssh key {half} file \"{}\"{then}", file.display()));
    !args.force
}

/// Makes the key, replacing an old one.
pub(super) fn generate(args: &Args, user: &User, sys: &System) -> Result<(), Failure> {
    let key = path(args, user);
    let text = key.to_string_lossy().into_owned();
    if let Some(dir) = key.parent().filter(|dir| !sys.exists(dir)) {
        sys.make_dir(dir, 0o700)?;
        sys.set_owner(dir, Some(user.uid), Some(user.gid))?;
    }
    let half = public(&key);
    if sys.lstat(&half)?.is_some() {
        sys.remove_file(&half)?;
    }
    let comment = args.ssh_key_comment.clone().unwrap_or_else(|| {
        format!("ansible-generated on {}", rustix::system::uname().nodename().to_string_lossy())
    });
    let bits = args.ssh_key_bits.to_string();
    let mut words = vec!["ssh-keygen", "-q", "-t", &args.ssh_key_type];
    if args.ssh_key_bits > 0 {
        words.extend(["-b", bits.as_str()]);
    }
    words.extend(["-C", comment.as_str(), "-f", text.as_str()]);
    let passphrase = args.ssh_key_passphrase.as_deref().filter(|passphrase| !passphrase.is_empty());
    if passphrase.is_none() {
        words.extend(["-N", ""]);
    }
    let mut command = sys.command(words).stdin("y\n");
    if let Some(passphrase) = passphrase {
        // Neither arguments nor a terminal: ssh-keygen asks a program of ours, which reads a private file.
        let asker = asker(passphrase, sys)?;
        command = command.env("SSH_ASKPASS", &asker).env("SSH_ASKPASS_REQUIRE", "force").env("DISPLAY", ":0");
    }
    let output = command.run()?;
    if output.rc != 0 {
        let failure = Failure::new(output.stderr_text()).with("name", args.name.as_str());
        return Err(failure.rc(output.rc));
    }
    for file in [&key, &public(&key)] {
        sys.set_owner(file, Some(user.uid), Some(user.gid))?;
    }
    Ok(())
}

fn asker(passphrase: &str, sys: &System) -> Result<String, Failure> {
    let dir = sys.temp_dir()?.to_owned();
    let (program, secret) = (dir.join("askpass"), dir.join("passphrase"));
    sys.atomic_write(&secret, &mut format!("{passphrase}\n").as_bytes(), false)?;
    sys.set_mode(&secret, 0o600)?;
    sys.atomic_write(&program, &mut "#!/bin/sh\ncat \"${0%/*}/passphrase\"\n".as_bytes(), false)?;
    sys.set_mode(&program, 0o700)?;
    Ok(program.to_string_lossy().into_owned())
}

/// Says file, fingerprint and public key.
pub(super) fn report(
    args: &Args,
    user: &User,
    sys: &System,
    result: &mut ModuleResult,
) -> Result<(), Failure> {
    let key = path(args, user);
    let text = key.to_string_lossy().into_owned();
    let fingerprint = if sys.exists(&key) {
        let output = sys.command(["ssh-keygen", "-l", "-f", &text]).run()?;
        if output.rc == 0 { output.stdout_text() } else { output.stderr_text() }
    } else {
        String::new()
    };
    result.set("ssh_fingerprint", fingerprint.trim());
    result.set("ssh_key_file", text);
    let public = sys.read_text(public(&key)).map_or(Value::Null, |text| Value::from(text.trim()));
    result.set("ssh_public_key", public);
    Ok(())
}
