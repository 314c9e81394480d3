//! What runs on the controller: one file per action. A task whose name is no action runs the module of
//! that name on its host.

mod add_host;
mod arguments;
mod assemble;
mod assert;
mod async_status;
mod backend;
mod context;
mod copy;
mod debug;
mod fail;
mod fetch;
mod gather_facts;
mod group_by;
mod include_vars;
mod normal;
mod pause;
mod protomatter_debug;
mod raw;
mod reboot;
mod script;
mod search;
mod set_fact;
mod set_stats;
mod template;
mod unarchive;
mod validate_argument_spec;
mod wait_for_connection;

pub(crate) use protomatter_debug::PROTOMATTER_DEBUG;
pub(crate) use set_fact::{NAMES, is_identifier};

pub use context::{ActionContext, Call, RawResult, Remote, Step, Talk};

use crate::{error::TaskError, meta::Meta};
use rplay_playbook::Action as Written;
use std::fmt;

/// An action: runs on the controller and may talk to the host.
pub trait Action: Sync {
    /// Its name without a collection.
    fn name(&self) -> &'static str;

    /// Whether one run serves all hosts of the task (ansible-core's `BYPASS_HOST_LOOP`).
    fn once(&self) -> bool {
        false
    }

    /// Decides what is to be done for one host (and loop item).
    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError>;
}

/// All actions. To add one: a file here and a line in this table.
static ACTIONS: &[&dyn Action] = &[
    &add_host::AddHost,
    &assemble::Assemble,
    &assert::Assert,
    &async_status::AsyncStatus,
    &copy::Copy,
    &debug::Debug,
    &fail::Fail,
    &fetch::Fetch,
    &gather_facts::GatherFacts,
    &group_by::GroupBy,
    &include_vars::IncludeVars,
    &pause::Pause,
    &protomatter_debug::ProtomatterDebug,
    &raw::Raw,
    &reboot::Reboot,
    &script::Script,
    &set_fact::SetFact,
    &set_stats::SetStats,
    &template::Template,
    &unarchive::Unarchive,
    &validate_argument_spec::ValidateArgumentSpec,
    &wait_for_connection::WaitForConnection,
];

/// Collections whose short names are ours.
const COLLECTIONS: &[&str] = &["ansible.builtin.", "ansible.legacy.", "ansible.posix.", "community.general."];

/// The name without a collection that rplay ships.
pub fn short_name(name: &str) -> &str {
    COLLECTIONS.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// The action of a name, with or without its collection.
pub fn find(name: &str) -> Option<&'static dyn Action> {
    let name = short_name(name);
    ACTIONS.iter().copied().find(|action| action.name() == name)
}

/// The names of all actions, and of those the strategies carry out themselves. What only ansible-core's own
/// tests use, by a full name, is not among them.
pub fn names() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|action| action.name()).filter(|name| !name.contains('.')).chain([
        "meta",
        "include_tasks",
        "include_role",
    ])
}

/// What a task runs.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A `meta` task, carried out by the strategy.
    Meta(Meta),
    /// `include_tasks`.
    IncludeTasks,
    /// `include_role`.
    IncludeRole,
    /// An action on the controller.
    Action(&'static dyn Action),
    /// A module on the host.
    Module,
}

impl Kind {
    /// The kind of a task's action.
    pub fn of(action: &Written) -> Self {
        match short_name(&action.name) {
            "meta" => Kind::Meta(Meta::of(action)),
            "include_tasks" | "include" => Kind::IncludeTasks,
            "include_role" => Kind::IncludeRole,
            name => find(name).map_or(Kind::Module, Kind::Action),
        }
    }

    /// The action that carries the task out, if the strategy does not.
    pub fn action(&self) -> Option<&'static dyn Action> {
        match self {
            Kind::Action(action) => Some(*action),
            Kind::Module => Some(&normal::Normal),
            Kind::Meta(_) | Kind::IncludeTasks | Kind::IncludeRole => None,
        }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Meta(meta) => write!(f, "Meta({meta:?})"),
            Kind::IncludeTasks => f.write_str("IncludeTasks"),
            Kind::IncludeRole => f.write_str("IncludeRole"),
            Kind::Action(action) => write!(f, "Action({})", action.name()),
            Kind::Module => f.write_str("Module"),
        }
    }
}
