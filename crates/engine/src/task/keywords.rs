//! Keywords of a task as they are on one host.

use crate::{actions::short_name, engine::Engine, error::TaskError, tree::RunTask};
use rplay_playbook::{Field, Keywords, Literal};
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// Keywords that shape how a task runs, resolved for a host (and a loop item).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// Check mode.
    pub check: bool,
    /// Diff mode.
    pub diff: bool,
    /// Results stay hidden.
    pub no_log: bool,
    /// Failures are ignored.
    pub ignore_errors: bool,
    /// Unreachable hosts are ignored.
    pub ignore_unreachable: bool,
    /// Environment of what runs on the host.
    pub environment: Dict,
    /// Seconds the task may take.
    pub timeout: Option<u64>,
    /// `async`: seconds a job may take; none: the task is waited for.
    pub job: Option<u64>,
    /// `poll`: seconds between looks at the job; none: it is left alone.
    pub poll: Option<u64>,
    /// The host it runs on instead.
    pub delegate_to: Option<Str>,
    /// That host as outputs show it: with its address in parentheses where it has another one.
    pub delegate_label: Option<Str>,
    /// When the task debugger comes up.
    pub debugger: Option<Str>,
    /// Whether facts go to the delegated host.
    pub delegate_facts: bool,
}

impl Resolved {
    /// Resolves the keywords of `task` in `scope`.
    pub fn new(engine: &Engine, task: &RunTask, scope: &Arc<dyn Scope>) -> Result<Self, TaskError> {
        let own = &task.keywords.own;
        let read = Reader { engine, scope };
        let timeout = read.int("timeout", own.timeout.as_ref())?.unwrap_or(engine.settings.task_timeout);
        read.unused(own)?;
        let gathers = matches!(short_name(&task.task.action.name), "setup" | "gather_facts");
        Ok(Self {
            check: read.bool("check_mode", own.check_mode.as_ref())?.unwrap_or(engine.settings.check),
            diff: read.bool("diff", own.diff.as_ref())?.unwrap_or(engine.settings.diff),
            no_log: read.bool("no_log", own.no_log.as_ref())?.unwrap_or(engine.settings.no_log),
            ignore_errors: read.bool("ignore_errors", own.ignore_errors.as_ref())?.unwrap_or(false),
            ignore_unreachable: read
                .bool("ignore_unreachable", own.ignore_unreachable.as_ref())?
                .unwrap_or(false),
            environment: read.environment(&own.environment, gathers)?,
            timeout: checked_timeout(timeout)?,
            job: positive(read.int("async", task.task.r#async.as_ref())?.unwrap_or(0)),
            poll: positive(read.int("poll", task.task.poll.as_ref())?.unwrap_or(engine.settings.poll)),
            delegate_to: read.text("delegate_to", own.delegate_to.as_ref())?,
            delegate_label: None,
            debugger: debugger(&read, task)?,
            delegate_facts: read.bool("delegate_facts", own.delegate_facts.as_ref())?.unwrap_or(false),
        })
    }
}

fn positive(seconds: i64) -> Option<u64> {
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

/// The longest `timeout`, as ansible-core has it.
const MAX_TIMEOUT: i64 = 100_000_000;

fn checked_timeout(seconds: i64) -> Result<Option<u64>, TaskError> {
    match seconds {
        0 => Ok(None),
        1..=MAX_TIMEOUT => Ok(positive(seconds)),
        _ => Err(TaskError::failed(format!(
            "Timeout {seconds} is invalid, it must be between 0 and {MAX_TIMEOUT}."
        ))),
    }
}

/// When the task wants the debugger; none where it does not say.
pub(super) fn debugger(read: &Reader<'_>, task: &RunTask) -> Result<Option<Str>, TaskError> {
    const WORDS: [&str; 5] = ["always", "never", "on_failed", "on_unreachable", "on_skipped"];
    let word = read.text("debugger", task.keywords.own.debugger.as_ref())?;
    match &word {
        Some(other) if !WORDS.contains(&other.as_str()) => Err(TaskError::failed(format!(
            "'{other}' is not a valid value for debugger. Must be one of {}",
            WORDS.join(", ")
        ))),
        _ => Ok(word),
    }
}

/// Reads keyword fields in a scope.
pub(crate) struct Reader<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// The variables.
    pub scope: &'a Arc<dyn Scope>,
}

impl Reader<'_> {
    /// A value of whatever type, `None` where it is omitted.
    pub(crate) fn value(&self, name: &str, template: &Value) -> Result<Option<Value>, TaskError> {
        let origin = template_origin(template);
        self.engine.templar.render(self.scope, template).map_err(|error| {
            TaskError::from(error).within(format!("Error processing keyword '{name}'."), origin)
        })
    }

    fn typed<T: Literal + Clone>(
        &self,
        name: &str,
        field: Option<&Field<T>>,
    ) -> Result<Option<T>, TaskError> {
        match field {
            None => Ok(None),
            Some(Field::Literal(value)) => Ok(Some(value.clone())),
            Some(Field::Template(template)) => {
                self.value(name, template)?.map_or(Ok(None), |value| converted(name, &value, template))
            }
            Some(Field::Over(template, outer)) => match self.value(name, template)? {
                Some(value) => converted(name, &value, template),
                None => self.typed(name, Some(outer)),
            },
        }
    }

    /// A boolean keyword; text such as `yes` counts.
    pub(crate) fn bool(&self, name: &str, field: Option<&Field<bool>>) -> Result<Option<bool>, TaskError> {
        self.typed(name, field)
    }

    /// Keywords of connections must have values where nothing asks for them too.
    fn unused(&self, own: &Keywords) -> Result<(), TaskError> {
        self.bool("become", own.r#become.as_ref())?;
        let texts = [
            ("become_exe", &own.become_exe),
            ("become_flags", &own.become_flags),
            ("become_method", &own.become_method),
            ("become_user", &own.become_user),
            ("connection", &own.connection),
            ("remote_user", &own.remote_user),
        ];
        texts.into_iter().try_for_each(|(name, field)| self.text(name, field.as_ref()).map(drop))
    }

    /// An integer keyword.
    pub(crate) fn int(&self, name: &str, field: Option<&Field<i64>>) -> Result<Option<i64>, TaskError> {
        self.typed(name, field)
    }

    /// A number of seconds, fractions allowed.
    pub(crate) fn float(&self, name: &str, field: Option<&Field<f64>>) -> Result<Option<f64>, TaskError> {
        self.typed(name, field)
    }

    /// A text keyword.
    pub(crate) fn text(&self, name: &str, field: Option<&Field<Str>>) -> Result<Option<Str>, TaskError> {
        match field {
            None => Ok(None),
            Some(Field::Literal(text)) => Ok(Some(text.clone())),
            Some(Field::Template(template)) => Ok(self.value(name, template)?.and_then(into_text)),
            Some(Field::Over(template, outer)) => match self.value(name, template)? {
                Some(value) => Ok(into_text(value)),
                None => self.text(name, Some(outer)),
            },
        }
    }

    /// All levels merged, the innermost last. `gathers`: the task gathers facts.
    fn environment(&self, levels: &[Value], gathers: bool) -> Result<Dict, TaskError> {
        let mut environment = Dict::new();
        for level in levels {
            match level {
                Value::Dict(written) => self.add_variables(written, gathers, &mut environment)?,
                template => match self.value("environment", template)? {
                    Some(Value::Dict(dict)) => environment.extend(Arc::unwrap_or_clone(dict)),
                    Some(Value::List(items)) => {
                        for dict in items.iter().filter_map(Value::as_dict) {
                            environment.extend(dict.iter().map(|(key, value)| (key.clone(), value.clone())));
                        }
                    }
                    None | Some(Value::None) => {}
                    Some(other) => {
                        let text = format!("could not parse environment value, skipping: {}", other.repr());
                        self.engine.warn(text, template_origin(template));
                    }
                },
            }
        }
        Ok(environment)
    }

    /// Each variable by itself: one built on facts is left out while those are not there yet.
    fn add_variables(&self, written: &Dict, gathers: bool, environment: &mut Dict) -> Result<(), TaskError> {
        for (key, template) in written {
            match self.value("environment", template) {
                Ok(Some(value)) => {
                    environment.insert(key.clone(), value);
                }
                Ok(None) => {}
                Err(error) if awaits_facts(&error.summary(), gathers) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn converted<T: Literal>(name: &str, value: &Value, template: &Value) -> Result<Option<T>, TaskError> {
    match value {
        Value::None => Ok(None),
        value => T::of(value).map(Some).ok_or_else(|| wrong_type(name, value, T::NAME, template)),
    }
}

fn into_text(value: Value) -> Option<Str> {
    match value {
        Value::None => None,
        Value::Str(text) => Some(text),
        other => Some(other.to_text().into()),
    }
}

fn awaits_facts(message: &str, gathers: bool) -> bool {
    message.contains("undefined")
        && (message.contains("ansible_env") || gathers && message.contains("ansible_facts.env"))
}

fn wrong_type(name: &str, value: &Value, wanted: &str, template: &Value) -> TaskError {
    let origin = template_origin(template);
    let message = format!("The value {} could not be converted to '{wanted}'.", value.repr());
    TaskError::at(message, origin.clone()).within(format!("Error processing keyword '{name}'."), origin)
}

/// Where a template stands.
pub(crate) fn template_origin(value: &Value) -> Option<rplay_value::Origin> {
    match value {
        Value::Str(text) => text.origin().cloned(),
        _ => None,
    }
}

/// ansible-core's `boolean()`: booleans, 0 and 1, and the usual words.
pub(crate) fn to_bool(value: &Value) -> Option<bool> {
    Literal::of(value)
}

/// An integer, or text that is one.
pub(crate) fn to_int(value: &Value) -> Option<i64> {
    Literal::of(value)
}
