//! Vault secrets of a run, and what opens with them.

mod source;

pub(crate) use source::{Source, secrets};

use crate::{Failure, cli::VaultOptions, config::Config, wiring::config_failure};
use rplay_engine::Decrypt;
use rplay_inventory::VaultHook;
use rplay_template::{FileLoader, VaultDecrypt};
use rplay_value::Vaulted;
use rplay_vault::{DEFAULT_ID, Secrets};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Opens vaults for everything that reads content. Without secrets it says so whenever one is read.
pub(crate) struct Vault(Secrets);

impl Vault {
    /// The secrets that options and configuration name; warnings tell of those that could not be had.
    pub(crate) fn new(options: &VaultOptions, config: &Config) -> Result<(Arc<Self>, Vec<String>), Failure> {
        let sources = Sources::new(options, config)?.decrypting();
        let (secrets, warnings) = secrets(&sources, false, config)?;
        Ok((Arc::new(Self(secrets)), warnings))
    }

    /// The bytes of a file, decrypted if the whole file is a vault.
    pub(crate) fn read_file(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = std::fs::read(path)?;
        if !rplay_vault::is_header(&bytes) {
            return Ok(bytes);
        }
        let text = String::from_utf8(bytes).map_err(|_| io::Error::other("the vault is not text"))?;
        Decrypt::decrypt(self, &text)
    }

    /// The text of a file, decrypted if the whole file is a vault.
    pub(crate) fn read_text(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read_file(path)?).map_err(|_| io::Error::other("not UTF-8 text"))
    }

    /// What the inventory calls for vaulted files.
    pub(crate) fn hook(self: &Arc<Self>) -> VaultHook {
        let vault = self.clone();
        Arc::new(move |text, _| rplay_vault::decrypt(text, &vault.0).map_err(|error| error.to_string()))
    }
}

impl Decrypt for Vault {
    fn decrypt(&self, text: &str) -> io::Result<Vec<u8>> {
        rplay_vault::decrypt(text, &self.0).map_err(io::Error::other)
    }

    fn has_secrets(&self) -> bool {
        !self.0.is_empty()
    }
}

impl VaultDecrypt for Vault {
    fn decrypt(&self, vaulted: &Vaulted) -> Result<String, String> {
        let plain = rplay_vault::decrypt(&vaulted.ciphertext, &self.0).map_err(|error| error.to_string())?;
        String::from_utf8(plain).map_err(|_| "the decrypted content is not UTF-8 text".into())
    }
}

impl FileLoader for Vault {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read_file(path)
    }
}

/// Where options and configuration say that secrets come from.
pub(crate) struct Sources {
    /// `vault_identity_list`, in front of everything else.
    pub configured: Vec<Source>,
    /// `--vault-id`.
    pub ids: Vec<Source>,
    /// `--vault-password-file`, then `vault_password_file`.
    pub files: Vec<Source>,
    /// `--ask-vault-password`.
    pub ask: bool,
    label: String,
}

impl Sources {
    pub(crate) fn new(options: &VaultOptions, config: &Config) -> Result<Self, Failure> {
        let label = config.text("defaults", "vault_identity").unwrap_or_else(|| DEFAULT_ID.into());
        let file = |path: PathBuf| Source::file(&label, path);
        let configured = config.text("defaults", "vault_identity_list").unwrap_or_default();
        let asked = config.bool("defaults", "ask_vault_pass").map_err(config_failure)?.unwrap_or(false);
        let default_file = config.file("defaults", "vault_password_file");
        Ok(Self {
            configured: configured
                .split(',')
                .map(str::trim)
                .filter(|id| !id.is_empty())
                .map(|id| Source::parse(id, &label))
                .collect(),
            ids: options.vault_id.iter().map(|id| Source::parse(id, &label)).collect(),
            files: options.vault_password_file.iter().cloned().chain(default_file).map(file).collect(),
            ask: options.ask_vault_password || asked,
            label,
        })
    }

    /// All of them in the order they are tried, for reading vaults.
    pub(crate) fn decrypting(&self) -> Vec<Source> {
        let mut all: Vec<Source> =
            self.configured.iter().chain(&self.ids).chain(&self.files).cloned().collect();
        if self.ask {
            all.push(self.prompt());
        }
        all
    }

    /// The question of `--ask-vault-password`.
    pub(crate) fn prompt(&self) -> Source {
        Source::asked(&self.label)
    }

    /// A password file without a label of its own.
    pub(crate) fn file(&self, path: PathBuf) -> Source {
        Source::file(&self.label, path)
    }

    /// A `[LABEL@]SOURCE`.
    pub(crate) fn id(&self, text: &str) -> Source {
        Source::parse(text, &self.label)
    }
}
