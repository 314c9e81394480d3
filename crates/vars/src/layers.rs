//! The parts of a scope that are the same for every host.

use rplay_value::Dict;
use std::sync::Arc;

/// What a play contributes to every task in it.
#[derive(Clone, Debug, Default)]
pub struct PlayLayers {
    /// Defaults of the play's public roles, lowest first.
    pub role_defaults: Vec<Arc<Dict>>,
    /// `vars`, `vars_prompt` and static `vars_files` of the play, lowest first.
    pub vars: Vec<Arc<Dict>>,
    /// Vars of the play's public roles, lowest first.
    pub role_vars: Vec<Arc<Dict>>,
    /// Extra variables of the command line.
    pub extra: Arc<Dict>,
    /// Magic variables of the run and the play, highest precedence of all, lowest first.
    pub magic: Vec<Arc<Dict>>,
    /// Whether dictionaries of the same name are merged rather than replaced (`hash_behaviour=merge`).
    pub merge: bool,
}

/// What a task contributes, whatever the host.
#[derive(Clone, Debug, Default)]
pub struct TaskLayers {
    /// Defaults of the task's role and the roles that led to it, lowest first.
    pub role_defaults: Vec<Arc<Dict>>,
    /// Vars of the task's role and the roles that led to it, lowest first.
    pub role_vars: Vec<Arc<Dict>>,
    /// `vars` of the blocks around the task, outermost first, then the task's own.
    pub vars: Vec<Arc<Dict>>,
    /// Parameters of roles and includes that led here, lowest first.
    pub params: Vec<Arc<Dict>>,
    /// Magic variables that depend on the task (`role_name`, `ansible_search_path`, …).
    pub magic: Arc<Dict>,
}
