//! `vars`, and names of variables.

use super::{Reading, Result};
use crate::Level;
use rplay_value::{Dict, Key};
use rplay_yaml::{Kind, Node};
use std::sync::Arc;

const RESERVED: [&str; 7] = ["False", "None", "True", "false", "none", "not", "true"];
const NAME_HELP: &str = "Variable names must be strings starting with a letter or underscore character, and \
                         contain only letters, numbers and underscores.";

/// Whether a text can name a variable.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
        && !RESERVED.contains(&name)
}

impl Reading<'_> {
    /// `vars`: a dictionary. A list of dictionaries is an older form.
    pub(crate) fn vars(&self, node: &Node, level: Level) -> Result<Arc<Dict>> {
        let mut dict = Dict::new();
        match &node.kind {
            Kind::Map(_) => self.add_vars(node, &mut dict)?,
            Kind::Seq(items) if items.iter().all(|item| item.as_map().is_some()) => {
                let message = not_a_dictionary(level);
                self.deprecated(node, message, "Write one dictionary instead of a list of dictionaries.")?;
                for item in items.iter() {
                    self.add_vars(item, &mut dict)?;
                }
            }
            _ if node.is_null() => {}
            _ => return Err(self.fail(node, not_a_dictionary(level))),
        }
        Ok(Arc::new(dict))
    }

    fn add_vars(&self, node: &Node, into: &mut Dict) -> Result<()> {
        for (key, value) in node.as_map().unwrap_or_default() {
            self.check_variable_name(key)?;
            if let Some(key) = key.as_scalar().cloned().and_then(Key::new) {
                into.insert(key, value.to_value());
            }
        }
        Ok(())
    }

    /// Refuses what cannot name a variable.
    pub(crate) fn check_variable_name(&self, node: &Node) -> Result<()> {
        if node.as_str().is_some_and(is_variable_name) {
            return Ok(());
        }
        let mut what = match node.as_scalar() {
            Some(name) => format!("name '{}'", name.to_text()),
            None => "name".to_owned(),
        };
        if node.as_str().is_none() {
            what.push_str(&format!(" of type '{}'", node.type_name()));
        }
        Err(self.fail(node, format!("Invalid variable {what}.")).general().suggest(NAME_HELP.to_owned()))
    }
}

fn not_a_dictionary(level: Level) -> String {
    format!("Vars in a {level:?} must be specified as a dictionary.")
}
