//! Dynamic includes of task files, and the `include` of older Ansible.

use super::{Reading, Result, action::Found, typed::is_template};
use crate::{Entry, Keywords, Level, Literal, Loader, Place, Task, TaskContext};
use rplay_value::{Dict, Key, Str, Value};
use rplay_yaml::{Kind, Node, Span};
use std::{collections::BTreeSet, sync::Arc};

impl Reading<'_> {
    pub(crate) fn include_level(&self) -> Level {
        if self.handlers { Level::HandlerTaskInclude } else { Level::TaskInclude }
    }

    /// `include_tasks`: stays a task.
    pub(crate) fn include_tasks(&self, node: &Node, mut found: Found) -> Result<Entry> {
        let level = self.include_level();
        self.check_dynamic(node, &found, level)?;
        self.check_include_options(node, &mut found)?;
        Ok(Entry::Task(Arc::new(self.task(node, found, level)?)))
    }

    /// Refuses keywords that a dynamic include would not pass on.
    pub(crate) fn check_dynamic(&self, node: &Node, found: &Found, level: Level) -> Result<()> {
        for (key, at, _) in self.keyed(node, level)? {
            let known = at.span == found.span
                || level.allows_on_dynamic(key)
                || key == "static"
                || key.strip_prefix("with_").is_some_and(|name| self.loader.host().is_lookup(name))
                || self.is_old_keyword(key);
            if !known {
                let help =
                    format!("Put '{key}' under the argument 'apply' to give it to the included tasks.");
                let error = self.unknown(at, level);
                return Err(if Level::Block.knows(key) { error.suggest(help) } else { error });
            }
        }
        Ok(())
    }

    /// Checks the arguments of `include_tasks` and `import_tasks`; the file ends up under `_raw_params`.
    pub(crate) fn check_include_options(&self, node: &Node, found: &mut Found) -> Result<()> {
        let options: BTreeSet<String> = found
            .args
            .keys()
            .map(|key| key.as_value().to_text())
            .filter(|key| !["file", "_raw_params", "apply"].contains(&key.as_str()))
            .collect();
        if !options.is_empty() {
            let names = options.into_iter().collect::<Vec<_>>().join(",");
            return Err(self.fail(node, format!("Invalid options for {}: {names}", found.name)));
        }
        if !found.args.get("_raw_params").is_some_and(Value::is_true) {
            match found.args.remove("file").filter(Value::is_true) {
                Some(file) => found.args.insert("_raw_params", file),
                None => return Err(self.fail(node, format!("No file specified for {}", found.name))),
            };
        }
        self.check_apply(node, found, &["include_tasks"])
    }

    /// `apply` is a dictionary, and only dynamic includes have it.
    pub(crate) fn check_apply(&self, node: &Node, found: &Found, allowed: &[&str]) -> Result<()> {
        match found.args.get("apply") {
            Some(apply) if apply.is_true() && !found.is(allowed) => {
                Err(self.fail(node, format!("Invalid options for {}: apply", found.name)))
            }
            Some(apply @ Value::Dict(_)) => self.apply(&node_of(apply, node.span)).map(drop),
            None => Ok(()),
            Some(apply) => {
                let message =
                    format!("Expected a dict for apply but got <class '{}'> instead", apply.type_name());
                Err(self.fail(node, message))
            }
        }
    }

    /// `include`: static when its file is known at once, dynamic otherwise, as Ansible until 2.15 decided.
    pub(crate) fn old_include(&self, node: &Node, mut found: Found, into: &mut Vec<Entry>) -> Result<()> {
        let message = "The 'ansible.builtin.include' action plugin has been removed.";
        let help = "Use include_tasks or import_tasks instead.";
        self.deprecated(node, message, help).map_err(crate::PlaybookError::general)?;
        let vars = take_parameters(&mut found.args);
        let name = if self.is_static(node, &found) { "import_tasks" } else { "include_tasks" };
        found.name = Str::new(name);
        if name == "import_tasks" {
            return self.import_tasks_with(node, found, vars, into);
        }
        self.check_include_options(node, &mut found)?;
        if let Some(apply) = self.keywords_to_apply(node, &found)? {
            found.args.insert("apply", Value::from(apply));
        }
        let mut task = self.task(node, found, self.include_level())?;
        only_dynamic(&mut task);
        add_vars(&mut task.keywords, vars);
        into.push(Entry::Task(Arc::new(task)));
        Ok(())
    }

    fn is_static(&self, node: &Node, found: &Found) -> bool {
        let written = node.get("static").map(Node::to_value).and_then(|value| bool::of(&value));
        let loops = node.as_map().unwrap_or_default().iter().filter_map(|(key, _)| key.as_str());
        let has_loop = loops.into_iter().any(|key| key == "loop" || key.starts_with("with_"));
        let file = found.args.get("_raw_params").or_else(|| found.args.get("file"));
        written.unwrap_or_else(|| !has_loop && !file.is_some_and(is_template))
    }

    /// Keywords that the old dynamic include passed on to its tasks.
    fn keywords_to_apply(&self, node: &Node, found: &Found) -> Result<Option<Dict>> {
        let level = self.include_level();
        let mut apply = Dict::new();
        for (key, at, value) in self.keyed(node, level)? {
            if at.span != found.span && Level::Block.knows(key) && !level.allows_on_dynamic(key) {
                apply.insert(key, value.to_value());
            }
        }
        Ok((!apply.is_empty()).then_some(apply))
    }
}

