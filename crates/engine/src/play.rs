//! A play while it runs.

use crate::{
    engine::Engine,
    event::{Diagnostic, Event},
    tree::{HandlerGroup, RunBlock, RunEntry, RunTask},
};
use rplay_playbook::{Play, Role};
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use rplay_vars::{HostVars, PlayLayers, TaskLayers, TaskScope};
use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// What the tasks of a play share while it runs.
pub struct PlayState {
    /// The play.
    pub play: Arc<Play>,
    layers: RwLock<Arc<PlayLayers>>,
    /// `vars_files` whose names depend on the host.
    host_files: Vec<Value>,
    files_read: Mutex<HashMap<PathBuf, Option<Arc<Dict>>>>,
    handlers: RwLock<Handlers>,
    /// Roles of which a task ran on a host.
    begun: Mutex<HashSet<(Str, RoleKey)>>,
    completed: Mutex<HashSet<(Str, RoleKey)>>,
    /// Roles imported and included, in order; those that the play names come before.
    brought: Mutex<Vec<Arc<Role>>>,
}

/// Two uses of a role with the same key are the same role to de-duplication.
type RoleKey = String;

impl PlayState {
    /// A play with the variables it brings and its handlers.
    pub(crate) fn new(
        play: Arc<Play>,
        layers: PlayLayers,
        host_files: Vec<Value>,
        handlers: Vec<HandlerGroup>,
    ) -> Self {
        let brought = Mutex::new(imported(&play));
        Self {
            play,
            layers: RwLock::new(Arc::new(layers)),
            host_files,
            files_read: Mutex::default(),
            handlers: RwLock::new(Handlers::of(handlers)),
            begun: Mutex::default(),
            completed: Mutex::default(),
            brought,
        }
    }

    /// All roles of the play so far.
    pub fn roles(&self) -> Vec<Arc<Role>> {
        let named = self.play.roles.iter().map(|used| used.role.clone());
        named.chain(self.brought.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned()).collect()
    }

    /// Roles that tasks of earlier batches included are not the next batch's.
    pub fn forget_included(&self) {
        *self.brought.lock().unwrap_or_else(PoisonError::into_inner) = imported(&self.play);
    }

    /// Takes in roles that tasks brought, and tells the play's variables about them.
    pub fn bring(&self, roles: Vec<Arc<Role>>) {
        let asked = roles.into_iter().filter(|role| role.from_include);
        self.brought.lock().unwrap_or_else(PoisonError::into_inner).extend(asked);
        let told = crate::magic::roles(&self.roles());
        self.update_layers(|layers| {
            if let Some(magic) = layers.magic.get_mut(1) {
                Arc::make_mut(magic).extend(told);
            }
        });
    }

