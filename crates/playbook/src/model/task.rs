//! Tasks and handlers.

use super::{Field, Keywords, Role};
use rplay_value::{Dict, Str, Value};
use rplay_yaml::{Source, Span};
use std::{fmt, sync::Arc};

/// Where something was written.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The node in it.
    pub span: Span,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.name, self.span.line, self.span.column)
    }
}

/// A task or a handler.
#[derive(Clone, Debug)]
pub struct Task {
    /// `name`, as written.
    pub name: Option<Str>,
    /// What it runs.
    pub action: Action,
    /// Shared keywords.
    pub keywords: Keywords,
    /// `loop` or `with_*`.
    pub r#loop: Option<Loop>,
    /// `loop_control`.
    pub loop_control: LoopControl,
    /// `register`.
    pub register: Option<Str>,
    /// `until`, `retries`, `delay`.
    pub until: Option<Until>,
    /// `changed_when`, each item one condition; none when not written.
    pub changed_when: Option<Vec<Value>>,
    /// `failed_when`, each item one condition; none when not written.
    pub failed_when: Option<Vec<Value>>,
    /// `async`, seconds.
    pub r#async: Option<Field<i64>>,
    /// `poll`, seconds.
    pub poll: Option<Field<i64>>,
    /// `listen` topics (handlers only).
    pub listen: Vec<Str>,
    /// The role whose file holds the task.
    pub role: Option<Arc<Role>>,
    /// Where the task stands (its first key).
    pub place: Place,
}

impl Task {
    /// A task nobody wrote: an action with its arguments, and nothing else.
    pub fn unwritten(action: impl Into<Str>, args: Dict, place: Place) -> Self {
        let action = Action { name: action.into(), args: Arc::new(args), template: None, span: place.span };
        Self {
            name: None,
            action,
            keywords: Keywords::default(),
            r#loop: None,
            loop_control: LoopControl::default(),
            register: None,
            until: None,
            changed_when: None,
            failed_when: None,
            r#async: None,
            poll: None,
            listen: Vec::new(),
            role: None,
            place,
        }
    }
}

impl Place {
    /// The place of what stands in no file: `name` is what is shown in place of one.
    pub fn nowhere(name: &str) -> Self {
        let source = Source { name: name.into(), text: "".into() };
        let span = Span { line: 0, column: 0, end_line: 0, end_column: 0 };
        Self { source: Arc::new(source), span }
    }
}

/// The module or action of a task with its arguments.
#[derive(Clone, Debug)]
pub struct Action {
    /// Name as written (`copy`, `ansible.builtin.copy`, `local_action`'s module, …).
    pub name: Str,
    /// Arguments: `args:`, the module's mapping, `key=value` text split; merged as Ansible does. A free
    /// form command stands under `_raw_params`. Values may be templates.
    pub args: Arc<Dict>,
    /// Whole-argument template (`args: "{{ dict }}"` or `module: "{{ dict }}"`), if any.
    pub template: Option<Value>,
    /// Where the action's key stands.
    pub span: Span,
}

/// What a task loops over.
#[derive(Clone, Debug)]
pub struct Loop {
    /// `loop` or the lookup named by `with_X`.
    pub kind: LoopKind,
    /// The terms, a template or data.
    pub terms: Value,
    /// Where the loop stands.
    pub span: Span,
}

/// The kind of a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// `loop:`.
    Loop,
    /// `with_NAME:`; the name of the lookup.
    With(Str),
}

/// `loop_control`.
#[derive(Clone, Debug, Default)]
pub struct LoopControl {
    /// `loop_var` (default `item`).
    pub loop_var: Option<Field<Str>>,
    /// `index_var`.
    pub index_var: Option<Field<Str>>,
    /// `label`, any template.
    pub label: Option<Value>,
    /// `pause`, seconds.
    pub pause: Option<Field<f64>>,
    /// `extended`.
    pub extended: Option<Field<bool>>,
    /// `extended_allitems`.
    pub extended_allitems: Option<Field<bool>>,
    /// `break_when`, each item one condition.
    pub break_when: Vec<Value>,
}

/// `until` with its `retries` and `delay`.
#[derive(Clone, Debug)]
pub struct Until {
    /// Conditions that must all hold; empty for `retries` without `until` (until the task succeeds).
    pub conditions: Vec<Value>,
    /// Attempts after the first (default 3).
    pub retries: Option<Field<i64>>,
    /// Seconds between attempts (default 5).
    pub delay: Option<Field<f64>>,
}
