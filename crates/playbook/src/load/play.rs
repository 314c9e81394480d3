//! Plays.

use super::{
    Frame, Reading, Result, imported_handlers,
    playbook::Import,
    typed::{Percent, items},
};
use crate::{Field, Level, Literal, Play, Role, RoleUse, VarsPrompt};
use rplay_value::{Str, Value};
use rplay_yaml::{Kind, Node};
use std::sync::Arc;

impl Reading<'_> {
    pub(super) fn play(&self, node: &Node, import: &Import) -> Result<Play> {
        let mut play = self.play_keywords(node)?;
        self.check_hosts(node)?;
        let mut vars = (*play.keywords.vars).clone();
        vars.extend((*import.vars).clone());
        play.keywords.vars = Arc::new(vars);
        play.keywords.tags.extend(import.tags.iter().cloned());
        play.keywords.when.splice(0..0, import.when.iter().cloned());
        play.imports.clone_from(&import.through);
        self.play_content(node, &mut play)?;
        Ok(play)
    }

    /// Everything but roles and tasks.
    fn play_keywords(&self, node: &Node) -> Result<Play> {
        let mut play = Play::unwritten(self.frame.dir.clone(), self.place(node.span));
        for (key, at, value) in self.keyed(node, Level::Play)? {
            match key {
                "roles" | "tasks" | "pre_tasks" | "post_tasks" | "handlers" => {}
                "name" => play.name = self.text(key, value)?,
                "hosts" => play.hosts = value.to_value(),
                "gather_facts" => play.gather_facts = self.field_now(key, value)?,
                "gather_subset" => {
                    play.gather_subset = Some(value.to_value()).filter(|value| !value.is_none())
                }
                "gather_timeout" => play.gather_timeout = self.field_now(key, value)?,
                "fact_path" => play.fact_path = self.field_now(key, value)?,
                "serial" => play.serial = items(value),
                "strategy" => play.strategy = self.field_now(key, value)?,
                "order" => play.order = self.field_now(key, value)?,
                "max_fail_percentage" => play.max_fail_percentage = self.percent(key, value)?,
                "force_handlers" => play.force_handlers = self.field_now(key, value)?,
                "vars_files" => play.vars_files = items(value),
                "vars_prompt" => play.vars_prompt = self.vars_prompt(value)?,
                "user" => {
                    if node.get("remote_user").is_some() {
                        let message = "both 'user' and 'remote_user' are set for this play. The use of 'user' is \
                                       deprecated, and should be removed";
                        return Err(self.fail(node, message));
                    }
                    play.keywords.remote_user = self.field("remote_user", value)?;
                }
                _ => {
                    let known = Level::Play.knows(key)
                        && self.shared(key, value, Level::Play, &mut play.keywords)?
                        || self.old_keyword((key, at), value, Level::Play, &mut play.keywords)?;
                    if !known {
                        return Err(self.unknown_in_play(at));
                    }
                }
            }
        }
        Ok(play)
    }

    fn unknown_in_play(&self, key: &Node) -> crate::PlaybookError {
        let name = key.as_str().unwrap_or_default();
        let error = self.unknown(key, Level::Play);
        if error.suggestion.is_none() && (Level::Task.knows(name) || self.loader.host().is_action(name, &[]))
        {
            return error.suggest(format!("'{name}' belongs to a task; is the list 'tasks:' missing?"));
        }
        error
    }

    fn check_hosts(&self, play: &Node) -> Result<()> {
        let Some(hosts) = play.get("hosts") else {
            return Err(self.fail(play, "The field 'hosts' is required but was not set."));
        };
        let message = match &hosts.kind {
            Kind::Scalar(Value::Str(text)) if !text.is_empty() => return Ok(()),
            Kind::Scalar(Value::Vaulted(_)) => return Ok(()),
            _ if !hosts.to_value().is_true() => {
                "Hosts list cannot be empty. Please check your playbook".into()
            }
            Kind::Seq(items) => match items.iter().find(|item| item.as_str().is_none()) {
                None => return Ok(()),
                Some(item) if item.is_null() => {
                    "Hosts list cannot contain values of 'None'. Please check your playbook".into()
                }
                Some(item) => {
                    format!("Hosts list contains an invalid host value: '{}'", item.to_value().to_text())
                }
            },
            _ => "Hosts list must be a sequence or string. Please check your playbook.".into(),
        };
        Err(self.fail(hosts, message))
    }

    fn percent(&self, keyword: &str, node: &Node) -> Result<Option<Field<f64>>> {
        Ok(self.field_now::<Percent>(keyword, node)?.map(|field| match field {
            Field::Literal(Percent(number)) => Field::Literal(number),
            Field::Template(template) | Field::Over(template, _) => Field::Template(template),
        }))
    }

    /// Roles first: their variables are known to names in the tasks.
    fn play_content(&self, node: &Node, play: &mut Play) -> Result<()> {
        let mut inner = self.clone();
        if !play.keywords.collections.is_empty() {
            inner.collections = play.keywords.collections.clone().into();
        }
        let mut frame = Frame::new(&play.dir, vec![play.keywords.vars.clone()], play.vars_files.clone());
        inner.frame = Arc::new(frame.clone());
        if let Some(roles) = node.get("roles") {
            play.roles = inner.roles_of_play(node, roles)?;
        }
        frame.roles = play.roles.iter().map(|entry| entry.role.clone()).collect();
        inner.frame = Arc::new(frame);
        let section = |reading: &Self, key: &str| match node.get(key) {
            Some(list) => {
                reading.list(list, &format!("A malformed block was encountered while loading {key}."))
            }
            None => Ok(Vec::new()),
        };
        play.pre_tasks = section(&inner, "pre_tasks")?;
        play.tasks = section(&inner, "tasks")?;
        play.post_tasks = section(&inner, "post_tasks")?;
        let handlers = Self { handlers: true, ..inner };
        play.handlers = section(&handlers, "handlers")?;
        let roles: Vec<Arc<Role>> = play.roles.iter().map(|entry| entry.role.clone()).collect();
        add_role_imports(&roles, play);
        for entries in [&play.pre_tasks, &play.tasks, &play.post_tasks] {
            play.handlers.extend(imported_handlers(entries));
        }
        Ok(())
    }

    fn roles_of_play(&self, play: &Node, node: &Node) -> Result<Vec<RoleUse>> {
        if node.is_null() {
            return Ok(Vec::new());
        }
        let Some(entries) = node.as_seq() else {
            let cause = format!("it should be a list but is a <class '{}'>", node.type_name());
            return Err(self
                .fail(play, "A malformed role declaration was encountered.")
                .because(crate::Cause::Text(cause)));
        };
        let read = |entry: &Node| {
            let role = self.role_use(entry, None)?;
            Ok(RoleUse { role, place: self.place(entry.span) })
        };
        entries.iter().map(read).collect()
    }

    fn vars_prompt(&self, node: &Node) -> Result<Vec<VarsPrompt>> {
        let entries = match &node.kind {
            Kind::Seq(entries) => entries.as_slice(),
            _ if node.is_null() => &[],
            _ => std::slice::from_ref(node),
        };
        entries.iter().map(|entry| self.prompt(node, entry)).collect()
    }

    fn prompt(&self, list: &Node, node: &Node) -> Result<VarsPrompt> {
        let Some(entries) = node.as_map() else {
            return Err(self
                .fail(node, "Invalid variable file contents.")
                .suggest("vars_prompt is a list of dictionaries with name and prompt.".to_owned()));
        };
        let name = node.get("name").and_then(|name| Str::of(&name.to_value()));
        let Some(name) = name else {
            return Err(self.fail(list, "Invalid vars_prompt data structure, missing 'name' key"));
        };
        let mut prompt = VarsPrompt {
            name,
            prompt: None,
            default: None,
            private: true,
            confirm: false,
            encrypt: None,
            salt: None,
            salt_size: None,
            r#unsafe: false,
        };
        for (key, value) in entries {
            let given = || Some(value.to_value()).filter(|value| !value.is_none());
            match key.as_str().unwrap_or_default() {
                "name" => {}
                "prompt" => prompt.prompt = given(),
                "default" => prompt.default = given(),
                "private" => prompt.private = self.literal("private", value)?,
                "confirm" => prompt.confirm = self.literal("confirm", value)?,
                "encrypt" => prompt.encrypt = given(),
                "salt" => prompt.salt = given(),
                "salt_size" if value.is_null() => {}
                "salt_size" => prompt.salt_size = Some(self.literal("salt_size", value)?),
                "unsafe" => prompt.r#unsafe = self.literal("unsafe", value)?,
                other => {
                    let message =
                        format!("Invalid vars_prompt data structure, found unsupported key '{other}'");
                    return Err(self.fail(key, message));
                }
            }
        }
        Ok(prompt)
    }

    /// A value that cannot be a template.
    fn literal<T: Literal>(&self, keyword: &str, node: &Node) -> Result<T> {
        T::of(&node.to_value()).ok_or_else(|| self.not_converted(keyword, node, T::NAME))
    }
}

/// Handlers of roles that the roles of a play import statically.
fn add_role_imports(roles: &[Arc<Role>], play: &mut Play) {
    for role in roles {
        add_role_imports(&role.dependencies, play);
        play.handlers.extend(imported_handlers(role.tasks.get().map_or(&[], Vec::as_slice)));
    }
}