    /// The variables the play brings.
    pub fn layers(&self) -> Arc<PlayLayers> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the variables the play brings.
    pub fn update_layers(&self, change: impl FnOnce(&mut PlayLayers)) {
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut layers));
    }

    /// The variables of a task on a host.
    pub fn scope(&self, engine: &Engine, host: &Arc<HostVars>, task: &Arc<TaskLayers>) -> TaskScope {
        let scope = TaskScope::new(host.clone(), self.layers(), task.clone(), engine.hosts.clone());
        if self.host_files.is_empty() {
            return scope;
        }
        let files = self.files_for(engine, &scope);
        scope.with_host_files(files)
    }

    /// `vars_files` found for a host. One whose name is still undefined, or that no file matches, is left
    /// out: facts may decide later.
    fn files_for(&self, engine: &Engine, scope: &TaskScope) -> Vec<Arc<Dict>> {
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        self.host_files.iter().filter_map(|entry| self.file_for(engine, &shared, entry)).collect()
    }

    fn file_for(&self, engine: &Engine, scope: &Arc<dyn Scope>, entry: &Value) -> Option<Arc<Dict>> {
        let alternatives = match entry {
            Value::List(items) => items.to_vec(),
            other => vec![other.clone()],
        };
        let mut missing = Vec::with_capacity(alternatives.len());
        let mut undecided = false;
        for name in alternatives {
            let Ok(Some(Value::Str(name))) = engine.templar.render(scope, &name) else {
                undecided = true;
                continue;
            };
            let path = crate::prepare::beside(&self.play, &name);
            if path.is_file() {
                return self.read_once(engine, path);
            }
            missing.push(name.to_string());
        }
        if !undecided {
            let origin = crate::task::template_origin(entry);
            engine.warn(format!("vars file {} was not found", missing.join(", ")), origin);
        }
        None
    }

    /// The variables of a file; one that cannot be read is told of once.
    fn read_once(&self, engine: &Engine, path: PathBuf) -> Option<Arc<Dict>> {
        let mut read = self.files_read.lock().unwrap_or_else(PoisonError::into_inner);
        let vars = read.entry(path).or_insert_with_key(|path| match engine.read_vars_files_entry(path) {
            Ok(vars) => Some(Arc::new(vars)),
            Err(error) => {
                engine.emit(Event::Error(Diagnostic::new(error.summary(), None)));
                None
            }
        });
        vars.clone()
    }

    /// All handlers of the play as one block, in definition order.
    pub fn handlers(&self) -> Arc<RunBlock> {
        self.handlers.read().unwrap_or_else(PoisonError::into_inner).block.clone()
    }

    /// The handlers as they are searched for a name: the group defined last first.
    pub(crate) fn handler_groups(&self) -> Vec<HandlerGroup> {
        let handlers = self.handlers.read().unwrap_or_else(PoisonError::into_inner);
        handlers.groups.iter().rev().cloned().collect()
    }

    /// Adds handlers that an included role brings.
    pub(crate) fn add_handlers(&self, new: Vec<HandlerGroup>) {
        if new.is_empty() {
            return;
        }
        let mut handlers = self.handlers.write().unwrap_or_else(PoisonError::into_inner);
        let mut groups = std::mem::take(&mut handlers.groups);
        groups.extend(new);
        *handlers = Handlers::of(groups);
    }

    /// Notes that a host ran a task of a role, well or not.
    pub fn begin(&self, host: &Str, role: &Role) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.insert((host.clone(), role_key(role)));
    }

    /// Notes that a host came to the end of a role; one whose tasks were all skipped may run again.
    pub fn complete(&self, host: &Str, role: &Role) {
        let key = (host.clone(), role_key(role));
        if !self.begun.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return;
        }
        self.completed.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    /// Whether a host need not run a task because it ran the task's role already.
    pub fn ran_before(&self, host: &Str, task: &RunTask) -> bool {
        !task.handler
            && task.task.role.iter().any(|role| {
                !role.meta.allow_duplicates
                    && self
                        .completed
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .contains(&(host.clone(), role_key(role)))
            })
    }
}

/// The roles that tasks of the play import, in order.
fn imported(play: &Play) -> Vec<Arc<Role>> {
    crate::prepare::all_imported(play).into_iter().filter(|role| role.from_include).collect()
}

/// The handlers of a play, in groups and as the block that is run.
struct Handlers {
    groups: Vec<HandlerGroup>,
    block: Arc<RunBlock>,
}

impl Handlers {
    fn of(groups: Vec<HandlerGroup>) -> Self {
        let body = groups.iter().flatten().cloned().map(RunEntry::Task).collect();
        let block = RunBlock { body, rescue: Vec::new(), always: Vec::new(), ends_role: None };
        Self { groups, block: Arc::new(block) }
    }
}

/// The use of a role as ansible-core tells uses apart: other keywords make no difference.
fn role_key(role: &Role) -> RoleKey {
    let keywords = &role.keywords;
    let list = |values: &[Value]| Value::list(values.iter().cloned()).repr();
    format!(
        "{}\n{}\n{}\n{}\n{}\n{}\n{:?}\n{}",
        role.name,
        role.path.display(),
        Value::Dict(role.params.clone()).repr(),
        Value::Dict(keywords.vars.clone()).repr(),
        list(&keywords.when),
        list(&keywords.tags),
        role.from,
        role.from_include,
    )
}
