//! What expressions in the debugger see.

use crate::{
    engine::Engine,
    task::Outcome,
    tree::{RunTask, task_label},
};
use rplay_template::{Binding, Scope};
use rplay_value::{Dict, Str, Value};
use rplay_vars::Elsewhere;
use std::sync::Arc;

/// `task`, `task_vars`, `host` and `result` of a task.
pub(super) struct View<'a> {
    engine: &'a Engine,
    written: &'a RunTask,
    base: Arc<dyn Scope>,
    vars: Dict,
    names: Dict,
}

impl<'a> View<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        written: &'a RunTask,
        base: Arc<dyn Scope>,
        outcome: &Outcome,
    ) -> Self {
        let mut result = Dict::new();
        for name in ["_result", "result", "_return_data"] {
            result.insert(name, Value::from(outcome.result.clone()).with_trust(false));
        }
        let mut names = Dict::new();
        names.insert("host", outcome.host.clone().into());
        names.insert("result", result.into());
        Self { engine, written, base, vars: Dict::new(), names }
    }

    /// Shows the variables set by hand and the task's arguments as they are now.
    pub(super) fn show(&mut self, vars: &Dict, args: &Dict) {
        self.vars = vars.clone();
        let written = &self.written.task;
        let mut task = Dict::new();
        task.insert("name", written.name.clone().map_or(Value::from(""), Value::from).with_trust(false));
        task.insert("action", written.action.name.clone().into());
        task.insert("args", Value::from(args.clone()).with_trust(false));
        self.names.insert("task", task.into());
    }

    pub(super) fn engine(&self) -> &'a Engine {
        self.engine
    }

    pub(super) fn written(&self) -> &'a RunTask {
        self.written
    }

    /// The task's variables with those set by hand.
    pub(super) fn variables(&self) -> Arc<dyn Scope> {
        Arc::new(Over { names: self.vars.clone(), base: self.base.clone(), alias: false })
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// What to tell the person.
    pub(super) fn evaluate(&self, expression: &str) -> Result<Value, String> {
        let template = Value::Str(Str::trusted(format!("{{{{ {expression} }}}}")));
        match self.engine.templar.render(&self.names(), &template) {
            Ok(value) => Ok(value.unwrap_or_default().with_trust(false)),
            Err(error) => Err(complaint(&error.message)),
        }
    }

    /// An expression's value as Python's `pprint` shows it.
    ///
    /// # Errors
    /// What to tell the person.
    pub(super) fn print(&self, expression: &str) -> Result<String, String> {
        match expression {
            "task" => Ok(task_label(self.written)),
            "host" => Ok(self.names.get("host").map(Value::to_text).unwrap_or_default()),
            _ => {
                let pretty = self.engine.templar.pretty(&self.names(), &Str::trusted(expression.to_owned()));
                pretty.map_err(|error| complaint(&error.message))
            }
        }
    }

    /// What expressions see.
    fn names(&self) -> Arc<dyn Scope> {
        Arc::new(Over { names: self.names.clone(), base: self.variables(), alias: true })
    }
}

/// Python's words for what went wrong, where it is a name that is not there.
fn complaint(message: &str) -> String {
    let unknown = message.strip_suffix("' is undefined").and_then(|start| start.rsplit_once('\''));
    match unknown {
        Some((_, name)) => format!("***NameError:NameError(\"name '{name}' is not defined\")"),
        None => format!("***Error:{message}"),
    }
}

/// Names above a scope. With `alias`, only these and `task_vars` are seen.
struct Over {
    names: Dict,
    base: Arc<dyn Scope>,
    alias: bool,
}

impl Scope for Over {
    fn lookup(&self, name: &str) -> Option<Binding> {
        if let Some(value) = self.names.get(name) {
            return Some(Binding::Value(value.clone()));
        }
        match (self.alias, name) {
            (false, _) => self.base.lookup(name),
            (true, "task_vars") => Some(Binding::Object(Arc::new(Elsewhere(self.base.clone())))),
            (true, _) => None,
        }
    }

    fn names(&self) -> Vec<Str> {
        let mut names: Vec<Str> = self.names.keys().filter_map(|key| key.as_str().map(Str::from)).collect();
        names.extend(if self.alias { vec!["task_vars".into()] } else { self.base.names() });
        names
    }
}
