//! The author's content: playbooks, roles, files of tasks and variables.

use crate::{actions, error::TaskError};
use rplay_playbook::{FileText, Loader, TemplateError as ParseTemplateError};
use rplay_template::{Binding, Scope, Templar};
use rplay_value::{Dict, Origin, Str, Value, surrogates};
use rplay_yaml::{Source, Trust};
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// How a vaulted file begins.
const VAULT: &[u8] = b"$ANSIBLE_VAULT";

/// Decrypts vaults.
pub trait Decrypt: Send + Sync {
    /// The plain text of a vault.
    ///
    /// # Errors
    /// When no secret opens it.
    fn decrypt(&self, vault: &str) -> io::Result<Vec<u8>>;

    /// Whether there are secrets at all.
    fn has_secrets(&self) -> bool;
}

/// The author's content, read on demand.
pub struct Content {
    /// Reads playbooks and roles.
    pub loader: Loader,
    files: Arc<Files>,
}

/// Where content may be found.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// `roles_path`.
    pub roles: Vec<PathBuf>,
    /// `collections_path`.
    pub collections: Vec<PathBuf>,
    /// Whether what is in a role stays there (`DEFAULT_PRIVATE_ROLE_VARS`), where it is set.
    pub private_role_vars: Option<bool>,
    /// Modules and actions nobody may use (`plugin_filters_cfg`).
    pub rejected: Vec<String>,
}

impl Content {
    /// Content under `paths`; templates that must be known while reading see `extra` variables.
    pub fn new(
        templar: Arc<Templar>,
        extra: Arc<Dict>,
        vault: Option<Arc<dyn Decrypt>>,
        paths: Paths,
        strict: bool,
    ) -> Self {
        let files = Arc::new(Files { templar, extra, vault, rejected: paths.rejected });
        let settings = rplay_playbook::Settings {
            roles_path: paths.roles,
            collections_path: paths.collections,
            private_role_vars: paths.private_role_vars,
            strict,
        };
        Self { loader: Loader::new(files.clone(), settings), files }
    }

    /// Whether there is an action or module of this name.
    pub fn is_action(&self, name: &str) -> bool {
        rplay_playbook::Host::is_action(&*self.files, name, &[])
    }

    /// The text of a file, decrypted where it is a vault; bytes that are no UTF-8 as `surrogateescape` reads
    /// them.
    ///
    /// # Errors
    /// When it cannot be read or decrypted.
    pub fn read(&self, path: &Path) -> io::Result<String> {
        Ok(surrogates::decode(&self.files.plain(path)?.0))
    }

