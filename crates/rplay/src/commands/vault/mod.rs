//! `rplay vault`, which is `ansible-vault`.

mod editor;
mod files;
mod keyring;
mod options;
mod strings;

use crate::{Failure, cli::foreign, exit, wiring};
use clap::CommandFactory;
use files::Place;
use keyring::Keyring;
use options::{Action, Create, Decrypt, Encrypt, Vault};
use rplay_output::{Screen, Style};
use rplay_vault::VaultError;
use rustix::fs::Mode;
use std::{
    ffi::OsString,
    io::{IsTerminal, stdin, stdout},
    path::{Path, PathBuf},
};

/// Runs an action; `args` without the program's name, which is `program`.
pub(crate) fn run(program: &str, args: &[OsString]) -> Result<u8, Failure> {
    let options: Vault = foreign::parse(Vault::command(), program, args, &[]);
    if options.version {
        return crate::commands::version::run(program);
    }
    let Some(action) = options.action else { foreign::no_action(Vault::command(), program) };
    check(&action)?;
    let mut session = Session::new(&action, options.verbose.max(action.common().verbose))?;
    session.perform(&action)?;
    Ok(exit::OK)
}

fn unusable(message: impl Into<String>) -> Failure {
    Failure::new(exit::OPTIONS, message)
}

fn failed(message: impl Into<String>) -> Failure {
    Failure::new(exit::ERROR, message)
}

/// A vault's error with what it is about and what helps.
fn vault_failure(error: &VaultError, place: &Place) -> Failure {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    failed(format!("{error} for {place}{hint}"))
}

fn check(action: &Action) -> Result<(), Failure> {
    if let Some(id) = action.common().vault.vault_id.iter().find(|id| id.contains(';')) {
        let message = "is not a valid vault id. The character ';' is not allowed in vault ids";
        return Err(unusable(format!("'{id}' {message}")));
    }
    let (output, inputs) = match action {
        Action::Encrypt(Encrypt { output, files, .. }) | Action::Decrypt(Decrypt { output, files, .. }) => {
            (&output.output, files.len())
        }
        Action::EncryptString(action) => (&action.output.output, action.strings.len()),
        _ => return Ok(()),
    };
    if output.is_some() && inputs > 1 {
        return Err(unusable("At most one input file may be used with the --output option"));
    }
    Ok(())
}

/// One call of the command.
struct Session {
    screen: Screen,
    keyring: Keyring,
}

impl Session {
    fn new(action: &Action, verbose: u8) -> Result<Self, Failure> {
        // Everything written here is for its owner only.
        rustix::process::umask(Mode::from_raw_mode(0o077));
        let config = wiring::config()?;
        let mut screen = Screen::standard(Style { status: false, ..wiring::style() });
        if verbose > 0 {
            screen.line(&crate::config::in_use(config.path.as_deref()), Some(rplay_output::Color::Verbose));
        }
        screen.flush();
        strings::check(action)?;
        let keyring = Keyring::new(action, config, &mut screen)?;
        Ok(Self { screen, keyring })
    }

    fn perform(&mut self, action: &Action) -> Result<(), Failure> {
        match action {
            Action::Create(action) => self.create(action),
            Action::Decrypt(action) => self.decrypt(action),
            Action::Edit(action) => self.edit(&action.files),
            Action::View(action) => self.view(&action.files),
            Action::Encrypt(action) => self.encrypt(action),
            Action::EncryptString(action) => self.encrypt_string(action),
            Action::Rekey(action) => self.rekey(&action.files),
        }
    }

    fn encrypt(&mut self, action: &Encrypt) -> Result<(), Failure> {
        self.announce(&action.files, "Reading plaintext input from stdin");
        for place in places(&action.files)? {
            let plain = place.read()?;
            let text = self.keyring.seal(&plain)?;
            let target = target(action.output.output.as_deref(), &place)?;
            target.write(text.as_bytes(), true, &mut self.screen)?;
        }
        self.done("Encryption successful");
        Ok(())
    }

    fn decrypt(&mut self, action: &Decrypt) -> Result<(), Failure> {
        self.announce(&action.files, "Reading ciphertext input from stdin");
        for place in places(&action.files)? {
            let plain = self.plain(&place)?;
            let target = target(action.output.output.as_deref(), &place)?;
            target.write(&plain, false, &mut self.screen)?;
        }
        self.done("Decryption successful");
        Ok(())
    }

    fn plain(&self, place: &Place) -> Result<Vec<u8>, Failure> {
        let opened = self.keyring.open(&place.read_vault()?);
        opened.map(|opened| opened.plain).map_err(|error| vault_failure(&error, place))
    }

    fn view(&mut self, files: &[PathBuf]) -> Result<(), Failure> {
        for path in files {
            let plain = self.plain(&Place::as_named(path))?;
            editor::show(&plain, &mut self.screen)?;
        }
        Ok(())
    }

    fn rekey(&mut self, files: &[PathBuf]) -> Result<(), Failure> {
        for path in files {
            let place = Place::real(path)?;
            let plain = self.plain(&place)?;
            let text = self.keyring.seal_again(&plain)?;
            place.replace(text.as_bytes())?;
        }
        self.screen.note("Rekey successful");
        Ok(())
    }

    fn create(&mut self, action: &Create) -> Result<(), Failure> {
        let [path] = action.files.as_slice() else {
            return Err(unusable("ansible-vault create can take only one filename argument"));
        };
        if !stdout().is_terminal() && !action.skip_tty_check {
            return Err(unusable("not a tty, editor cannot be opened"));
        }
        if let Some(parent) =
            path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists())
        {
            super::warn(&mut self.screen, &format!("{} does not exist, creating...", parent.display()));
            std::fs::create_dir_all(parent)
                .map_err(|error| failed(format!("cannot make {}: {error}", parent.display())))?;
        }
        if path.is_file() {
            return Err(failed(format!("{} exists, please use 'edit' instead", path.display())));
        }
        let plain = editor::edit(path, &[])?;
        let text = self.keyring.seal(&plain)?;
        Place::as_named(path).write(text.as_bytes(), false, &mut self.screen)
    }

    fn edit(&mut self, files: &[PathBuf]) -> Result<(), Failure> {
        for path in files {
            let place = Place::real(path)?;
            let Place::File(path) = &place else {
                return Err(failed("standard input cannot be edited"));
            };
            let opened = self.keyring.open(&place.read_vault()?);
            let opened = opened.map_err(|error| vault_failure(&error, &place))?;
            let edited = editor::edit(path, &opened.plain)?;
            if edited != opened.plain {
                let text = keyring::seal(&edited, opened.secret, &opened.vault_id)?;
                place.replace(text.as_bytes())?;
            }
        }
        Ok(())
    }

    fn announce(&mut self, files: &[PathBuf], text: &str) {
        if files.is_empty() && stdin().is_terminal() {
            self.screen.note(text);
        }
    }

    fn done(&mut self, text: &str) {
        if stdout().is_terminal() {
            self.screen.note(text);
        }
    }
}

/// The files to work on, links followed; standard input if there are none.
fn places(files: &[PathBuf]) -> Result<Vec<Place>, Failure> {
    if files.is_empty() {
        return Ok(vec![Place::Standard]);
    }
    files.iter().map(|path| Place::real(path)).collect()
}

/// Where the result goes: where it came from, unless told otherwise.
fn target(output: Option<&Path>, input: &Place) -> Result<Place, Failure> {
    Ok(match output {
        Some(path) => Place::as_named(&crate::config::expand(&path.to_string_lossy())),
        None => input.clone(),
    })
}
