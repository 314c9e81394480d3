//! `[LABEL@]SOURCE`: files, scripts, client scripts and questions that give vault passwords.

use crate::{Failure, config::Config, config::expand, exit, prompt, wiring::config_failure};
use rplay_vault::{Secret, Secrets, VaultError};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// How a client script says that it does not know the id.
const ID_UNKNOWN: i32 = 2;

/// Where a secret comes from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The label as given; client scripts are told it.
    label: Option<String>,
    /// The id of the secret.
    id: String,
    from: From,
}

#[derive(Clone, Debug)]
enum From {
    /// `prompt`: asked for, with the id in the question.
    Prompt,
    /// `--ask-vault-password`: asked for as Ansible always has.
    PlainPrompt,
    /// A file or, if executable, a script.
    File(PathBuf),
}

impl Source {
    /// `LABEL@SOURCE` or `SOURCE`.
    pub(crate) fn parse(text: &str, default_label: &str) -> Self {
        let (label, source) = match text.split_once('@') {
            Some((label, source)) => (Some(label.to_owned()), source),
            None => (None, text),
        };
        let from = match source {
            "prompt" => From::Prompt,
            "prompt_ask_vault_pass" => From::PlainPrompt,
            path => From::File(path.into()),
        };
        let id = label.clone().filter(|label| !label.is_empty()).unwrap_or_else(|| default_label.to_owned());
        Self { label, id, from }
    }

    pub(super) fn file(label: &str, path: PathBuf) -> Self {
        Self { label: Some(label.to_owned()), id: label.to_owned(), from: From::File(path) }
    }

    pub(super) fn asked(label: &str) -> Self {
        Self { label: Some(label.to_owned()), id: label.to_owned(), from: From::PlainPrompt }
    }
}

/// Reads the secrets of sources in order; each can be encrypted with those before it. `new` passwords are
/// asked for twice. The warnings tell of sources that failed.
///
/// # Errors
/// When a question is not answered properly, or when every source fails.
pub(crate) fn secrets(
    sources: &[Source],
    new: bool,
    config: &Config,
) -> Result<(Secrets, Vec<String>), Failure> {
    let mut secrets = Secrets::new();
    secrets.match_ids(config.bool("defaults", "vault_id_match").map_err(config_failure)?.unwrap_or(false));
    let (mut warnings, mut last) = (Vec::new(), None);
    for source in sources {
        match &source.from {
            From::Prompt | From::PlainPrompt => {
                let secret = ask(source, new)?;
                secrets.add(source.id.clone(), secret);
            }
            From::File(path) => match from_file(path, source, &secrets) {
                Ok(secret) => secrets.add(source.id.clone(), secret),
                Err(fault) => {
                    let label = source.label.as_deref().unwrap_or("None");
                    warnings.push(fault.warning(label));
                    last = Some(fault);
                }
            },
        }
    }
    match last {
        Some(fault) if secrets.is_empty() => Err(Failure::new(exit::ERROR, fault.message)),
        _ => Ok((secrets, warnings)),
    }
}

/// Why a source gave no secret.
struct Fault {
    /// Whether it was found and failed later.
    found: bool,
    message: String,
}

impl Fault {
    fn missing(message: String) -> Self {
        Self { found: false, message }
    }

    fn loading(message: String) -> Self {
        Self { found: true, message }
    }

    fn warning(&self, label: &str) -> String {
        let what = if self.found {
            "Error in vault password file loading"
        } else {
            "Error getting vault password file"
        };
        format!("{what} ({label}): {}", self.message)
    }
}

fn ask(source: &Source, new: bool) -> Result<Secret, Failure> {
    let id = &source.id;
    let question = match (&source.from, new) {
        (From::Prompt, false) => format!("Vault password ({id}): "),
        (From::Prompt, true) => format!("New vault password ({id}): "),
        (_, false) => "Vault password: ".into(),
        (_, true) => "New Vault password: ".into(),
    };
    let first = answer(&question, id)?;
    if new {
        let again = match source.from {
            From::Prompt => answer(&format!("Confirm new vault password ({id}): "), id)?,
            _ => answer("Confirm New Vault password: ", id)?,
        };
        if !first.is_same(&again) {
            return Err(Failure::new(exit::ERROR, "Passwords do not match"));
        }
    }
    Ok(first)
}

