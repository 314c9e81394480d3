//! One file being read in its surroundings.

use super::{Frame, Loader, collection_dirs};
use crate::{
    Cause, Level, Place, PlaybookError, Role, Severity, Step, Warning, error::DROPPED_IN,
    suggest::did_you_mean,
};
use rplay_value::{Dict, Str, Value};
use rplay_yaml::{Node, Source, Span};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) type Result<T> = std::result::Result<T, PlaybookError>;

/// Imports and roles within each other before an endless recursion is assumed.
const MAX_DEPTH: usize = 100;

/// A file being read: which one, for which play and role, inside which blocks.
#[derive(Clone)]
pub(crate) struct Reading<'a> {
    pub(crate) loader: &'a Loader,
    pub(crate) source: Arc<Source>,
    pub(crate) frame: Arc<Frame>,
    pub(crate) role: Option<Arc<Role>>,
    pub(crate) handlers: bool,
    /// Collections in effect, in search order.
    pub(crate) collections: Arc<[Str]>,
    /// Variables of enclosing blocks and imports, outermost first.
    pub(crate) vars: Vec<Arc<Dict>>,
    /// Files of tasks being read, outermost first.
    pub(crate) files: Vec<PathBuf>,
    /// Roles being read (directory, `tasks_from`), outermost first.
    pub(crate) roles: Vec<(PathBuf, Option<Str>)>,
}

impl<'a> Reading<'a> {
    pub(crate) fn strict(&self) -> bool {
        self.loader.settings().strict
    }

    pub(crate) fn place(&self, span: Span) -> Place {
        Place { source: self.source.clone(), span }
    }

    /// An error at a node.
    pub(crate) fn fail(&self, node: &Node, message: impl Into<String>) -> PlaybookError {
        PlaybookError::new(message).at(self.place(node.span))
    }

    /// An error at a keyword that the level does not know.
    pub(crate) fn unknown(&self, key: &Node, level: Level) -> PlaybookError {
        let name = key_text(key);
        self.fail(key, format!("'{name}' is not a valid attribute for a {level:?}"))
            .suggest(did_you_mean(&name, level.keywords()))
    }

    /// Notes something odd.
    pub(crate) fn warn(&self, node: &Node, message: impl Into<String>) {
        self.note(node, message.into(), None, Severity::Odd);
    }

    /// Notes an older form that is accepted; in strict mode it is an error.
    pub(crate) fn deprecated(&self, node: &Node, message: impl Into<String>, help: &str) -> Result<()> {
        let message = message.into();
        if self.strict() {
            return Err(self.fail(node, message).suggest(help.to_owned()));
        }
        self.dropped(node, message, help);
        Ok(())
    }

    /// Notes a form that current Ansible accepts but will drop.
    pub(crate) fn outdated(&self, node: &Node, message: impl Into<String>, help: &str) {
        self.note(node, message.into(), Some(help.to_owned()), DROPPED_IN);
    }

    /// Notes an older form; the caller has looked that nothing strict is asked for.
    pub(crate) fn dropped(&self, node: &Node, message: impl Into<String>, help: &str) {
        self.note(node, message.into(), Some(help.to_owned()), Severity::Dropped);
    }

    fn note(&self, node: &Node, message: String, help: Option<String>, severity: Severity) {
        self.loader.warn(Warning { message, help, place: Some(self.place(node.span)), severity });
    }

    /// The same surroundings with a file of tasks entered.
    pub(crate) fn entering(mut self, path: &Path) -> Self {
        self.files.push(path.to_path_buf());
        self
    }

    /// The same surroundings with variables of a block or task added.
    pub(crate) fn with_vars(&self, vars: &Arc<Dict>) -> Self {
        let mut inner = self.clone();
        if !vars.is_empty() {
            inner.vars.push(vars.clone());
        }
        inner
    }

    /// Where a collection may be: in `collections` beside the playbook, then on the collections path.
    pub(crate) fn collection_dirs(&self, namespace: &str, name: &str) -> Vec<PathBuf> {
        collection_dirs(&self.collection_roots(), namespace, name)
    }

    /// The directories that hold collections: beside the playbook, the one it stands in, those configured.
    pub(super) fn collection_roots(&self) -> Vec<PathBuf> {
        let beside = self.frame.dir.join("collections");
        let around = self.frame.dir.ancestors().find(|dir| dir.ends_with("ansible_collections"));
        let around = around.map(Path::to_path_buf);
        let configured = self.loader.settings().collections_path.iter().cloned();
        std::iter::once(beside).chain(around).chain(configured).collect()
    }

    /// Whether imports and roles are nested so deep that they cannot end.
    pub(crate) fn is_too_deep(&self) -> bool {
        self.files.len() + self.roles.len() > MAX_DEPTH
    }

    pub(crate) fn step(&self, node: &Node, what: String) -> Step {
        Step { what, place: Some(self.place(node.span)) }
    }

    /// The entries of a mapping with text keys; a key of another type is an unknown keyword.
    pub(crate) fn keyed<'n>(
        &self,
        node: &'n Node,
        level: Level,
    ) -> Result<Vec<(&'n str, &'n Node, &'n Node)>> {
        let entries = node.as_map().unwrap_or_default().iter();
        entries
            .map(|(key, value)| Ok((key.as_str().ok_or_else(|| self.unknown(key, level))?, key, value)))
            .collect()
    }

    /// The value of a template that must be known now, with the task's own variables on top.
    pub(crate) fn evaluate(&self, value: &Value, own: &Dict) -> std::result::Result<Value, Cause> {
        let magic = self.magic();
        let mut scopes = self.frame.scopes(self.loader);
        if let Some(role) = &self.role {
            let of_parents = role.parents.iter();
            scopes.splice(0..0, of_parents.clone().chain([role]).map(|role| role.defaults.clone()));
            for role in of_parents.chain([role]) {
                scopes.extend([role.vars.clone(), role.keywords.vars.clone()]);
            }
        }
        scopes.extend(self.vars.iter().cloned());
        scopes.extend(self.role.iter().map(|role| role.params.clone()));
        let mut layers: Vec<&Dict> = scopes.iter().map(AsRef::as_ref).collect();
        layers.push(own);
        layers.push(&magic);
        self.loader.host().template(value, &layers).map_err(Cause::Template)
    }

    fn magic(&self) -> Dict {
        let text = |path: &Path| Value::from(path.to_string_lossy().into_owned());
        let mut dict = Dict::new();
        dict.insert("playbook_dir", text(&self.frame.dir));
        if let Some(role) = &self.role {
            dict.insert("role_path", text(&role.path));
            dict.insert("role_name", Value::Str(role.name.clone()));
            dict.insert("ansible_role_name", Value::Str(role.full_name().clone()));
        }
        dict
    }
}

/// A key as messages show it.
pub(crate) fn key_text(key: &Node) -> String {
    key.as_scalar().map_or_else(String::new, Value::to_text)
}
