//! What a play offers to templates that are evaluated while it is read.

use super::Loader;
use crate::Role;
use rplay_value::{Dict, Value};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// A play's directory and variables.
#[derive(Clone, Default)]
pub(crate) struct Frame {
    /// Directory of the playbook file.
    pub(crate) dir: PathBuf,
    /// Variables of the play, weakest first.
    pub(crate) vars: Vec<Arc<Dict>>,
    /// `vars_files` as written.
    pub(crate) vars_files: Vec<Value>,
    /// Roles of the play, read so far.
    pub(crate) roles: Vec<Arc<Role>>,
    files: OnceLock<Vec<Arc<Dict>>>,
}

impl Frame {
    pub(crate) fn new(dir: &Path, vars: Vec<Arc<Dict>>, vars_files: Vec<Value>) -> Self {
        Self { dir: dir.to_path_buf(), vars, vars_files, ..Self::default() }
    }

    /// Scopes for templates, weakest first.
    pub(crate) fn scopes(&self, loader: &Loader) -> Vec<Arc<Dict>> {
        let mut scopes: Vec<Arc<Dict>> = self.roles.iter().map(|role| role.defaults.clone()).collect();
        scopes.extend(self.vars.iter().cloned());
        scopes.extend(self.files.get_or_init(|| self.read_files(loader)).iter().cloned());
        scopes.extend(self.roles.iter().map(|role| role.vars.clone()));
        scopes
    }

    /// Files that cannot be named or read yet are left out: they may depend on the host.
    fn read_files(&self, loader: &Loader) -> Vec<Arc<Dict>> {
        let scopes: Vec<&Dict> = self.vars.iter().map(AsRef::as_ref).collect();
        let read = |item: &Value| {
            let name = loader.host().template(item, &scopes).ok()?;
            let path = self.dir.join(name.as_str()?);
            let inside = self.dir.join("vars").join(name.as_str()?);
            [path, inside].iter().find_map(|path| loader.vars_file(path).ok())
        };
        self.vars_files
            .iter()
            .filter_map(|item| match item {
                Value::List(choices) => choices.iter().find_map(read),
                item => read(item),
            })
            .collect()
    }
}
