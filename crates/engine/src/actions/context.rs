//! What an action works with.

use crate::{
    engine::Engine,
    error::TaskError,
    play::PlayState,
    task::{Content, Resolved, delegated, to_bool},
    tree::RunTask,
};
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use rplay_vars::TaskScope;
use std::{path::Path, sync::Arc};

/// One run of an action: a host, a loop item, finished arguments.
pub struct ActionContext<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// The play.
    pub play: &'a PlayState,
    /// The task.
    pub task: &'a RunTask,
    /// Variables of the host (and the item).
    pub scope: &'a TaskScope,
    /// Arguments, rendered; omitted ones are gone.
    pub args: Dict,
    /// Keywords, resolved.
    pub keywords: &'a Resolved,
}

/// What is to be done for a task.
pub enum Step {
    /// All is done: the result.
    Done(Dict),
    /// One module on the host; its result is the task's. Such steps of a loop travel together.
    Call(Call),
    /// A conversation with the host.
    Talk(Talk),
}

impl Step {
    /// A result that says what failed.
    pub(super) fn failed(message: &str) -> Self {
        let mut result = Dict::new();
        result.insert("failed", true.into());
        result.insert("msg", message.into());
        Step::Done(result)
    }
}

/// A conversation with a host: module calls and raw commands, one after another.
pub type Talk = Box<dyn FnOnce(&dyn Remote) -> Result<Dict, TaskError> + Send>;

/// A module to run on a host.
#[derive(Clone, Debug)]
pub struct Call {
    /// The module.
    pub module: Str,
    /// Its arguments.
    pub args: Dict,
    /// Content the module may ask for, by the id its arguments name.
    pub content: Vec<(String, Content)>,
}

impl Call {
    /// A call without content.
    pub fn new(module: impl Into<Str>, args: Dict) -> Self {
        Self { module: module.into(), args, content: Vec::new() }
    }
}

/// The host's end of a conversation.
pub trait Remote {
    /// Runs a module and returns its result, failed or not.
    fn call(&self, call: Call) -> Result<Dict, TaskError>;
    /// Runs modules one after another, sent together; the results in the same order.
    fn calls(&self, calls: Vec<Call>) -> Result<Vec<Dict>, TaskError>;
    /// Runs a command line without the agent.
    fn raw(&self, command: &str, stdin: Option<&[u8]>) -> Result<RawResult, TaskError>;
    /// Runs a module that sends a file back; the content goes to `sink`.
    fn receive(&self, call: Call, sink: &mut dyn std::io::Write) -> Result<Dict, TaskError>;
    /// Drops the connection; the next call makes a new one.
    fn reset(&self);
    /// Connections of the calls that follow are made within `limit`, or not at all.
    fn connect_within(&self, limit: std::time::Duration);
    /// Waits, unless the run is to stop.
    fn sleep(&self, time: std::time::Duration) -> Result<(), TaskError>;
}

/// What a raw command gave.
#[derive(Clone, Debug, Default)]
pub struct RawResult {
    /// Exit status.
    pub rc: i64,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl ActionContext<'_> {
    /// The variables as templates see them.
    pub fn scope(&self) -> Arc<dyn Scope> {
        Arc::new(self.scope.clone())
    }

    /// The variables of the host the task talks to: another one where it is delegated.
    pub fn connection_scope(&self) -> Arc<dyn Scope> {
        match &self.keywords.delegate_to {
            None => self.scope(),
            Some(name) => Arc::new(delegated(self.engine, self.play, (self.task, self.scope), name)),
        }
    }

    /// `module_defaults` of another module than the task names.
    pub fn module_defaults(&self, module: &str) -> Result<Dict, TaskError> {
        crate::task::defaults_of(self.engine, (self.task, module), &self.scope())
    }

    /// The directory of the playbook.
    pub fn playbook_dir(&self) -> &Path {
        &self.play.play.dir
    }

    /// An argument as text; numbers and booleans are printed as Python would.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.args.get(name)? {
            Value::None => None,
            value => Some(value.to_text()),
        }
    }

    /// An argument as a boolean.
    pub fn bool(&self, name: &str, default: bool) -> Result<bool, TaskError> {
        match self.args.get(name) {
            None | Some(Value::None) => Ok(default),
            Some(value) => to_bool(value).ok_or_else(|| {
                TaskError::refused(format!(
                    "argument '{name}' is of type {} and we were unable to convert to bool: {}",
                    value.type_name(),
                    super::arguments::not_bool(value)
                ))
            }),
        }
    }

    /// Refuses arguments that are not in `known`, in the words of ansible-core's older actions.
    pub fn only_options(&self, known: &[&str]) -> Result<(), TaskError> {
        let unknown: Vec<&str> =
            self.args.keys().filter_map(|key| key.as_str()).filter(|key| !known.contains(key)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let name = &self.task.task.action.name;
        Err(TaskError::refused(format!("Invalid options for {name}: {}", unknown.join(","))))
    }

    /// Refuses arguments that are not in `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), TaskError> {
        let unknown: Vec<&str> =
            self.args.keys().filter_map(|key| key.as_str()).filter(|key| !known.contains(key)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut known = known.to_vec();
        known.sort_unstable();
        Err(TaskError::refused(format!(
            "Unsupported parameters for ({}) module: {}. Supported parameters include: {}.",
            self.task.task.action.name,
            unknown.join(", "),
            known.join(", ")
        )))
    }
}
