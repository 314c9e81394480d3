//! Is this the host it claims to be?

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use ssh2::{MethodType, Session};

use super::config::{Effective, Strict};
use super::known_hosts::{Entry, Marker, entries};
use crate::error::ConnectErrorKind as Kind;
use crate::options::{Echo, Options, PromptHook};

/// What the known_hosts files say about a host.
pub(crate) struct KnownKeys {
    name: String,
    entries: Vec<Entry>,
    /// For another port than 22: entries of the bare name, which OpenSSH accepts a match of.
    bare: Vec<Entry>,
}

impl KnownKeys {
    pub(crate) fn read(effective: &Effective) -> Self {
        let bare = effective.host_key_alias.as_ref().unwrap_or(&effective.hostname).clone();
        let find = |name: &str| effective.known_hosts.iter().flat_map(|f| entries(f, name)).collect();
        if effective.port == 22 || effective.host_key_alias.is_some() {
            return Self { entries: find(&bare), name: bare, bare: Vec::new() };
        }
        let name = format!("[{bare}]:{}", effective.port);
        Self { entries: find(&name), bare: find(&bare), name }
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().chain(&self.bare)
    }
}

/// Makes the server show a key of a type that is known, if it has one.
pub(crate) fn ask_for_known_types(session: &Session, known: &KnownKeys) -> Result<(), ssh2::Error> {
    let supported = session.supported_algs(MethodType::HostKey)?;
    let is_known = |method: &str| {
        let key_type = if method.starts_with("rsa-sha2-") { "ssh-rsa" } else { method };
        known.all().any(|entry| entry.marker == Marker::Key && entry.key_type == key_type)
    };
    let (mut first, rest): (Vec<&str>, Vec<&str>) = supported.iter().copied().partition(|m| is_known(m));
    if first.is_empty() {
        return Ok(());
    }
    first.extend(rest);
    session.method_pref(MethodType::HostKey, &first.join(","))
}

/// Why a host's key is not accepted.
pub(crate) enum Doubt {
    /// Nothing can be done about it.
    Refused(Kind),
    /// It is unknown; a person may say that it is the right one.
    Unknown(Unknown),
}

impl From<Kind> for Doubt {
    fn from(kind: Kind) -> Self {
        Doubt::Refused(kind)
    }
}

/// A key that no file knows.
pub(crate) struct Unknown {
    name: String,
    key_type: String,
    fingerprint: String,
    key: Vec<u8>,
}

/// Refuses a host that is not known or shows another key.
pub(crate) fn check(session: &Session, known: &KnownKeys, effective: &Effective) -> Result<(), Doubt> {
    let Some((key, _)) = session.host_key() else {
        return Err(Kind::Handshake { address: known.name.clone(), reason: "no host key".to_owned() }.into());
    };
    let key_type = type_of(key);
    let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(key)));
    let same = |entry: &&Entry| entry.key == key;
    if let Some(entry) = known.all().filter(|e| e.marker == Marker::Revoked).find(same) {
        let (file, line) = (entry.file.clone(), entry.line);
        return Err(Kind::HostKeyRevoked { name: known.name.clone(), key_type, file, line }.into());
    }
    let plain = |entry: &&Entry| entry.marker == Marker::Key;
    if known.all().filter(plain).any(|entry| same(&entry)) || effective.strict == Strict::No {
        return Ok(());
    }
    let name = known.name.clone();
    if let Some(entry) = known.entries.iter().filter(plain).find(|entry| entry.key_type == key_type) {
        let (file, line) = (entry.file.clone(), entry.line);
        return Err(Kind::HostKeyChanged { name, key_type, fingerprint, file, line }.into());
    }
    if effective.strict == Strict::AcceptNew && known.entries.is_empty() {
        return Ok(note(effective, &name, &key_type, key)?);
    }
    Err(Doubt::Unknown(Unknown { name, key_type, fingerprint, key: key.to_vec() }))
}

impl Unknown {
    /// Asks the person at the terminal, if there is one; an accepted key is noted. Hosts are asked about one
    /// after another, each once. The key is given back: not every file keeps what is noted in it.
    pub(crate) fn ask(self, options: &Options, effective: &Effective) -> Result<Vec<u8>, Kind> {
        let Some(prompt) = options.prompt.as_ref().filter(|_| effective.strict == Strict::Ask) else {
            return Err(self.refused(effective));
        };
        let mut declined = options.declined.lock().unwrap_or_else(PoisonError::into_inner);
        // Another host of the same name may have been asked about while this one waited.
        if KnownKeys::read(effective).all().any(|e| e.marker == Marker::Key && e.key == self.key) {
            return Ok(self.key);
        }
        if !declined.contains(&self.name) && self.accepted(prompt) {
            note(effective, &self.name, &self.key_type, &self.key)?;
            return Ok(self.key);
        }
        declined.insert(self.name.clone());
        Err(self.refused(effective))
    }

    /// Whether this is that key.
    pub(crate) fn is(&self, key: Option<&[u8]>) -> bool {
        key == Some(&self.key)
    }

    fn accepted(&self, prompt: &PromptHook) -> bool {
        let mut question = format!(
            "The authenticity of host '{}' cannot be established: no known_hosts file has its key.\n\
             {} key fingerprint is {}.\n\
             Continue connecting (yes/no/[fingerprint])? ",
            self.name, self.key_type, self.fingerprint
        );
        loop {
            let Some(answer) = prompt(&question, Echo::Shown) else { return false };
            let answer = answer.reveal().trim();
            if answer == self.fingerprint || answer.eq_ignore_ascii_case("yes") {
                return true;
            }
            if answer.is_empty() || answer.eq_ignore_ascii_case("no") {
                return false;
            }
            question = "Type 'yes', 'no' or the fingerprint: ".to_owned();
        }
    }

    fn refused(self, effective: &Effective) -> Kind {
        let files = effective.known_hosts.iter().map(|file| file.display().to_string()).collect();
        let Self { name, key_type, fingerprint, .. } = self;
        Kind::HostKeyUnknown { name, key_type, fingerprint, files }
    }
}

/// The key type is the first string of the key's wire form.
fn type_of(key: &[u8]) -> String {
    let length = key.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
    let end = usize::try_from(length).unwrap_or(0).saturating_add(4);
    String::from_utf8_lossy(key.get(4..end).unwrap_or_default()).into_owned()
}

fn note(effective: &Effective, name: &str, key_type: &str, key: &[u8]) -> Result<(), Kind> {
    let Some(file) = effective.known_hosts.first() else {
        return Ok(());
    };
    let failed = |error: std::io::Error| Kind::Config(format!("{}: {error}", file.display()));
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    // A last line without an end would swallow this one.
    let ended = std::fs::read(file).map_or(true, |old| old.is_empty() || old.ends_with(b"\n"));
    let line = format!("{}{name} {key_type} {}\n", if ended { "" } else { "\n" }, STANDARD.encode(key));
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(file);
    opened.and_then(|mut file| file.write_all(line.as_bytes())).map_err(failed)
}
