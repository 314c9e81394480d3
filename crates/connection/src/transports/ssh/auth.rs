//! Logging in: keys, the agent, passwords, each secret once.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh2::{KeyboardInteractivePrompt, Prompt, Session};

use super::Login;
use crate::error::ConnectErrorKind as Kind;
use crate::{Echo, Secret};

/// Logs in or tells everything that was tried.
pub(crate) fn log_in(login: &Login<'_>, session: &Session) -> Result<(), Kind> {
    let mut attempt = Attempt { login, session, offered: String::new(), tried: Vec::new() };
    if attempt.ask_methods()? || attempt.keys() || attempt.password() {
        return Ok(());
    }
    Err(Kind::Auth {
        user: login.effective.user.clone(),
        address: login.address(),
        offered: attempt.offered,
        tried: attempt.tried,
    })
}

struct Attempt<'a> {
    login: &'a Login<'a>,
    session: &'a Session,
    offered: String,
    tried: Vec<String>,
}

impl Attempt<'_> {
    /// Asks what the server offers; true when it needs nothing at all.
    fn ask_methods(&mut self) -> Result<bool, Kind> {
        let user = &self.login.effective.user;
        // The binding panics on a list that is not UTF-8, and the list is the server's.
        let asked = catch_unwind(AssertUnwindSafe(|| self.session.auth_methods(user).map(str::to_owned)));
        match asked {
            Ok(Ok(methods)) => self.offered = methods,
            Ok(Err(_)) if self.session.authenticated() => return Ok(true),
            Ok(Err(error)) => {
                let reason = format!("asking for login methods: {}", error.message());
                return Err(Kind::Handshake { address: self.login.address(), reason });
            }
            Err(_) => {
                let reason = "the list of login methods is no text".to_owned();
                return Err(Kind::Handshake { address: self.login.address(), reason });
            }
        }
        Ok(self.session.authenticated())
    }

    fn offers(&self, method: &str) -> bool {
        self.offered.split(',').any(|offered| offered == method)
    }

    fn keys(&mut self) -> bool {
        if !self.offers("publickey") {
            return false;
        }
        let given: Vec<PathBuf> = self.login.target.private_key_file.iter().cloned().collect();
        let usual = self.login.effective.identity_files.clone();
        let files: Vec<PathBuf> = given.iter().chain(&usual).filter(|f| f.is_file()).cloned().collect();
        for missing in given.iter().filter(|file| !file.is_file()) {
            self.tried.push(format!("key {}: no such file", missing.display()));
        }
        let (locked, open): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_encrypted(file));
        let (first, later): (Vec<_>, Vec<_>) = open.into_iter().partition(|file| given.contains(file));
        // Encrypted keys come last: the agent may hold them, and asking interrupts people.
        self.files(&first) || self.agent(&locked) || self.files(&later) || self.files(&locked)
    }

    fn files(&mut self, files: &[PathBuf]) -> bool {
        files.iter().any(|file| self.file(file))
    }

    fn file(&mut self, file: &Path) -> bool {
        let passphrase = if is_encrypted(file) {
            let Some(secret) = self.passphrase(file) else {
                self.tried.push(format!("key {}: encrypted, no passphrase at hand", file.display()));
                return false;
            };
            Some(secret)
        } else {
            None
        };
        let user = &self.login.effective.user;
        let words = passphrase.as_ref().map(Secret::reveal);
        match self.session.userauth_pubkey_file(user, None, file, words) {
            Ok(()) => self.session.authenticated(),
            Err(error) => {
                self.tried.push(format!("key {}: {}", file.display(), refusal(&error)));
                false
            }
        }
    }

    fn passphrase(&self, file: &Path) -> Option<Secret> {
        let options = self.login.options;
        // The lock is held while asking: other hosts with the same key wait for the answer.
        let mut known = options.passphrases.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = || {
            let prompt = options.prompt.as_ref()?;
            prompt(&format!("Enter passphrase for key '{}': ", file.display()), Echo::Hidden)
        };
        known.entry(file.to_owned()).or_insert_with(ask).clone()
    }

    /// Keys that the SSH agent holds.
    fn agent(&mut self, locked: &[PathBuf]) -> bool {
        let effective = self.login.effective;
        let socket = match effective.identity_agent.as_deref() {
            Some("none") => return false,
            Some(path) => Some(PathBuf::from(path)),
            None if std::env::var_os("SSH_AUTH_SOCK").is_none() => return false,
            None => None,
        };
        match self.try_agent(socket.as_deref(), locked) {
            Ok(done) => done,
            Err(error) => {
                self.tried.push(format!("ssh-agent: {}", error.message()));
                false
            }
        }
    }

    fn try_agent(&mut self, socket: Option<&Path>, locked: &[PathBuf]) -> Result<bool, ssh2::Error> {
        let mut agent = self.session.agent()?;
        if let Some(socket) = socket {
            agent.set_identity_path(socket)?;
        }
        agent.connect()?;
        agent.list_identities()?;
        let wanted = self.wanted_public_keys(locked);
        for identity in agent.identities()? {
            if self.login.effective.identities_only && !wanted.iter().any(|key| key == identity.blob()) {
                continue;
            }
            match agent.userauth(&self.login.effective.user, &identity) {
                Ok(()) if self.session.authenticated() => return Ok(true),
                Ok(()) => {}
                Err(error) => {
                    self.tried.push(format!("agent key {}: {}", identity.comment(), refusal(&error)));
                }
            }
        }
        Ok(false)
    }

    /// Public halves of the configured keys, for `IdentitiesOnly`.
    fn wanted_public_keys(&self, locked: &[PathBuf]) -> Vec<Vec<u8>> {
        let given = self.login.target.private_key_file.iter();
        let files = given.chain(&self.login.effective.identity_files).chain(locked);
        files.filter_map(|file| public_key(file)).collect()
    }

    fn password(&mut self) -> bool {
        let Some(password) = &self.login.target.password else {
            return false;
        };
        let user = &self.login.effective.user;
        // One of the two: trying the same secret twice counts double towards a lock-out.
        let (name, outcome) = if self.offers("password") {
            ("password", self.session.userauth_password(user, password.reveal()))
        } else if self.offers("keyboard-interactive") {
            let mut answers = Answers { password, given: false };
            ("keyboard-interactive", self.session.userauth_keyboard_interactive(user, &mut answers))
        } else {
            self.tried.push("password: not offered".to_owned());
            return false;
        };
        match outcome {
            Ok(()) if self.session.authenticated() => true,
            Ok(()) => {
                self.tried.push(format!("{name}: accepted, but more is asked for"));
                false
            }
            Err(error) => {
                self.tried.push(format!("{name}: {}", refusal(&error)));
                false
            }
        }
    }
}

