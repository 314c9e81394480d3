//! Forms of older Ansible whose meaning is unambiguous, accepted with a deprecation warning.

use super::{Reading, Result, typed::is_whole_template};
use crate::{Field, Keywords, Level, Literal, Loop};
use rplay_value::{Str, Value};
use rplay_yaml::Node;

/// Keys that older Ansible knew as keywords.
const OLD_KEYWORDS: [&str; 8] =
    ["first_available_file", "sudo", "sudo_user", "sudo_pass", "su", "su_user", "su_pass", "always_run"];

/// Lookups whose single word meant a variable (`with_items: users`).
const OF_VARIABLES: [&str; 8] =
    ["items", "list", "flattened", "dict", "indexed_items", "random_choice", "nested", "together"];

impl Reading<'_> {
    /// Whether a key of a task is a keyword of older Ansible (current Ansible takes it for a module).
    pub(super) fn is_old_keyword(&self, key: &str) -> bool {
        !self.strict() && OLD_KEYWORDS.contains(&key)
    }

    /// Reads a keyword of older Ansible; false when it is none.
    pub(crate) fn old_keyword(
        &self,
        (key, at): (&str, &Node),
        node: &Node,
        level: Level,
        into: &mut Keywords,
    ) -> Result<bool> {
        if level == Level::RoleMetadata || !self.is_old_keyword(key) {
            return Ok(false);
        }
        let new = match key {
            "sudo" | "su" => {
                into.r#become = self.field(key, node)?;
                self.old_method(key, into);
                "become"
            }
            "sudo_user" | "su_user" => {
                into.become_user = self.field(key, node)?;
                self.old_method(key, into);
                "become_user"
            }
            "always_run" => {
                if let Some(check) = self.always_run(node)? {
                    into.check_mode = Some(check);
                }
                "check_mode: false"
            }
            _ => {
                return Err(self
                    .fail(at, format!("'{key}' is no longer supported"))
                    .suggest("Set the variable ansible_become_password instead.".to_owned()));
            }
        };
        self.deprecated(at, format!("'{key}' is deprecated"), &format!("Use '{new}' instead."))?;
        Ok(true)
    }

    fn old_method(&self, key: &str, into: &mut Keywords) {
        let method = if key.starts_with("sudo") { "sudo" } else { "su" };
        into.become_method.get_or_insert_with(|| Field::Literal(method.into()));
    }

    fn always_run(&self, node: &Node) -> Result<Option<Field<bool>>> {
        let value = node.to_value();
        if let Value::Str(text) = &value
            && is_whole_template(text)
        {
            let inner = text.trim().trim_start_matches("{{").trim_end_matches("}}");
            let negated = Str::new(format!("{{{{ not ({inner}) }}}}")).with_tag_of(text);
            return Ok(Some(Field::Template(Value::Str(negated))));
        }
        match bool::of(&value) {
            Some(true) => Ok(Some(Field::Literal(false))),
            Some(false) => Ok(None),
            None => Err(self.not_converted("always_run", node, "bool")),
        }
    }

    /// `static` of includes: the name of the include says it now.
    pub(super) fn old_static(&self, key: &Node, level: Level) -> Result<()> {
        if self.strict() {
            return Err(self.unknown(key, level));
        }
        self.deprecated(key, "'static' is deprecated", "Use import_tasks or include_tasks.")
    }

    /// `first_available_file`: what `with_first_found` is now.
    pub(super) fn first_available_file(
        &self,
        task: &Node,
        at: &Node,
        node: &Node,
        into: &mut Option<Loop>,
    ) -> Result<()> {
        self.deprecated(at, "'first_available_file' is deprecated", "Use with_first_found instead.")?;
        self.add_loop(task, ("with_first_found", at), node, into)
    }

    /// The terms of `with_NAME`: a bare name of a variable becomes a template of it.
    pub(super) fn bare_variable(&self, lookup: &str, node: &Node) -> Value {
        let value = node.to_value();
        match &value {
            Value::Str(text) if !self.strict() && OF_VARIABLES.contains(&lookup) && is_bare_name(text) => {
                self.dropped(
                    node,
                    format!("Using a bare variable in with_{lookup} is deprecated."),
                    &format!("Write \"{{{{ {text} }}}}\" instead of the bare name."),
                );
                let template = format!("{{{{ {text} | default({}) }}}}", rplay_value::str_repr(text));
                Value::template(template).with_origin_of(text)
            }
            _ => value,
        }
    }
}

trait WithOrigin {
    fn with_origin_of(self, text: &Str) -> Self;
}

impl WithOrigin for Value {
    fn with_origin_of(self, text: &Str) -> Self {
        match self {
            Value::Str(template) if text.is_trusted() => Value::Str(template.with_tag_of(text)),
            other => other,
        }
    }
}

/// Whether a text is a name with attributes or subscripts: `users`, `site.users`, `groups['web']`.
fn is_bare_name(text: &Str) -> bool {
    let head: &str = text.split(['.', '[']).next().unwrap_or_default();
    text.is_trusted()
        && super::vars::is_variable_name(head)
        && text.chars().all(|char| char.is_ascii_alphanumeric() || "_.[]'\"".contains(char))
        && text.matches('[').count() == text.matches(']').count()
        && !text.ends_with('.')
}