fn answer(question: &str, id: &str) -> Result<Secret, Failure> {
    let Some(answer) = prompt::password(question)? else {
        return Err(Failure::new(exit::ERROR, format!("EOFError (ctrl-d) on prompt for ({id})")));
    };
    if answer.is_empty() {
        return Err(Failure::new(exit::ERROR, VaultError::EmptySecret.to_string()));
    }
    Ok(Secret::from_file_content(answer.as_bytes()))
}

fn from_file(path: &Path, source: &Source, known: &Secrets) -> Result<Secret, Fault> {
    let path = absolute(path);
    let metadata = path
        .metadata()
        .map_err(|_| Fault::missing(format!("The vault password file {} was not found", path.display())))?;
    if metadata.is_dir() {
        return Err(Fault::missing(format!(
            "The vault password file provided '{}' can not be a directory",
            path.display()
        )));
    }
    let (secret, kind) = if metadata.permissions().mode() & 0o111 == 0 {
        (read(&path, known).map_err(Fault::loading)?, "file")
    } else {
        (run(&path, source).map_err(Fault::loading)?, "script")
    };
    if secret.is_empty() {
        return Err(Fault::loading(format!(
            "Invalid vault password was provided from {kind} ({})",
            path.display()
        )));
    }
    Ok(secret)
}

/// `~` filled in, absolute, without following links.
fn absolute(path: &Path) -> PathBuf {
    let path = expand(&path.to_string_lossy());
    if path.as_os_str().is_empty() {
        return std::env::current_dir().unwrap_or_else(|_| "/".into());
    }
    std::path::absolute(&path).unwrap_or(path)
}

fn read(path: &Path, known: &Secrets) -> Result<Secret, String> {
    let content = std::fs::read(path)
        .map_err(|error| format!("Could not read vault password file '{}': {error}", path.display()))?;
    let content = content.trim_ascii();
    let Some(text) = std::str::from_utf8(content).ok().filter(|text| rplay_vault::is_encrypted(text)) else {
        return Ok(Secret::new(content));
    };
    let plain = rplay_vault::decrypt(text, known).map_err(|error| error.to_string())?;
    Ok(Secret::from_lines(&plain))
}

/// Runs a script; a client script (`NAME-client`, `NAME-client.EXT`) is told the label.
fn run(path: &Path, source: &Source) -> Result<Secret, String> {
    let client = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("-client"));
    let what = if client { "vault password client script" } else { "vault password script" };
    let mut command = Command::new(path);
    command.stdin(Stdio::inherit()).stdout(Stdio::piped());
    match &source.label {
        Some(label) if client && !label.is_empty() => command.args(["--vault-id", label]),
        _ => &mut command,
    };
    // A script that is no client may talk to the person at the terminal.
    command.stderr(if client { Stdio::piped() } else { Stdio::inherit() });
    let output = command.spawn().and_then(std::process::Child::wait_with_output).map_err(|error| {
        format!(
            "Problem running {what} {} ({}). If this is not a script, remove the executable bit from the file.",
            path.display(),
            error
        )
    })?;
    check(path, source, client, &output)?;
    Ok(Secret::from_lines(&output.stdout))
}

fn check(path: &Path, source: &Source, client: bool, output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    let (path, label) = (path.display(), source.label.as_deref().unwrap_or("None"));
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let code = output.status.code();
    let how = code.map_or_else(|| output.status.to_string(), |code| code.to_string());
    Err(match (client, code) {
        (true, Some(ID_UNKNOWN)) => {
            format!("Vault password client script {path} did not find a secret for vault-id={label}: {said}")
        }
        (true, _) => format!(
            "Vault password client script {path} returned non-zero ({how}) when getting secret for \
             vault-id={label}: {said}"
        ),
        (false, _) => format!("Vault password script {path} returned non-zero ({how})"),
    })
}