    /// Whether the whole file is a vault.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_vault(&self, path: &Path) -> io::Result<bool> {
        let mut start = Vec::with_capacity(VAULT.len());
        std::fs::File::open(path)?.take(VAULT.len() as u64).read_to_end(&mut start)?;
        Ok(start == VAULT)
    }

    /// What a vault holds.
    ///
    /// # Errors
    /// When it cannot be read or no secret opens it.
    pub fn decrypted(&self, path: &Path) -> Result<Vec<u8>, TaskError> {
        let bytes = std::fs::read(path)
            .map_err(|error| TaskError::failed(format!("cannot read {}: {error}", path.display())))?;
        if !self.files.vault.as_ref().is_some_and(|vault| vault.has_secrets()) {
            let message =
                format!("A vault password or secret must be specified to decrypt {}", path.display());
            return Err(TaskError::refused(message));
        }
        let origin = Origin { file: path.to_string_lossy().into(), line: 0, column: 0 };
        self.files.decrypt(bytes).map_err(|error| TaskError::at(error.to_string(), Some(origin)))
    }

    /// What a file holds; with `decrypt` in plain text when it is a vault.
    ///
    /// # Errors
    /// When it cannot be read or no secret opens it.
    pub fn bytes(&self, path: &Path, decrypt: bool) -> Result<Vec<u8>, TaskError> {
        let fault = |error: io::Error| TaskError::failed(format!("cannot read {}: {error}", path.display()));
        if decrypt && self.is_vault(path).map_err(fault)? {
            return self.decrypted(path);
        }
        std::fs::read(path).map_err(fault)
    }

    /// The dictionary in a YAML or JSON file, and what is odd about it. With `listed`, as for `vars_files`, a
    /// list of dictionaries is one, the later ones over the earlier ones.
    ///
    /// # Errors
    /// When it cannot be read, is not YAML, or holds something else.
    pub fn vars_file(&self, path: &Path) -> Result<(Dict, Vec<String>), TaskError> {
        let (value, warnings) = self.data(path)?;
        match value {
            Value::Dict(dict) => Ok((Arc::unwrap_or_clone(dict), warnings)),
            Value::None => Ok((Dict::new(), warnings)),
            _ => Err(not_a_dictionary(path)),
        }
    }

    /// Like [`Self::vars_file`] for a file of `vars_files`, which may hold a list of dictionaries too.
    ///
    /// # Errors
    /// When it cannot be read, is not YAML, or holds something else.
    pub fn vars_files_entry(&self, path: &Path) -> Result<(Dict, Vec<String>), TaskError> {
        let (value, warnings) = self.data(path)?;
        let Value::List(items) = &value else { return self.vars_file(path) };
        let mut vars = Dict::new();
        for item in items.iter() {
            let dict = item.as_dict().ok_or_else(|| not_a_dictionary(path))?;
            vars.extend(dict.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        Ok((vars, warnings))
    }

    fn data(&self, path: &Path) -> Result<(Value, Vec<String>), TaskError> {
        let FileText { text, encrypted } =
            rplay_playbook::Host::read(&*self.files, path).map_err(|error| unread(path, &error))?;
        let source = Source { name: path.to_string_lossy().into(), text: text.into() };
        let document = rplay_yaml::load(&source, Trust::Trusted).map_err(|error| {
            // A report quotes the source, which is nobody's to read.
            TaskError::failed(if encrypted { error.message() } else { error.report() })
        })?;
        let warnings = document.warnings.iter().map(|warning| warning.message.clone()).collect();
        Ok((document.root.to_value(), warnings))
    }
}

fn not_a_dictionary(path: &Path) -> TaskError {
    TaskError::failed(format!("{} must be stored as a dictionary/hash", path.display()))
}

/// Why a file has no content: the system's words with the path, a vault's as they are.
pub(crate) fn unread(path: &Path, error: &io::Error) -> TaskError {
    match error.kind() {
        io::ErrorKind::Other => TaskError::failed(error.to_string()),
        _ => TaskError::failed(format!("cannot read {}: {error}", path.display())),
    }
}

/// What the loader asks for.
struct Files {
    templar: Arc<Templar>,
    extra: Arc<Dict>,
    vault: Option<Arc<dyn Decrypt>>,
    rejected: Vec<String>,
}

impl Files {
    /// A file's bytes, decrypted where they are a vault, and whether they were.
    fn plain(&self, path: &Path) -> io::Result<(Vec<u8>, bool)> {
        let bytes = std::fs::read(path)?;
        let encrypted = bytes.starts_with(VAULT);
        Ok((if encrypted { self.decrypt(bytes)? } else { bytes }, encrypted))
    }

    fn decrypt(&self, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let vault = self.vault.as_ref();
        let vault =
            vault.ok_or_else(|| io::Error::other("Attempting to decrypt but no vault secrets found."))?;
        let text = String::from_utf8(bytes).map_err(|_| io::Error::other("the vault is not text"))?;
        vault.decrypt(&text)
    }
}

impl rplay_playbook::Host for Files {
    fn read(&self, path: &Path) -> io::Result<FileText> {
        let (bytes, encrypted) = self.plain(path)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()),
            )
        })?;
        Ok(FileText { text: surrogates::decoded(text), encrypted })
    }

    fn template(&self, template: &Value, scopes: &[&Dict]) -> Result<Value, ParseTemplateError> {
        let layers =
            scopes.iter().map(|scope| Arc::new((*scope).clone())).chain([self.extra.clone()]).collect();
        let scope: Arc<dyn Scope> = Arc::new(Layers(layers));
        Ok(self.templar.render(&scope, template)?.unwrap_or_default())
    }

    fn is_action(&self, name: &str, _collections: &[Str]) -> bool {
        let short = actions::short_name(name);
        if self.rejected.iter().any(|rejected| rejected == short || rejected == name) {
            return false;
        }
        actions::find(name).is_some()
            || actions::names().any(|action| action == short)
            || rplay_modules::find(short).is_ok()
    }

    fn action_names(&self) -> Vec<String> {
        let modules = rplay_modules::modules().iter().map(|module| module.name.to_owned());
        actions::names().map(String::from).chain(modules).collect()
    }

    fn is_lookup(&self, name: &str) -> bool {
        self.templar.lookup(name).is_some()
    }
}

/// Dictionaries as a scope, the last one first.
pub(crate) struct Layers(pub(crate) Vec<Arc<Dict>>);

impl Scope for Layers {
    fn lookup(&self, name: &str) -> Option<Binding> {
        self.0.iter().rev().find_map(|layer| layer.get(name)).cloned().map(Binding::Value)
    }
    fn names(&self) -> Vec<Str> {
        let mut names: Vec<Str> = self
            .0
            .iter()
            .flat_map(|layer| layer.keys())
            .filter_map(|key| key.as_str().map(Str::from))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}
