//! From the playbook's tree to the running one.

use super::{HandlerGroup, Merged, RunBlock, RunEntry, RunTask, info};
use crate::actions::Kind;
use rplay_playbook::{Block, BlockKind, Entry, Keywords, Place, Role, Task, imported_handlers};
use rplay_value::{Dict, Str, Value};
use rplay_vars::TaskLayers;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What children of a level inherit.
#[derive(Clone, Debug, Default)]
pub struct Parent {
    /// Keywords in force.
    pub keywords: Merged,
    /// The roles around, outermost first.
    pub roles: Vec<Arc<Role>>,
    /// Variables of the includes around, outermost first.
    pub include_params: Vec<Arc<Dict>>,
    /// The includes and imports around, outermost first: what was used and where.
    pub included: Vec<(Str, String)>,
}

impl Parent {
    /// The parent inside a level with these keywords.
    pub fn inside(&self, keywords: &Keywords) -> Self {
        Self { keywords: self.keywords.inner(keywords), ..self.clone() }
    }

    /// Notes that what is inside came in there.
    pub fn came_by(&mut self, what: impl Into<Str>, place: &Place) {
        let at = format!("{}:{}:{}", place.source.name, place.span.line, place.span.column);
        self.included.push((what.into(), at));
    }
}

/// Decides whether a task with these tags (templates still) is part of the run.
pub(crate) trait Select {
    /// Whether the task runs, by the tags in force on it.
    fn selects(&self, keywords: &Merged, layers: &TaskLayers) -> bool;
}

/// Turns entries into running ones.
pub(crate) struct Builder<'a> {
    next: &'a AtomicUsize,
    select: &'a dyn Select,
    playbook_dir: PathBuf,
    of_handlers: bool,
}

impl<'a> Builder<'a> {
    /// A builder that numbers tasks from `next` and leaves out what `select` does not want.
    pub(crate) fn new(next: &'a AtomicUsize, select: &'a dyn Select, playbook_dir: PathBuf) -> Self {
        Self { next, select, playbook_dir, of_handlers: false }
    }

    /// The same builder for tasks that a handler includes: they are handlers too.
    pub(crate) fn of_handlers(self, of_handlers: bool) -> Self {
        Self { of_handlers, ..self }
    }

    /// The running form of `entries` under `parent`.
    pub(crate) fn entries(&self, entries: &[Entry], parent: &Arc<Parent>) -> Vec<RunEntry> {
        entries.iter().flat_map(|entry| self.entry(entry, parent)).collect()
    }

    fn entry(&self, entry: &Entry, parent: &Arc<Parent>) -> Vec<RunEntry> {
        match entry {
            Entry::Task(task) => self.chosen(task, parent, self.of_handlers).into_iter().collect(),
            Entry::Block(block) => self.block(block, parent),
        }
    }

    fn block(&self, block: &Block, parent: &Arc<Parent>) -> Vec<RunEntry> {
        let inner = inside_block(block, parent);
        let ends_role = match &block.kind {
            BlockKind::Role(role) => Some(role.clone()),
            _ => None,
        };
        let inner = Arc::new(inner);
        self.wrap(RunBlock {
            body: self.entries(&block.body, &inner),
            rescue: self.entries(&block.rescue, &inner),
            always: self.entries(&block.always, &inner),
            ends_role,
        })
    }

    fn wrap(&self, block: RunBlock) -> Vec<RunEntry> {
        if block.is_empty() { Vec::new() } else { vec![RunEntry::Block(Arc::new(block))] }
    }

    /// A role with the roles it depends on before it.
    pub(crate) fn role(&self, role: &Arc<Role>, parent: &Parent) -> Vec<RunEntry> {
        let mut inner = parent.inside(&role.keywords);
        inner.roles.push(role.clone());
        let mut out: Vec<RunEntry> =
            role.dependencies.iter().flat_map(|dep| self.role(dep, &inner)).collect();
        let inner = Arc::new(inner);
        let tasks = role.tasks.get().map_or(&[][..], Vec::as_slice);
        out.extend(self.wrap(RunBlock {
            body: self.entries(tasks, &inner),
            rescue: Vec::new(),
            always: Vec::new(),
            ends_role: Some(role.clone()),
        }));
        out
    }

    /// Handlers of a list, in order; they are not chosen by tags.
    pub(crate) fn handlers(&self, entries: &[Entry], parent: &Arc<Parent>) -> Vec<HandlerGroup> {
        let mut groups = Vec::new();
        let mut row = HandlerGroup::new();
        for entry in entries {
            match entry {
                Entry::Task(task) => row.push(Arc::new(self.task(task, parent, true))),
                Entry::Block(block) => {
                    let inner = Arc::new(inside_block(block, parent));
                    let handlers = self.handlers(&block.body, &inner);
                    if matches!(block.kind, BlockKind::ImportTasks) {
                        row.extend(handlers.into_iter().flatten());
                        continue;
                    }
                    groups.push(std::mem::take(&mut row));
                    groups.extend(handlers);
                }
            }
        }
        groups.push(row);
        groups.retain(|group| !group.is_empty());
        groups
    }