fn refusal(error: &ssh2::Error) -> String {
    const AUTHENTICATION_FAILED: i32 = -18;
    const PUBLICKEY_UNVERIFIED: i32 = -19;
    match error.code() {
        ssh2::ErrorCode::Session(AUTHENTICATION_FAILED | PUBLICKEY_UNVERIFIED) => "refused".to_owned(),
        _ => error.message().to_owned(),
    }
}

/// Answers the first hidden question with the password and every other with nothing.
struct Answers<'a> {
    password: &'a Secret,
    given: bool,
}

impl KeyboardInteractivePrompt for Answers<'_> {
    fn prompt(&mut self, _user: &str, _instructions: &str, prompts: &[Prompt<'_>]) -> Vec<String> {
        let answer = |prompt: &Prompt<'_>| {
            if prompt.echo || std::mem::replace(&mut self.given, true) {
                return String::new();
            }
            self.password.reveal().to_owned()
        };
        prompts.iter().map(answer).collect()
    }
}

/// True for a private key that needs a passphrase.
fn is_encrypted(file: &Path) -> bool {
    let Ok(text) = fs::read_to_string(file) else {
        return false;
    };
    if text.contains("ENCRYPTED") {
        return true;
    }
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let Ok(bytes) = STANDARD.decode(body) else {
        return false;
    };
    // OpenSSH's own format names the cipher right after its magic.
    bytes.strip_prefix(b"openssh-key-v1\0").is_some_and(|rest| !rest.starts_with(b"\0\0\0\x04none"))
}

fn public_key(file: &Path) -> Option<Vec<u8>> {
    let name = format!("{}.pub", file.file_name()?.to_string_lossy());
    let text = fs::read_to_string(file.with_file_name(name)).ok()?;
    STANDARD.decode(text.split_ascii_whitespace().nth(1)?).ok()
}
