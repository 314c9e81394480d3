//! Plays and playbooks.

use super::{Entry, Field, Keywords, Place, Role};
use rplay_value::{Str, Value};
use std::{path::PathBuf, sync::Arc};

/// A playbook file with the plays it holds; imported playbooks' plays stand where they were imported.
#[derive(Debug)]
pub struct Playbook {
    /// The file as it was named.
    pub file: PathBuf,
    /// Its plays.
    pub plays: Vec<Arc<Play>>,
}

/// A play.
#[derive(Debug)]
pub struct Play {
    /// `name`, as written.
    pub name: Option<Str>,
    /// `hosts`: text or a list, may be a template.
    pub hosts: Value,
    /// Shared keywords.
    pub keywords: Keywords,
    /// Directory of the playbook file the play stands in (`playbook_dir` of imported playbooks).
    pub dir: PathBuf,
    /// `gather_facts`.
    pub gather_facts: Option<Field<bool>>,
    /// `gather_subset`.
    pub gather_subset: Option<Value>,
    /// `gather_timeout`, seconds.
    pub gather_timeout: Option<Field<i64>>,
    /// `fact_path`.
    pub fact_path: Option<Field<Str>>,
    /// `serial`, as a list (numbers, percents, templates).
    pub serial: Vec<Value>,
    /// `strategy`.
    pub strategy: Option<Field<Str>>,
    /// `order`.
    pub order: Option<Field<Str>>,
    /// `max_fail_percentage`.
    pub max_fail_percentage: Option<Field<f64>>,
    /// `force_handlers`.
    pub force_handlers: Option<Field<bool>>,
    /// `vars_files`: each item a path or a list of alternatives.
    pub vars_files: Vec<Value>,
    /// `vars_prompt`.
    pub vars_prompt: Vec<VarsPrompt>,
    /// `roles`, in order.
    pub roles: Vec<RoleUse>,
    /// `pre_tasks`.
    pub pre_tasks: Vec<Entry>,
    /// `tasks`.
    pub tasks: Vec<Entry>,
    /// `post_tasks`.
    pub post_tasks: Vec<Entry>,
    /// `handlers`.
    pub handlers: Vec<Entry>,
    /// `when` and `vars` that `import_playbook` put on the play are in `keywords`; this is where the play
    /// stands.
    pub place: Place,
    /// The `import_playbook` statements that brought it, outermost first.
    pub imports: Vec<Place>,
}

impl Play {
    /// A play nobody wrote: no hosts, no tasks, no keywords.
    pub fn unwritten(dir: PathBuf, place: Place) -> Self {
        Self {
            name: None,
            hosts: Value::None,
            keywords: Keywords::default(),
            dir,
            gather_facts: None,
            gather_subset: None,
            gather_timeout: None,
            fact_path: None,
            serial: Vec::new(),
            strategy: None,
            order: None,
            max_fail_percentage: None,
            force_handlers: None,
            vars_files: Vec::new(),
            vars_prompt: Vec::new(),
            roles: Vec::new(),
            pre_tasks: Vec::new(),
            tasks: Vec::new(),
            post_tasks: Vec::new(),
            handlers: Vec::new(),
            place,
            imports: Vec::new(),
        }
    }
}

/// One entry of `roles`.
#[derive(Debug, Clone)]
pub struct RoleUse {
    /// The role, read.
    pub role: Arc<Role>,
    /// Where the entry stands.
    pub place: Place,
}

/// One entry of `vars_prompt`.
#[derive(Debug, Clone)]
pub struct VarsPrompt {
    /// `name`.
    pub name: Str,
    /// `prompt`.
    pub prompt: Option<Value>,
    /// `default`.
    pub default: Option<Value>,
    /// `private` (default true).
    pub private: bool,
    /// `confirm`.
    pub confirm: bool,
    /// `encrypt`, `salt`, `salt_size`: how the answer is hashed.
    pub encrypt: Option<Value>,
    /// `salt`.
    pub salt: Option<Value>,
    /// `salt_size`.
    pub salt_size: Option<i64>,
    /// `unsafe`: the answer is not a template.
    pub r#unsafe: bool,
}