    /// The handlers of a role and of the roles it depends on.
    pub(crate) fn role_handlers(&self, role: &Arc<Role>, parent: &Parent) -> Vec<HandlerGroup> {
        let mut inner = parent.inside(&role.keywords);
        inner.roles.push(role.clone());
        let mut out: Vec<_> =
            role.dependencies.iter().flat_map(|dep| self.role_handlers(dep, &inner)).collect();
        let entries = role.handlers.get().map_or(&[][..], Vec::as_slice);
        out.extend(self.handlers(entries, &Arc::new(inner)));
        out
    }

    /// The handlers of an included role, with those of the roles its tasks import.
    pub(crate) fn included_role_handlers(&self, role: &Arc<Role>, parent: &Parent) -> Vec<HandlerGroup> {
        let mut out = self.role_handlers(role, parent);
        let mut inner = parent.inside(&role.keywords);
        inner.roles.push(role.clone());
        let tasks = role.tasks.get().map_or(&[][..], Vec::as_slice);
        out.extend(self.handlers(&imported_handlers(tasks), &Arc::new(inner)));
        out
    }

    /// A task, if its tags make it part of the run.
    pub(crate) fn chosen(&self, task: &Arc<Task>, parent: &Arc<Parent>, handler: bool) -> Option<RunEntry> {
        let task = self.task(task, parent, handler);
        let wanted = self.select.selects(&task.keywords, &task.layers);
        wanted.then(|| RunEntry::Task(Arc::new(task)))
    }

    /// One task.
    pub(crate) fn task(&self, task: &Arc<Task>, parent: &Arc<Parent>, handler: bool) -> RunTask {
        let keywords = parent.keywords.inner(&task.keywords);
        let layers = self.layers(task, parent, &keywords);
        RunTask {
            id: self.next.fetch_add(1, Ordering::Relaxed),
            kind: Kind::of(&task.action),
            task: task.clone(),
            layers: Arc::new(layers),
            keywords,
            handler,
            parent: parent.clone(),
        }
    }

    fn layers(&self, task: &Task, parent: &Parent, keywords: &Merged) -> TaskLayers {
        let mut magic = info::magic(task, &parent.roles, &self.playbook_dir);
        magic.insert("environment", Value::list(keywords.own.environment.iter().cloned()));
        let mut layers =
            TaskLayers { vars: keywords.vars.clone(), magic: Arc::new(magic), ..TaskLayers::default() };
        for role in &parent.roles {
            push_role(&mut layers, role);
        }
        layers.params.extend(parent.include_params.iter().cloned());
        // An include's variables are parameters to itself too.
        if matches!(Kind::of(&task.action), Kind::IncludeTasks | Kind::IncludeRole) {
            layers.params.push(task.keywords.vars.clone());
        }
        layers
    }
}

/// What the entries of a block inherit.
fn inside_block(block: &Block, parent: &Parent) -> Parent {
    let mut inner = parent.inside(&block.keywords);
    match &block.kind {
        BlockKind::Written => {}
        BlockKind::ImportTasks => inner.came_by("import_tasks", &block.place),
        BlockKind::Role(role) => {
            inner.came_by(format!("role '{}'", role.name), &block.place);
            inner = inside_role(inner, role);
        }
    }
    inner
}

/// What the tasks of a statically imported role inherit: keywords of the role and of the roles that led to it,
/// unless the levels around brought them already.
fn inside_role(parent: Parent, role: &Arc<Role>) -> Parent {
    let around = parent.roles.clone();
    let mut inner = parent;
    for level in role.parents.iter().chain([role]) {
        if !around.iter().any(|known| known.path == level.path && known.name == level.name) {
            inner = inner.inside(&level.keywords);
        }
    }
    inner.roles.clone_from(&role.parents);
    inner.roles.push(role.clone());
    inner
}

/// A role's variables, those of the roles it depends on below its own.
fn push_role(layers: &mut TaskLayers, role: &Arc<Role>) {
    for dep in &role.dependencies {
        push_dependency(layers, dep);
    }
    push_own(layers, role);
    if !role.params.is_empty() {
        layers.params.push(role.params.clone());
    }
}

fn push_dependency(layers: &mut TaskLayers, role: &Arc<Role>) {
    for dep in &role.dependencies {
        push_dependency(layers, dep);
    }
    push_own(layers, role);
}

fn push_own(layers: &mut TaskLayers, role: &Role) {
    if !role.defaults.is_empty() {
        layers.role_defaults.push(role.defaults.clone());
    }
    if !role.vars.is_empty() {
        layers.role_vars.push(role.vars.clone());
    }
}
