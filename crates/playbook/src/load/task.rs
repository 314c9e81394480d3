//! Tasks and handlers.

use super::{Reading, Result, action::Found, typed::items};
use crate::{Cause, Field, Level, Task, Until};
use rplay_value::{Dict, Str, Value};
use rplay_yaml::{Kind, Node};

impl Reading<'_> {
    /// Reads a task whose action is known.
    pub(crate) fn task(&self, node: &Node, found: Found, level: Level) -> Result<Task> {
        let (action_key, local) = (found.span, found.local);
        let mut task = Task {
            role: self.role.clone(),
            action: found.into_action(),
            ..Task::unwritten("", Dict::new(), self.place(node.span))
        };
        let mut until = Until { conditions: Vec::new(), retries: None, delay: None };
        for (key, at, value) in self.keyed(node, level)? {
            if at.span == action_key || matches!(key, "action" | "local_action" | "args") {
                continue;
            }
            match key {
                "name" => task.name = self.text(key, value)?,
                "register" => task.register = self.register(value)?,
                "loop" => self.add_loop(node, (key, at), value, &mut task.r#loop)?,
                "loop_control" => task.loop_control = self.loop_control(value)?,
                "until" => until.conditions = items(value),
                "retries" => until.retries = self.field(key, value)?,
                "delay" => until.delay = self.field(key, value)?,
                "changed_when" => task.changed_when = Some(items(value)),
                "failed_when" => task.failed_when = Some(items(value)),
                "async" | "async_val" => task.r#async = self.field("async", value)?,
                "poll" => task.poll = self.field(key, value)?,
                "static" if level.is_include() => self.old_static(at, level)?,
                "first_available_file" if self.is_old_keyword(key) => {
                    self.first_available_file(node, at, value, &mut task.r#loop)?;
                }
                "listen" if level.knows(key) => task.listen = self.listen(value)?,
                _ if key.strip_prefix("with_").is_some_and(|name| self.loader.host().is_lookup(name)) => {
                    self.add_loop(node, (key, at), value, &mut task.r#loop)?;
                }
                _ => {
                    let known = self.shared(key, value, level, &mut task.keywords)?
                        || self.old_keyword((key, at), value, level, &mut task.keywords)?;
                    if !known {
                        return Err(self.unknown_in_task(at, level));
                    }
                }
            }
        }
        if !until.conditions.is_empty() || until.retries.is_some() {
            task.until = Some(until);
        }
        if local {
            task.keywords.delegate_to = Some(Field::Literal("localhost".into()));
        }
        Ok(task)
    }

    fn unknown_in_task(&self, key: &Node, level: Level) -> crate::PlaybookError {
        let name = key.as_str().unwrap_or_default();
        let error = self.unknown(key, level);
        match name.strip_prefix("with_") {
            Some(lookup) => error.suggest(format!("There is no lookup named '{lookup}'.")),
            None => error,
        }
    }

    fn register(&self, node: &Node) -> Result<Option<Str>> {
        if node.is_null() {
            return Ok(None);
        }
        self.check_variable_name(node).map_err(|error| {
            self.fail(node, "Invalid 'register' specified.")
                .because(Cause::Text(error.message))
                .suggest(error.suggestion)
        })?;
        self.text("register", node)
    }

    /// Topics; a role's handlers listen to them under the role's name too.
    fn listen(&self, node: &Node) -> Result<Vec<Str>> {
        let single = std::slice::from_ref(node);
        let nodes = match &node.kind {
            Kind::Seq(items) => items.as_slice(),
            _ if node.is_null() => &[],
            _ => single,
        };
        let mut topics: Vec<Str> = Vec::new();
        for item in nodes {
            match &item.kind {
                Kind::Scalar(Value::Str(topic)) => topics.push(topic.clone()),
                _ => {
                    let message =
                        format!("Keyword 'listen' items must be of type 'str', not '{}'.", item.type_name());
                    return Err(self.fail(item, message));
                }
            }
        }
        let mut of_role: Vec<Str> = Vec::new();
        if let Some(role) = &self.role {
            for topic in &topics {
                of_role.extend([role.full_name(), &role.name].map(|name| format!("{name} : {topic}").into()));
            }
        }
        of_role.dedup();
        topics.extend(of_role);
        Ok(topics)
    }

    /// Refuses `meta` actions that make no sense where they stand.
    pub(crate) fn check_meta(&self, node: &Node, found: &Found) -> Result<()> {
        let end_role =
            found.is(&["meta"]) && found.args.get("_raw_params").and_then(Value::as_str) == Some("end_role");
        match (end_role, self.handlers, &self.role) {
            (true, true, _) => Err(self.fail(node, "Cannot execute 'end_role' from a handler")),
            (true, false, None) => Err(self.fail(node, "Cannot execute 'end_role' from outside of a role")),
            _ => Ok(()),
        }
    }
}
