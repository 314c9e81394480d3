//! Roles.

use super::{Entry, Keywords};
use rplay_value::{Dict, Str, Value};
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// One use of a role: files read, parameters attached. Two uses with the same name, parameters and
/// keywords are the same role to de-duplication (`allow_duplicates: false`).
#[derive(Debug)]
pub struct Role {
    /// Name as the play wrote it.
    pub name: Str,
    /// `namespace.collection.role`, when it came from a collection.
    pub fqcn: Option<Str>,
    /// The role's directory.
    pub path: PathBuf,
    /// `defaults/main` (or `defaults_from`).
    pub defaults: Arc<Dict>,
    /// `vars/main` (or `vars_from`).
    pub vars: Arc<Dict>,
    /// Parameters: keys of the use that are not keywords.
    pub params: Arc<Dict>,
    /// Keywords of the use (`when`, `tags`, `become`, `vars`, …).
    pub keywords: Keywords,
    /// Roles of `meta/main` `dependencies`, in order.
    pub dependencies: Vec<Arc<Role>>,
    /// Roles that led here, outermost first (`ansible_parent_role_names`).
    pub parents: Vec<Arc<Role>>,
    /// `meta/main`.
    pub meta: RoleMeta,
    /// Which files were asked for in place of `main`.
    pub from: RoleFiles,
    /// Whether `import_role` or `include_role` asked for the role (rather than `roles:` or a dependency).
    pub from_include: bool,
    /// Entries of `tasks/main` (or `tasks_from`); set once right after the role is made, since the entries
    /// point back to their role.
    pub tasks: OnceLock<Vec<Entry>>,
    /// Entries of `handlers/main` (or `handlers_from`).
    pub handlers: OnceLock<Vec<Entry>>,
    /// Whether defaults and vars are visible to the rest of the play (`roles:`, `import_role`,
    /// `include_role` with `public: true`).
    pub public: bool,
}

/// Files of a role asked for by name; none stands for `main`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleFiles {
    /// `tasks_from`.
    pub tasks: Option<Str>,
    /// `vars_from`.
    pub vars: Option<Str>,
    /// `defaults_from`.
    pub defaults: Option<Str>,
    /// `handlers_from`.
    pub handlers: Option<Str>,
}

impl Role {
    /// The name messages and handler topics use: with its collection when it has one.
    pub fn full_name(&self) -> &Str {
        self.fqcn.as_ref().unwrap_or(&self.name)
    }

    /// Whether two uses are the same role to de-duplication: same role, files, parameters, variables, `when`
    /// and `tags`.
    pub fn is_same_use(&self, other: &Self) -> bool {
        self.full_name() == other.full_name()
            && self.path == other.path
            && self.from == other.from
            && self.from_include == other.from_include
            && self.params == other.params
            && self.keywords.vars == other.keywords.vars
            && self.keywords.when == other.keywords.when
            && self.keywords.tags == other.keywords.tags
    }
}

/// What `meta/main.yml` says that matters to running.
#[derive(Clone, Debug, Default)]
pub struct RoleMeta {
    /// `allow_duplicates`.
    pub allow_duplicates: bool,
    /// `collections`.
    pub collections: Vec<Str>,
    /// `argument_specs` (of `meta/argument_specs.yml` or `meta/main.yml`), the whole mapping of entry
    /// points.
    pub argument_specs: Option<Value>,
}
