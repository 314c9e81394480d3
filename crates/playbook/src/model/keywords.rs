//! Keywords that plays, roles, blocks and tasks share, and that inner levels inherit.

use super::Field;
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// What a play, a role use, a block or a task may all say. Empty where nothing was written; the engine
/// merges the levels (`vars`, `when`, `tags`, `environment`, `module_defaults` add up, the others are
/// taken from the innermost level that has them).
#[derive(Clone, Debug, Default)]
pub struct Keywords {
    /// `vars`.
    pub vars: Arc<Dict>,
    /// `when`, each item one condition (text or boolean).
    pub when: Vec<Value>,
    /// `tags`, lists flattened, comma lists split; items may be templates.
    pub tags: Vec<Value>,
    /// `environment`: dictionaries or templates that yield one.
    pub environment: Vec<Value>,
    /// `module_defaults`: dictionaries of module (or `group/NAME`) to arguments.
    pub module_defaults: Vec<Value>,
    /// `collections`, in search order.
    pub collections: Vec<Str>,
    /// `become`.
    pub r#become: Option<Field<bool>>,
    /// `become_user`.
    pub become_user: Option<Field<Str>>,
    /// `become_method`.
    pub become_method: Option<Field<Str>>,
    /// `become_flags`.
    pub become_flags: Option<Field<Str>>,
    /// `become_exe`.
    pub become_exe: Option<Field<Str>>,
    /// `connection`.
    pub connection: Option<Field<Str>>,
    /// `port`.
    pub port: Option<Field<i64>>,
    /// `remote_user`.
    pub remote_user: Option<Field<Str>>,
    /// `check_mode`.
    pub check_mode: Option<Field<bool>>,
    /// `diff`.
    pub diff: Option<Field<bool>>,
    /// `no_log`.
    pub no_log: Option<Field<bool>>,
    /// `ignore_errors`.
    pub ignore_errors: Option<Field<bool>>,
    /// `ignore_unreachable`.
    pub ignore_unreachable: Option<Field<bool>>,
    /// `any_errors_fatal`.
    pub any_errors_fatal: Option<Field<bool>>,
    /// `run_once`.
    pub run_once: Option<Field<bool>>,
    /// `throttle`.
    pub throttle: Option<Field<i64>>,
    /// `timeout`, seconds.
    pub timeout: Option<Field<i64>>,
    /// `debugger`.
    pub debugger: Option<Field<Str>>,
    /// `delegate_to` (blocks and tasks).
    pub delegate_to: Option<Field<Str>>,
    /// `delegate_facts` (blocks and tasks).
    pub delegate_facts: Option<Field<bool>>,
    /// `notify` (blocks and tasks): handler names or templates.
    pub notify: Vec<Value>,
}
