//! How hosts are reached: connection settings, passwords.

use super::config_failure;
use crate::{
    Failure,
    cli::Options,
    config::{Config, expand},
    exit, prompt,
};
use rplay_engine::ConnectionDefaults;
use rplay_value::Str;
use std::{path::PathBuf, time::Duration};

pub(super) fn connection(options: &Options, config: &Config) -> Result<ConnectionDefaults, Failure> {
    let given = &options.connection;
    let text = |section: &str, key: &str| config.text(section, key).map(Str::from);
    let bool = |section: &str, key: &str| config.bool(section, key).map_err(config_failure);
    let timeout =
        given.timeout.or(config.number("defaults", "timeout").map_err(config_failure)?).unwrap_or(10);
    let checking = bool("defaults", "host_key_checking")?.or(bool("ssh_connection", "host_key_checking")?);
    let (password, become_password) = passwords(options)?;
    Ok(ConnectionDefaults {
        transport: given
            .connection
            .clone()
            .map(Str::from)
            .or(text("defaults", "transport"))
            .unwrap_or_else(|| "ssh".into()),
        user: given.user.clone().map(Str::from).or(text("defaults", "remote_user")),
        private_key: given
            .private_key
            .clone()
            .or_else(|| config.text("defaults", "private_key_file").map(|path| expand(&path))),
        timeout: Duration::from_secs(timeout),
        port: config.number("defaults", "remote_port").map_err(config_failure)?,
        host_key_checking: checking.unwrap_or(true),
        ssh_args: ssh_args(options, config)?,
        async_dir: text("defaults", "async_dir").unwrap_or_else(|| "~/.ansible_async".into()),
        remote_tmp: text("defaults", "remote_tmp").unwrap_or_else(|| "~/.ansible/tmp".into()),
        password,
        r#become: given.r#become || bool("privilege_escalation", "become")?.unwrap_or(false),
        become_method: given
            .become_method
            .clone()
            .map(Str::from)
            .or(text("privilege_escalation", "become_method"))
            .unwrap_or_else(|| "sudo".into()),
        become_user: given
            .become_user
            .clone()
            .map(Str::from)
            .or(text("privilege_escalation", "become_user"))
            .unwrap_or_else(|| "root".into()),
        become_password,
        become_allow_same_user: bool("privilege_escalation", "become_allow_same_user")?.unwrap_or(false),
        su_prompts: text("su_become_plugin", "localized_prompts")
            .map(|words| words.split(',').map(|word| word.trim().into()).collect())
            .unwrap_or_default(),
    })
}

/// Arguments for ssh. Those that only tune connection sharing mean nothing here: a run has one connection
/// anyway.
fn ssh_args(options: &Options, config: &Config) -> Result<Vec<Str>, Failure> {
    let configured =
        ["ssh_args", "ssh_common_args", "ssh_extra_args"].map(|key| config.text("ssh_connection", key));
    let given = [options.connection.ssh_common_args.clone(), options.connection.ssh_extra_args.clone()];
    let mut args = Vec::new();
    for text in configured.into_iter().chain(given).flatten() {
        let split = rplay_playbook::args::split(&text)
            .map_err(|error| Failure::new(exit::OPTIONS, format!("cannot split {text:?}: {error}")))?;
        args.extend(split.into_iter().map(Str::from));
    }
    Ok(args)
}

/// The passwords to log in and to become another user.
fn passwords(options: &Options) -> Result<(Option<Str>, Option<Str>), Failure> {
    let given = &options.connection;
    let asked = secret(given.ask_pass, given.connection_password_file.as_ref(), "SSH password: ")?;
    let password = asked.or_else(|| given.password.clone());
    let become_password =
        become_secret(options, password.as_ref())?.or_else(|| given.become_password.clone());
    Ok((password, become_password))
}

/// Asks for passwords now, and not again for each of several runs.
pub(crate) fn ask_once(options: &mut Options) -> Result<(), Failure> {
    let (password, become_password) = passwords(options)?;
    let given = &mut options.connection;
    (given.password, given.become_password) = (password, become_password);
    (given.ask_pass, given.connection_password_file) = (false, None);
    (given.ask_become_pass, given.become_password_file) = (false, None);
    Ok(())
}

fn secret(ask: bool, file: Option<&PathBuf>, question: &str) -> Result<Option<Str>, Failure> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(exit::ERROR, format!("cannot read the password file {}: {error}", path.display()))
        })?;
        return Ok(Some(text.trim_end_matches(['\n', '\r']).into()));
    }
    if !ask {
        return Ok(None);
    }
    match prompt::password(question)? {
        Some(answer) => Ok(Some(Str::from(&**answer))),
        None => Err(Failure::new(
            exit::ERROR,
            format!("{question}there is no terminal to ask, and standard input is empty"),
        )),
    }
}

fn become_secret(options: &Options, password: Option<&Str>) -> Result<Option<Str>, Failure> {
    let given = &options.connection;
    let (ask, file) = (given.ask_become_pass, given.become_password_file.as_ref());
    let question =
        if password.is_some() { "BECOME password[defaults to SSH password]: " } else { "BECOME password: " };
    Ok(match secret(ask, file, question)? {
        Some(answer) if answer.is_empty() => password.cloned(),
        answer => answer,
    })
}