impl Loader {
    /// The keywords that `apply` of a dynamic include gives to what it includes; `place` is the include's.
    ///
    /// # Errors
    /// When it says what is no keyword of a block, or a keyword has a value of the wrong type.
    pub fn apply_keywords(&self, apply: &Value, place: &Place) -> Result<Keywords> {
        self.reading_in(&place.source, &TaskContext::default()).apply(&node_of(apply, place.span))
    }
}

impl Reading<'_> {
    fn apply(&self, node: &Node) -> Result<Keywords> {
        let level = Level::Block;
        let mut keywords = Keywords::default();
        for (key, at, value) in self.keyed(node, level)? {
            let known = key == "name"
                || self.shared(key, value, level, &mut keywords)?
                || self.old_keyword((key, at), value, level, &mut keywords)?;
            if !known {
                return Err(self.unknown(at, level));
            }
        }
        Ok(keywords)
    }
}

/// Data as nodes that all stand at one place.
fn node_of(value: &Value, span: Span) -> Node {
    let kind = match value {
        Value::List(items) => Kind::Seq(Arc::new(items.iter().map(|item| node_of(item, span)).collect())),
        Value::Dict(dict) => {
            let pair = |(key, value): (&Key, &Value)| {
                (Node::scalar(span, key.as_value().clone()), node_of(value, span))
            };
            Kind::Map(Arc::new(dict.iter().map(pair).collect()))
        }
        scalar => Kind::Scalar(scalar.clone()),
    };
    Node { span, kind }
}

/// Takes the `key=value` parameters of an old include out of its arguments.
fn take_parameters(args: &mut Dict) -> Dict {
    let (own, vars) = std::mem::take(args)
        .into_iter()
        .partition::<Vec<(Key, Value)>, _>(|(key, _)| matches!(key.as_str(), Some("file" | "_raw_params")));
    *args = own.into_iter().collect();
    vars.into_iter().collect()
}

/// Leaves the keywords that belong to a dynamic include itself.
fn only_dynamic(task: &mut Task) {
    let all = std::mem::take(&mut task.keywords);
    task.keywords = Keywords {
        vars: all.vars,
        when: all.when,
        tags: all.tags,
        collections: all.collections,
        ignore_errors: all.ignore_errors,
        no_log: all.no_log,
        run_once: all.run_once,
        timeout: all.timeout,
        debugger: all.debugger,
        ..Keywords::default()
    };
}

pub(crate) fn add_vars(keywords: &mut Keywords, vars: Dict) {
    if !vars.is_empty() {
        let mut all = (*keywords.vars).clone();
        all.extend(vars);
        keywords.vars = Arc::new(all);
    }
}
