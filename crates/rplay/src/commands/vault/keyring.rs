//! The secrets of one call: which open, which one seals.

use super::{
    failed,
    options::{Action, EncryptWith, Rekey},
    unusable,
};
use crate::{
    Failure,
    config::Config,
    vault::{Source, Sources, secrets},
    wiring,
};
use rplay_output::Screen;
use rplay_vault::{Opened, Secret, Secrets, VaultError};

/// A secret with its id.
#[derive(Clone)]
struct Named {
    id: String,
    secret: Secret,
}

/// The secrets of a call.
pub(super) struct Keyring {
    secrets: Secrets,
    sealing: Option<Named>,
}

impl Keyring {
    /// Reads, and asks for, what the action needs.
    pub(super) fn new(action: &Action, config: &Config, screen: &mut Screen) -> Result<Self, Failure> {
        let sources = Sources::new(&action.common().vault, config)?;
        let new = sealing(action).is_some();
        let mut list = sources.decrypting();
        if list.is_empty() {
            list.push(sources.prompt());
        }
        let secrets = read(&list, new, config, screen)?;
        if secrets.is_empty() {
            return Err(unusable("A vault password is required to use Ansible's Vault"));
        }
        let sealing = match (action, sealing(action)) {
            (Action::Rekey(action), _) => Some(rekeying(action, &sources, config, screen)?),
            (_, Some(with)) => Some(sealing_secret(&secrets, wanted(with, config).as_deref())?),
            _ => None,
        };
        Ok(Self { secrets, sealing })
    }

    /// Opens a vault text.
    pub(super) fn open(&self, text: &str) -> Result<Opened<'_>, VaultError> {
        rplay_vault::open(text, &self.secrets)
    }

    /// Encrypts what is not encrypted yet.
    pub(super) fn seal(&self, plain: &[u8]) -> Result<String, Failure> {
        if std::str::from_utf8(plain).is_ok_and(rplay_vault::is_encrypted) {
            return Err(failed("input is already encrypted"));
        }
        self.seal_again(plain)
    }

    /// Encrypts, whatever it is.
    pub(super) fn seal_again(&self, plain: &[u8]) -> Result<String, Failure> {
        let Some(named) = &self.sealing else {
            return Err(failed("A vault password must be specified to encrypt data"));
        };
        seal(plain, &named.secret, &named.id)
    }
}

/// Encrypts with the configured salt, or a random one.
pub(super) fn seal(plain: &[u8], secret: &Secret, id: &str) -> Result<String, Failure> {
    let configured = wiring::config()?.text("defaults", "vault_encrypt_salt").filter(|salt| !salt.is_empty());
    let salt = match configured {
        Some(salt) => salt.into_bytes(),
        None => rplay_vault::random_salt()
            .map_err(|error| failed(format!("no random salt can be had: {error}")))?
            .to_vec(),
    };
    rplay_vault::encrypt(plain, secret, Some(id), &salt).map_err(|error| failed(error.to_string()))
}

/// The options of an action that encrypts with the secrets given to it.
fn sealing(action: &Action) -> Option<&EncryptWith> {
    match action {
        Action::Create(action) => Some(&action.with),
        Action::Encrypt(action) => Some(&action.with),
        Action::EncryptString(action) => Some(&action.with),
        _ => None,
    }
}

/// The id to encrypt with.
fn wanted(with: &EncryptWith, config: &Config) -> Option<String> {
    with.encrypt_vault_id
        .clone()
        .or_else(|| config.text("defaults", "vault_encrypt_identity"))
        .filter(|id| !id.is_empty())
}

fn read(list: &[Source], new: bool, config: &Config, screen: &mut Screen) -> Result<Secrets, Failure> {
    let (secrets, warnings) = secrets(list, new, config)?;
    for warning in warnings {
        super::super::warn(screen, &warning);
    }
    Ok(secrets)
}

fn sealing_secret(secrets: &Secrets, wanted: Option<&str>) -> Result<Named, Failure> {
    let ids: Vec<&str> = secrets.ids().collect();
    if wanted.is_none() && ids.len() > 1 {
        return Err(unusable(format!(
            "The vault-ids {} are available to encrypt. Specify the vault-id to encrypt with --encrypt-vault-id",
            ids.join(",")
        )));
    }
    best(secrets, wanted)
}

/// The first secret with the id wanted, or the first there is.
fn best(secrets: &Secrets, wanted: Option<&str>) -> Result<Named, Failure> {
    let found = secrets.iter().find(|(id, _)| wanted.is_none_or(|wanted| wanted == *id));
    found.map(|(id, secret)| Named { id: id.to_owned(), secret: secret.clone() }).ok_or_else(|| {
        let ids: Vec<String> = secrets.ids().map(|id| format!("'{id}'")).collect();
        failed(format!(
            "Did not find a match for --encrypt-vault-id={} in the known vault-ids [{}]",
            wanted.unwrap_or_default(),
            ids.join(", ")
        ))
    })
}

/// The secret files are encrypted with anew.
fn rekeying(
    action: &Rekey,
    sources: &Sources,
    config: &Config,
    screen: &mut Screen,
) -> Result<Named, Failure> {
    let wanted = wanted(&action.with, config);
    let mut list = if wanted.is_some() { sources.configured.clone() } else { Vec::new() };
    list.extend(action.new_vault_id.as_deref().map(|id| sources.id(id)));
    list.extend(action.new_vault_password_file.clone().map(|path| sources.file(path)));
    list.extend(config.file("defaults", "vault_password_file").map(|path| sources.file(path)));
    if list.is_empty() || sources.ask {
        list.push(sources.prompt());
    }
    let secrets = read(&list, true, config, screen)?;
    if secrets.is_empty() {
        return Err(unusable("A new vault password is required to use Ansible's Vault rekey"));
    }
    best(&secrets, wanted.as_deref())
}
