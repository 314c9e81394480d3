//! Which action a task runs, with which arguments, in all the ways a task may say it.

use super::{Reading, Result, reading::key_text, typed::is_whole_template};
use crate::{
    Action, Cause, Level,
    args::{Free, SplitError, pairs, split},
    keywords::{is_builtin, is_free_form, is_task_keyword},
    suggest::did_you_mean,
};
use rplay_value::{Dict, Key, Str, Value};
use rplay_yaml::{Kind, Node, Span};
use std::sync::Arc;

/// What a task runs.
pub(crate) struct Found {
    pub(crate) name: Str,
    pub(crate) args: Dict,
    /// A template that stands for all arguments.
    pub(crate) template: Option<Value>,
    pub(crate) span: Span,
    /// Written as `local_action`.
    pub(crate) local: bool,
}

impl Found {
    pub(crate) fn is(&self, names: &[&str]) -> bool {
        is_builtin(&self.name, names)
    }

    pub(crate) fn into_action(self) -> Action {
        Action { name: self.name, args: Arc::new(self.args), template: self.template, span: self.span }
    }
}

/// Actions that are tasks of the engine itself and that no search path can hide.
const ENGINE: [&str; 6] = ["meta", "include_tasks", "include_role", "import_tasks", "import_role", "include"];

