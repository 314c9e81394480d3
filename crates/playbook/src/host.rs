//! What the loader needs from its caller.

use crate::TemplateError;
use rplay_value::{Dict, Str, Value};
use std::{
    io,
    path::{Path, PathBuf},
};

/// A file's text.
#[derive(Clone, Debug)]
pub struct FileText {
    /// The text, decrypted.
    pub text: String,
    /// Whether the file is encrypted: its lines are then never shown in diagnostics.
    pub encrypted: bool,
}

/// What the loader asks its caller for: decrypted files, templates evaluated while reading, the modules and
/// lookups there are.
pub trait Host: Send + Sync {
    /// The text of a file, decrypted where it is vault-encrypted.
    ///
    /// # Errors
    /// When the file cannot be read or decrypted, or is not UTF-8.
    fn read(&self, path: &Path) -> io::Result<FileText>;

    /// The value of a template. The scopes are searched from last to first; extra variables, which the caller
    /// knows, stand over them.
    ///
    /// # Errors
    /// When the template has no value, for example for an undefined variable.
    fn template(&self, template: &Value, scopes: &[&Dict]) -> Result<Value, TemplateError>;

    /// Whether a module or action has this name; a plain name is also looked for in the collections.
    fn is_action(&self, name: &str, collections: &[Str]) -> bool;

    /// Names of modules and actions, to propose one in place of an unknown name.
    fn action_names(&self) -> Vec<String>;

    /// Whether a lookup has this name (`with_NAME`).
    fn is_lookup(&self, name: &str) -> bool;
}

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `roles_path`: where roles are looked for after the playbook's `roles`.
    pub roles_path: Vec<PathBuf>,
    /// `collections_path`: directories that hold `ansible_collections`.
    pub collections_path: Vec<PathBuf>,
    /// Variables and defaults of roles are seen by their own tasks only (`DEFAULT_PRIVATE_ROLE_VARS`).
    pub private_role_vars: Option<bool>,
    /// Refuse what current Ansible refuses instead of accepting older forms with a deprecation warning.
    pub strict: bool,
}

impl Settings {
    /// Whether others see the variables of a role that does not say so itself; without a setting it depends on
    /// how the role comes into the play.
    pub fn public(&self, is_static: bool) -> bool {
        self.private_role_vars.map_or(is_static, |private| !private)
    }
}
