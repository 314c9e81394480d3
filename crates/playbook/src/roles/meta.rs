//! `meta/main.yml`.

use crate::{
    Keywords, Level, RoleMeta,
    load::{Reading, Result},
};
use rplay_value::Value;
use rplay_yaml::Node;

/// What a role's metadata says.
#[derive(Default)]
pub(super) struct Metadata<'n> {
    pub(super) meta: RoleMeta,
    /// Entries of `dependencies`.
    pub(super) dependencies: &'n [Node],
}

impl Reading<'_> {
    pub(super) fn metadata<'n>(&self, root: &'n Node, role: &str) -> Result<Metadata<'n>> {
        let mut metadata = Metadata::default();
        if !root.to_value().is_true() {
            return Ok(metadata);
        }
        if root.as_map().is_none() {
            return Err(self.fail(root, format!("the 'meta/main.yml' for role {role} is not a dictionary")));
        }
        let level = Level::RoleMetadata;
        for (key, at, value) in self.keyed(root, level)? {
            match key {
                "allow_duplicates" => {
                    let field = self.field_now::<bool>(key, value)?;
                    metadata.meta.allow_duplicates = match &field {
                        Some(field) => {
                            *field.literal().ok_or_else(|| self.not_converted(key, value, "bool"))?
                        }
                        None => false,
                    };
                }
                "argument_specs" => metadata.meta.argument_specs = given(value),
                "collections" => metadata.meta.collections = self.collections_keyword(value)?,
                "galaxy_info" => {}
                "dependencies" => {
                    metadata.dependencies = match value.as_seq() {
                        Some(entries) => entries,
                        None if !value.to_value().is_true() => &[],
                        None => return Err(self.fail(root, "Expected role dependencies to be a list.")),
                    };
                }
                _ if level.knows(key) => {
                    self.shared(key, value, level, &mut Keywords::default())?;
                    self.warn(at, format!("'{key}' has no effect in a role's metadata"));
                }
                _ => return Err(self.unknown(at, level)),
            }
        }
        Ok(metadata)
    }
}

fn given(node: &Node) -> Option<Value> {
    Some(node.to_value()).filter(Value::is_true)
}