impl Reading<'_> {
    /// Finds the action of a task.
    pub(crate) fn action(&self, task: &Node) -> Result<Found> {
        let mut found: Option<Found> = None;
        if let Some((key, thing)) = task.entry("action") {
            found = self.old_style(task, key, thing)?;
        }
        if let Some((key, thing)) = task.entry("local_action") {
            if found.is_some() {
                return Err(self.fail(task, "action and local_action are mutually exclusive"));
            }
            found = self.old_style(task, key, thing)?.map(|found| Found { local: true, ..found });
        }
        let mut unknown = None;
        for (key, thing) in task.as_map().unwrap_or_default() {
            let name = key.as_string().ok_or_else(|| self.unknown(key, Level::Task))?;
            if is_task_keyword(name) || name.starts_with("with_") || self.is_old_keyword(name) {
                continue;
            }
            if let Some(found) = &found {
                return Err(self.conflict(task, found, key));
            }
            if !self.is_known_action(name) {
                unknown.get_or_insert(key);
            }
            found = Some(self.new_style(task, (key, name), thing)?);
        }
        if let Some(key) = unknown {
            return Err(self.no_such_action(task, key));
        }
        found.ok_or_else(|| self.fail(task, "no module/action detected in task."))
    }

    fn is_known_action(&self, name: &str) -> bool {
        is_builtin(name, &ENGINE) || self.loader.host().is_action(name, &self.collections)
    }

    fn no_such_action(&self, task: &Node, key: &Node) -> crate::PlaybookError {
        let name = key_text(key);
        let names = self.loader.host().action_names();
        self.fail(
            task,
            format!(
                "couldn't resolve module/action '{name}'. This often indicates a misspelling, missing \
                 collection, or incorrect module path."
            ),
        )
        .suggest(
            did_you_mean(&name, names.iter().map(String::as_str))
                .or_else(|| did_you_mean(&name, Level::Task.keywords())),
        )
    }

    fn conflict(&self, task: &Node, found: &Found, key: &Node) -> crate::PlaybookError {
        let message = format!("conflicting action statements: {}, {}", found.name, key_text(key));
        let odd = [found.name.to_string(), key_text(key)];
        let hint = odd.iter().find(|name| !self.is_known_action(name)).map(|name| {
            let meant = did_you_mean(name, Level::Task.keywords()).map(|text| format!(" {text}"));
            format!("'{name}' is neither a keyword of a task nor a module.{}", meant.unwrap_or_default())
        });
        self.fail(task, message).suggest(hint)
    }

    /// `MODULE: arguments`.
    fn new_style(&self, task: &Node, (key, name): (&Node, &Str), thing: &Node) -> Result<Found> {
        let mut found = self.base(task, name.clone(), key.span)?;
        let extra = task.entry("args").is_some();
        match &thing.kind {
            Kind::Map(_) => {
                let own = dict_of(thing);
                self.check_reserved(&found.name, &own, thing)?;
                found.args.extend(own);
            }
            Kind::Scalar(Value::Str(text)) => {
                let own = self.pairs_of(task, text, &found.name)?;
                let mut pairs: Vec<&str> = own.keys().filter_map(rplay_value::Key::as_str).collect();
                pairs.retain(|key| *key != "_raw_params");
                if extra && !pairs.is_empty() {
                    pairs.sort_unstable();
                    let pairs: Vec<String> = pairs.into_iter().map(rplay_value::str_repr).collect();
                    let message = format!("Merging legacy k=v args ({}) into task args.", pairs.join(", "));
                    self.outdated(thing, message, "Include all task args in the task `args` mapping.");
                }
                self.check_reserved(&found.name, &own, thing)?;
                found.args.extend(own);
            }
            Kind::Scalar(value @ Value::Vaulted(_)) => {
                found.args.insert("_raw_params", value.clone());
            }
            Kind::Scalar(Value::None) => {}
            _ => return Err(self.odd_action(task, thing)),
        }
        self.finish(task, found)
    }

    /// `action: MODULE arguments` or a mapping with `module`.
    fn old_style(&self, task: &Node, key: &Node, thing: &Node) -> Result<Option<Found>> {
        let (text, mut own) = match &thing.kind {
            Kind::Scalar(Value::Str(text)) => (text.clone(), Dict::new()),
            Kind::Map(_) => {
                let message = "Using a mapping for `action` is deprecated.";
                self.outdated(thing, message, "Use a string value for `action`.");
                let mut own = dict_of(thing);
                match own.remove("module") {
                    Some(Value::Str(text)) => (text, own),
                    Some(_) => return Err(self.odd_action(task, thing)),
                    None => return Ok(None),
                }
            }
            _ => return Err(self.odd_action(task, thing)),
        };
        let words = split(&text).map_err(|error| self.unbalanced(task, &error))?;
        let Some((name, rest)) = words.split_first() else { return Ok(None) };
        let name = Str::new(name.trim()).with_tag_of(&text);
        let rest = Str::new(rest.join(" ")).with_tag_of(&text);
        own.extend(self.pairs_of(task, &rest, &name)?);
        match own.remove("args") {
            Some(Value::Dict(more)) => own.extend((*more).clone()),
            Some(Value::Str(more)) => own.extend(self.pairs_of(task, &more, "")?),
            Some(_) => return Err(self.odd_action(task, thing)),
            None => {}
        }
        let mut found = self.base(task, name, key.span)?;
        self.check_reserved(&found.name, &own, thing)?;
        found.args.extend(own);
        self.finish(task, found).map(Some)
    }

    /// What `args` says; the module's own arguments come over it.
    fn base(&self, task: &Node, name: Str, span: Span) -> Result<Found> {
        let mut found = Found { name, args: Dict::new(), template: None, span, local: false };
        let Some(args) = task.get("args") else { return Ok(found) };
        match &args.kind {
            Kind::Map(_) => found.args = dict_of(args),
            Kind::Scalar(value @ Value::Str(text)) if is_whole_template(text) => {
                found.template = Some(value.clone());
            }
            Kind::Scalar(Value::None) => {
                let help = "A mapping or template which resolves to a mapping is required.";
                self.outdated(args, "Ignoring empty task `args` keyword.", help);
            }
            _ => {
                return Err(self
                    .fail(args, "The value of the task `args` keyword is invalid.")
                    .suggest("A mapping or template which resolves to a mapping is required.".to_owned()));
            }
        }
        Ok(found)
    }

    /// Moves a text that is one template (`copy: "{{ arguments }}"`) to where it stands for all arguments.
    fn finish(&self, task: &Node, mut found: Found) -> Result<Found> {
        if takes_text(&found.name) {
            return Ok(found);
        }
        match found.args.get("_raw_params") {
            Some(Value::Str(text)) if is_whole_template(text) => {
                let combined = match &found.template {
                    Some(Value::Str(base)) => Some(combined(base, text).ok_or_else(|| {
                        self.fail(task, "templates for all arguments stand both in `args` and at the module")
                            .suggest("Combine the two templates into one.".to_owned())
                    })?),
                    _ => None,
                };
                let own = found.args.remove("_raw_params");
                found.template = combined.or(own);
            }
            _ => {}
        }
        Ok(found)
    }

    fn pairs_of(&self, task: &Node, text: &Str, action: &str) -> Result<Dict> {
        let free = if is_free_form(action) { Free::Yes } else { Free::No };
        pairs(text, free).map_err(|error| self.unbalanced(task, &error))
    }

    fn unbalanced(&self, task: &Node, error: &SplitError) -> crate::PlaybookError {
        self.fail(task, "Error loading tasks.").because(Cause::Text(error.to_string()))
    }

    fn odd_action(&self, task: &Node, thing: &Node) -> crate::PlaybookError {
        self.fail(task, format!("unexpected parameter type in action: <class '{}'>", thing.type_name()))
            .suggest("Write the arguments as a mapping, or as text for free form commands.".to_owned())
    }

    fn check_reserved(&self, action: &str, args: &Dict, at: &Node) -> Result<()> {
        let reserved = args.keys().filter_map(Key::as_str).find(|key| key.starts_with("_ansible_"));
        match reserved {
            Some(key) if !is_free_form(action) => Err(self
                .fail(
                    at,
                    format!(
                        "Invalid parameter specified beginning with keyword '_ansible_' for action '{action}': \
                         '{key}'. The prefix '_ansible_' is reserved for internal use only."
                    ),
                )
                .general()),
            _ => Ok(()),
        }
    }
}

/// One template for two that each give a dictionary; the second one's entries win.
fn combined(base: &Str, over: &Str) -> Option<Value> {
    let inner = |text: &Str| {
        let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim().to_owned();
        (!inner.contains("{{") && !inner.starts_with('-') && !inner.ends_with('-')).then_some(inner)
    };
    let text = format!("{{{{ ({}) | combine({}) }}}}", inner(base)?, inner(over)?);
    Some(Value::Str(Str::new(text).with_tag_of(over)))
}

/// Whether an action takes a text as a whole (so that a template there is that text).
fn takes_text(action: &str) -> bool {
    const TEXT: [&str; 10] = [
        "include_vars",
        "include_tasks",
        "include_role",
        "import_tasks",
        "import_role",
        "add_host",
        "group_by",
        "set_fact",
        "meta",
        "include",
    ];
    is_free_form(action) || is_builtin(action, &TEXT)
}

fn dict_of(node: &Node) -> Dict {
    node.to_value().as_dict().cloned().unwrap_or_default()
}
