//! `ansible_failed_task`: the task that led to a rescue, with all its attributes.

use super::batch::Batch;
use crate::{
    actions::short_name,
    engine::Engine,
    task::{Outcome, rendered_args},
    tree::RunTask,
};
use rplay_playbook::{Field, LoopKind};
use rplay_template::Scope;
use rplay_value::{Dict, Value};
use std::sync::Arc;

impl Batch<'_> {
    /// The attributes of `task`, as they were for a host where they are known.
    pub(super) fn failed_task(&self, task: &RunTask, index: usize, outcome: &Outcome) -> Value {
        let scope: Arc<dyn Scope> =
            Arc::new(self.state.scope(self.engine, &self.members[index].host, &task.layers));
        let teller = Teller { engine: self.engine, task, scope: &scope };
        let mut told = Dict::new();
        teller.action(&mut told);
        teller.privileges(&mut told);
        teller.connection(outcome, &mut told);
        teller.flow(&mut told);
        teller.repetition(&mut told);
        Value::from(told).with_trust(false)
    }
}

struct Teller<'a> {
    engine: &'a Engine,
    task: &'a RunTask,
    scope: &'a Arc<dyn Scope>,
}

impl Teller<'_> {
    /// The value of a template; the template itself where it has none any more.
    fn final_value(&self, value: &Value) -> Value {
        self.engine.templar.render(self.scope, value).ok().flatten().unwrap_or_else(|| value.clone())
    }

    fn field<T: Clone + Into<Value>>(&self, field: Option<&Field<T>>, otherwise: impl Into<Value>) -> Value {
        match field {
            None => otherwise.into(),
            Some(Field::Literal(value)) => value.clone().into(),
            Some(Field::Template(template) | Field::Over(template, _)) => self.final_value(template),
        }
    }

    fn action(&self, told: &mut Dict) {
        let written = &self.task.task;
        let name = &written.action.name;
        let resolved = match name.contains('.') {
            true => name.to_string(),
            false => format!("ansible.builtin.{}", short_name(name)),
        };
        let args = rendered_args(self.engine, self.task, self.scope)
            .unwrap_or_else(|_| (*written.action.args).clone());
        let called =
            written.name.clone().map_or_else(|| Value::from(""), |name| self.final_value(&name.into()));
        told.insert("_resolved_action", resolved.into());
        told.insert("action", name.clone().into());
        told.insert("args", args.into());
        told.insert("name", called);
        told.insert("register", written.register.clone().map_or(Value::None, Value::from));
        told.insert("vars", merged(&self.task.keywords.vars));
        told.insert("uuid", format!("00000000-0000-0000-0000-{:012x}", self.task.id).into());
        told.insert("finalized", true.into());
        told.insert("squashed", true.into());
    }

    fn privileges(&self, told: &mut Dict) {
        let (own, usual) = (&self.task.keywords.own, &self.engine.settings.connection);
        told.insert("become", self.field(own.r#become.as_ref(), usual.r#become));
        told.insert("become_exe", self.field(own.become_exe.as_ref(), Value::None));
        told.insert("become_flags", self.field(own.become_flags.as_ref(), Value::None));
        told.insert("become_method", self.field(own.become_method.as_ref(), usual.become_method.clone()));
        told.insert("become_user", self.field(own.become_user.as_ref(), Value::None));
    }

    fn connection(&self, outcome: &Outcome, told: &mut Dict) {
        let (own, usual) = (&self.task.keywords.own, &self.engine.settings.connection);
        told.insert("connection", self.field(own.connection.as_ref(), usual.transport.clone()));
        told.insert("port", self.field(own.port.as_ref(), Value::None));
        told.insert("remote_user", self.field(own.remote_user.as_ref(), Value::None));
        told.insert("delegate_to", outcome.keywords.delegate_to.clone().map_or(Value::None, Value::from));
        told.insert("delegate_facts", self.field(own.delegate_facts.as_ref(), Value::None));
        told.insert("environment", Value::list(own.environment.iter().map(|level| self.final_value(level))));
        told.insert("module_defaults", Value::list(own.module_defaults.iter().cloned()));
        told.insert("collections", Value::list(own.collections.iter().map(|name| name.clone().into())));
    }

    fn flow(&self, told: &mut Dict) {
        let (own, written, settings) = (&self.task.keywords.own, &self.task.task, &self.engine.settings);
        let limit = self.field(written.r#async.as_ref(), 0);
        told.insert("any_errors_fatal", self.field(own.any_errors_fatal.as_ref(), settings.any_errors_fatal));
        told.insert("async", limit.clone());
        told.insert("async_val", limit);
        told.insert("changed_when", conditions(written.changed_when.as_deref().unwrap_or_default()));
        told.insert("check_mode", self.field(own.check_mode.as_ref(), settings.check));
        told.insert("debugger", self.field(own.debugger.as_ref(), Value::None));
        told.insert("diff", self.field(own.diff.as_ref(), settings.diff));
        told.insert("failed_when", conditions(written.failed_when.as_deref().unwrap_or_default()));
        told.insert("ignore_errors", self.field(own.ignore_errors.as_ref(), Value::None));
        told.insert("ignore_unreachable", self.field(own.ignore_unreachable.as_ref(), Value::None));
        told.insert("no_log", self.field(own.no_log.as_ref(), settings.no_log));
        let notify = Value::list(own.notify.iter().map(|name| self.final_value(name)));
        told.insert("notify", if own.notify.is_empty() { Value::None } else { notify });
        told.insert("poll", self.field(written.poll.as_ref(), settings.poll));
        told.insert("run_once", self.field(own.run_once.as_ref(), Value::None));
        told.insert("tags", Value::list(own.tags.iter().map(|tag| self.final_value(tag))));
        told.insert("throttle", self.field(own.throttle.as_ref(), 0));
        told.insert("timeout", self.field(own.timeout.as_ref(), settings.task_timeout));
        told.insert("when", conditions(&own.when));
    }

    fn repetition(&self, told: &mut Dict) {
        let written = &self.task.task;
        let until = written.until.as_ref();
        told.insert("until", conditions(until.map_or(&[], |until| until.conditions.as_slice())));
        told.insert("retries", self.field(until.and_then(|until| until.retries.as_ref()), Value::None));
        told.insert("delay", self.field(until.and_then(|until| until.delay.as_ref()), 5.0));
        let looped = written.r#loop.as_ref();
        told.insert("loop", looped.map_or(Value::None, |looped| self.final_value(&looped.terms)));
        told.insert(
            "loop_with",
            match looped.map(|looped| &looped.kind) {
                Some(LoopKind::With(lookup)) => lookup.clone().into(),
                _ => Value::None,
            },
        );
        told.insert("loop_control", self.loop_control());
    }

    fn loop_control(&self) -> Value {
        let control = &self.task.task.loop_control;
        Value::dict([
            ("break_when", conditions(&control.break_when)),
            ("extended", self.field(control.extended.as_ref(), Value::None)),
            ("extended_allitems", self.field(control.extended_allitems.as_ref(), true)),
            ("index_var", self.field(control.index_var.as_ref(), Value::None)),
            ("label", control.label.clone().unwrap_or_default()),
            ("loop_var", self.field(control.loop_var.as_ref(), "item")),
            ("pause", self.field(control.pause.as_ref(), 0.0)),
        ])
    }
}

fn conditions(written: &[Value]) -> Value {
    Value::list(written.iter().cloned())
}

fn merged(levels: &[Arc<Dict>]) -> Value {
    let mut all = Dict::new();
    for level in levels {
        all.extend(level.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    all.into()
}
