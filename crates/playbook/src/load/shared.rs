//! Keywords that several levels share.

use super::{
    Reading, Result,
    typed::{is_template, items},
};
use crate::{Field, Keywords, Level, suggest::did_you_mean};
use rplay_value::{Str, Value};
use rplay_yaml::{Kind, Node};

impl Reading<'_> {
    /// Reads a keyword that levels share; false when it is none of them.
    pub(crate) fn shared(&self, key: &str, node: &Node, level: Level, into: &mut Keywords) -> Result<bool> {
        match key {
            "vars" => into.vars = self.vars(node, level)?,
            "when" => into.when = self.conditions(node),
            "tags" => into.tags = self.tags(node)?,
            "environment" => into.environment = self.environment(node),
            "module_defaults" => into.module_defaults = self.module_defaults(node)?,
            "collections" => into.collections = self.collections_keyword(node)?,
            "become" => into.r#become = self.field(key, node)?,
            "become_user" => into.become_user = self.field(key, node)?,
            "become_method" => into.become_method = self.field(key, node)?,
            "become_flags" => into.become_flags = self.field(key, node)?,
            "become_exe" => into.become_exe = self.field(key, node)?,
            "connection" => into.connection = self.field(key, node)?,
            "port" => into.port = self.field(key, node)?,
            "remote_user" => into.remote_user = self.field(key, node)?,
            "check_mode" => into.check_mode = self.field(key, node)?,
            "diff" => into.diff = self.field(key, node)?,
            "no_log" => into.no_log = self.field(key, node)?,
            "ignore_errors" => into.ignore_errors = self.field(key, node)?,
            "ignore_unreachable" => into.ignore_unreachable = self.field(key, node)?,
            "any_errors_fatal" => into.any_errors_fatal = self.field(key, node)?,
            "run_once" => into.run_once = self.field(key, node)?,
            "throttle" => into.throttle = self.field(key, node)?,
            "timeout" => into.timeout = self.field(key, node)?,
            "debugger" => into.debugger = self.debugger(node)?,
            "delegate_to" => into.delegate_to = self.field(key, node)?,
            "delegate_facts" => into.delegate_facts = self.field(key, node)?,
            "notify" => into.notify = items(node),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Conditions: a list of them, or one. An empty condition holds.
    pub(crate) fn conditions(&self, node: &Node) -> Vec<Value> {
        if node.is_null() {
            self.outdated(node, "Empty conditional expression was evaluated as True.", "Remove the keyword.");
        }
        items(node)
    }

    fn tags(&self, node: &Node) -> Result<Vec<Value>> {
        match &node.kind {
            Kind::Seq(_) => {
                let mut tags = Vec::new();
                self.flatten_tags(node, &mut tags)?;
                Ok(tags)
            }
            Kind::Scalar(Value::Str(text)) if is_template(&Value::Str(text.clone())) => {
                Ok(template_aware_split(text))
            }
            Kind::Scalar(Value::Str(text)) => {
                Ok(text.split(',').map(|tag| Value::Str(Str::new(tag.trim()).with_tag_of(text))).collect())
            }
            _ => Err(self.fail(node, "tags must be specified as a list").general()),
        }
    }

    fn flatten_tags(&self, node: &Node, into: &mut Vec<Value>) -> Result<()> {
        for item in node.as_seq().unwrap_or_default() {
            match &item.kind {
                Kind::Seq(_) => self.flatten_tags(item, into)?,
                Kind::Scalar(value @ (Value::Str(_) | Value::Int(_))) => into.push(value.clone()),
                _ => {
                    let message = format!(
                        "Keyword 'tags' items must be of type 'str' or 'int', not '{}'.",
                        item.type_name()
                    );
                    return Err(self.fail(item, message));
                }
            }
        }
        Ok(())
    }

    fn environment(&self, node: &Node) -> Vec<Value> {
        let (good, bad): (Vec<Value>, Vec<Value>) =
            items(node).into_iter().partition(|item| item.as_dict().is_some() || is_template(item));
        for item in bad.iter().filter(|item| !item.is_none()) {
            self.warn(node, format!("could not parse environment value, skipping: {}", item.repr()));
        }
        good
    }

    fn module_defaults(&self, node: &Node) -> Result<Vec<Value>> {
        let list = match &node.kind {
            Kind::Seq(list) => list.as_slice(),
            _ if node.is_null() => &[],
            _ => std::slice::from_ref(node),
        };
        for item in list {
            let Some(entries) = item.as_map() else {
                let message = "The field 'module_defaults' is supposed to be a dictionary or list of dictionaries, \
                               the keys of which must be static action, module, or group names. Only the values \
                               may contain templates. For example: {'ping': \"{{ ping_defaults }}\"}";
                return Err(self.fail(item, message));
            };
            for (key, _) in entries {
                self.check_defaults_of(key)?;
            }
        }
        Ok(list.iter().map(Node::to_value).collect())
    }

    fn check_defaults_of(&self, key: &Node) -> Result<()> {
        let name = key.as_str().unwrap_or_default();
        if name.starts_with("group/") || self.loader.host().is_action(name, &[]) {
            return Ok(());
        }
        let full = if name.matches('.').count() < 2 { format!("ansible.legacy.{name}") } else { name.into() };
        let names = self.loader.host().action_names();
        Err(self
            .fail(key, format!("Could not resolve action {full} in module_defaults"))
            .suggest(did_you_mean(name, names.iter().map(String::as_str))))
    }

    /// `collections`: names; the built-in collection is searched last when the list does not say where.
    pub(crate) fn collections_keyword(&self, node: &Node) -> Result<Vec<Str>> {
        let mut names: Vec<Str> = Vec::new();
        for item in items(node) {
            match item {
                Value::Str(name) => names.push(name),
                other => {
                    let message = format!(
                        "Keyword 'collections' items must be of type 'str', not '{}'.",
                        other.type_name()
                    );
                    return Err(self.fail(node, message));
                }
            }
        }
        if !names.is_empty()
            && !names.iter().any(|name| &**name == "ansible.builtin" || &**name == "ansible.legacy")
        {
            names.push("ansible.legacy".into());
        }
        Ok(names)
    }

    fn debugger(&self, node: &Node) -> Result<Option<Field<Str>>> {
        const CHOICES: [&str; 5] = ["always", "on_failed", "on_unreachable", "on_skipped", "never"];
        let field: Option<Field<Str>> = self.field("debugger", node)?;
        match &field {
            Some(Field::Literal(text)) if !self.strict() && !CHOICES.contains(&text.as_str()) => Err(self
                .fail(
                    node,
                    format!(
                        "'{text}' is not a valid value for debugger. Must be one of {}",
                        CHOICES.join(", ")
                    ),
                )),
            _ => Ok(field),
        }
    }
}

/// Splits a comma list whose items may be templates with commas of their own.
fn template_aware_split(text: &Str) -> Vec<Value> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut depth = 0usize;
    let mut before = '\0';
    for char in text.chars() {
        match (before, char) {
            ('{', '{' | '%' | '#') => depth += 1,
            ('}' | '%' | '#', '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (char, parts.last_mut()) {
            (',', _) if depth == 0 => parts.push(String::new()),
            (char, Some(part)) => part.push(char),
            (_, None) => {}
        }
        before = char;
    }
    parts.iter().map(|part| Value::Str(Str::new(part.trim()).with_tag_of(text))).collect()
}
