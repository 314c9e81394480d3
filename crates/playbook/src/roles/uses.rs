//! Uses of roles in `roles:` and in `dependencies`.

use super::read::Use;
use crate::{
    Keywords, Level, Role,
    load::{Reading, Result},
};
use rplay_value::{Dict, Key, Str, Value};
use rplay_yaml::{Kind, Node};
use std::{path::Path, sync::Arc};

/// The role that depends on the one being used.
pub(crate) struct Dependent<'a> {
    /// The role itself, as its dependencies see it.
    pub(super) role: &'a Arc<Role>,
    /// The directory that holds it.
    pub(super) basedir: &'a Path,
}

impl Reading<'_> {
    /// Reads an entry of `roles` or `dependencies` and the role it names.
    pub(crate) fn role_use(&self, node: &Node, dependent: Option<&Dependent<'_>>) -> Result<Arc<Role>> {
        let mut wanted = match &node.kind {
            Kind::Scalar(Value::Str(name)) if name.contains(',') => {
                return Err(self.fail(node, format!("Invalid old style role requirement: {name}")).general());
            }
            Kind::Scalar(Value::Str(name)) => Use::new(name.clone(), self.place(node.span)),
            Kind::Map(_) => self.role_mapping(node, dependent.is_some())?,
            _ => return Err(self.fail(node, "Invalid role definition.")),
        };
        wanted.public = self.loader.settings().public(true);
        wanted.parent = dependent.map(|dependent| dependent.role.clone());
        wanted.basedir = dependent.map(|dependent| dependent.basedir.to_path_buf());
        let step = self.step(node, format!("role: {}", wanted.name));
        self.read_role(wanted).map_err(|error| match &error.place {
            Some(place) if place.source.name == self.source.name => error,
            _ => error.within(step),
        })
    }

    fn role_mapping(&self, node: &Node, is_dependency: bool) -> Result<Use> {
        let written = node.entry("role").or_else(|| node.entry("name")).map(|(_, value)| value);
        let name = match written.map(Node::to_value) {
            Some(Value::Str(name)) if !name.is_empty() => name,
            None if is_dependency => self.galaxy_name(node)?,
            _ => return Err(self.nameless(node)),
        };
        let mut keywords = Keywords::default();
        let mut params = Dict::new();
        let level = Level::RoleInclude;
        for (key, at, value) in self.keyed(node, level)? {
            let known = matches!(key, "role" | "name")
                || level.knows(key) && self.shared(key, value, level, &mut keywords)?
                || self.old_keyword((key, at), value, level, &mut keywords)?;
            if !known && let Some(key) = at.as_scalar().cloned().and_then(Key::new) {
                params.insert(key, value.to_value());
            }
        }
        let mut wanted = Use::new(name, self.place(node.span));
        wanted.keywords = keywords;
        wanted.params = Arc::new(params);
        Ok(wanted)
    }

    fn nameless(&self, node: &Node) -> crate::PlaybookError {
        self.fail(node, "role definitions must contain a role name").general()
    }

    /// The name of a role given by where it comes from: `src: https://host/group/name.git`.
    fn galaxy_name(&self, node: &Node) -> Result<Str> {
        let src = node.get("src").and_then(Node::as_str).ok_or_else(|| self.nameless(node))?;
        if !src.contains("://") && !src.contains('@') {
            return Ok(src.into());
        }
        let last = src.rsplit('/').next().unwrap_or(src);
        let last = last.strip_suffix(".git").unwrap_or(last);
        let last = last.strip_suffix(".tar.gz").unwrap_or(last);
        Ok(last.split(',').next().unwrap_or(last).into())
    }
}
