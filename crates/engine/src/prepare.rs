//! A play made ready: its hosts in batches, its variables, its tasks.

use crate::{
    engine::Engine,
    event::Diagnostic,
    play::PlayState,
    run::{RunError, Selection, pattern_text, play_name},
    settings::Gathering,
    strategy::{Strategy, broken_keyword, fatal, warn_of_reserved},
    task::{Reader, to_int},
    tree::{Builder, HandlerGroup, Merged, Parent, RunBlock, RunEntry, Select},
};
use rplay_playbook::{BlockKind, Entry, Field, Keywords, Place, Play, Role, Task};
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use rplay_vars::{PlayLayers, TaskLayers};
use rplay_yaml::Span;
use std::sync::Arc;

/// A play that can run.
pub(crate) struct Prepared {
    pub name: Str,
    pub state: PlayState,
    pub tasks: Arc<RunBlock>,
    pub all: Arc<Vec<Str>>,
    pub batches: Vec<Vec<Str>>,
    pub strategy: Strategy,
    /// `max_fail_percentage`.
    pub allowed_failures: Option<f64>,
}

/// Makes a play ready.
pub(crate) fn play(engine: &Engine, play: &Arc<Play>) -> Result<Prepared, RunError> {
    let (layers, host_files) = layers(engine, play)?;
    let layers = Arc::new(layers);
    warn_of_reserved(engine, &layers);
    let scope = play_scope(engine, &layers);
    let name = shown_name(engine, play, &scope)?;
    let strategy = strategy(engine, play, &scope)?;
    let all = hosts(engine, play, &scope)?;
    unlocked(engine, &all)?;
    Reader { engine, scope: &scope }
        .float("max_fail_percentage", play.max_fail_percentage.as_ref())
        .map_err(broken_keyword)?;
    let select = Selection::with_layers(engine, layers.clone());
    let builder = Builder::new(&engine.next_task, &select, play.dir.clone());
    let parent = Arc::new(parent(play));
    let facts = wants_facts(engine, play, &scope)?;
    let forced = forces_handlers(engine, play, &scope)?;
    let tasks = Arc::new(tasks(play, &builder, &parent, Implicit { facts, forced }));
    let handlers = handlers(play, &builder, &parent);
    let batches = batches(engine, play, &scope, &all)?;
    let allowed_failures = Reader { engine, scope: &scope }
        .float("max_fail_percentage", play.max_fail_percentage.as_ref())
        .map_err(fatal)?;
    let state = PlayState::new(play.clone(), Arc::unwrap_or_clone(layers), host_files, handlers);
    Ok(Prepared { name, state, tasks, all: Arc::new(all), batches, strategy, allowed_failures })
}

/// Refuses hosts whose variables no secret opens; of others, which the play can only read, it warns.
fn unlocked(engine: &Engine, hosts: &[Str]) -> Result<(), RunError> {
    let locked = engine.locked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(why) = hosts.iter().find_map(|host| locked.get(host)) {
        return Err(RunError::Content(Diagnostic::new(why.clone(), None)));
    }
    for (host, why) in locked.iter() {
        engine.warn(format!("The variables of host '{host}' are not known: {why}"), None);
    }
    Ok(())
}

/// The name of a play, templates rendered: its own, or its hosts pattern.
fn shown_name(engine: &Engine, play: &Play, scope: &Arc<dyn Scope>) -> Result<Str, RunError> {
    let written = match &play.name {
        Some(name) if !name.is_empty() => Value::Str(name.clone()),
        _ => play.hosts.clone(),
    };
    let name = Reader { engine, scope }.value("name", &written).map_err(broken_keyword)?;
    Ok(name.map_or_else(|| play_name(play), |name| pattern_text(&name).into()))
}

/// Whether every task of the play runs in check mode.
pub(crate) fn check_mode(engine: &Engine, play: &Play) -> bool {
    let own = play.keywords.check_mode.as_ref().and_then(Field::literal).copied();
    own.unwrap_or(engine.settings.check)
}

fn strategy(engine: &Engine, play: &Play, scope: &Arc<dyn Scope>) -> Result<Strategy, RunError> {
    let read = Reader { engine, scope };
    let own = read.text("strategy", play.strategy.as_ref()).map_err(broken_keyword)?;
    let name = own.as_ref().unwrap_or(&engine.settings.strategy);
    match name.rsplit('.').next().unwrap_or(name) {
        "linear" => Ok(Strategy::Linear),
        "debug" => Ok(Strategy::Debug),
        "free" => Ok(Strategy::Free),
        "host_pinned" => Ok(Strategy::HostPinned),
        other => Err(RunError::Content(Diagnostic::new(
            format!("the strategy '{other}' is not supported; there are linear, free, host_pinned and debug"),
            name.origin().cloned(),
        ))),
    }
}

/// Variables without a host.
pub(crate) fn play_scope(engine: &Engine, layers: &Arc<PlayLayers>) -> Arc<dyn Scope> {
    let nobody = Arc::new(rplay_vars::HostVars::new("".into(), Vec::new(), Arc::default()));
    Arc::new(rplay_vars::TaskScope::new(
        nobody,
        layers.clone(),
        Arc::new(TaskLayers::default()),
        engine.hosts.clone(),
    ))
}

fn parent(play: &Play) -> Parent {
    // The play's own variables stand in a layer of their own, below those of blocks and tasks.
    let keywords = Keywords { vars: Arc::default(), ..play.keywords.clone() };
    let mut parent = Parent { keywords: Merged::default().inner(&keywords), ..Parent::default() };
    play.imports.iter().for_each(|place| parent.came_by("import_playbook", place));
    parent
}

fn layers(engine: &Engine, play: &Play) -> Result<(PlayLayers, Vec<Value>), RunError> {
    let mut layers = Arc::unwrap_or_clone(engine.hosts.base());
    for used in &play.roles {
        push_role(&mut layers, &used.role);
    }
    all_imported(play).iter().filter(|role| role.public).for_each(|role| push_own(&mut layers, role));
    layers.vars.push(play.keywords.vars.clone());
    let prompted = match play.vars_prompt.as_slice() {
        [] => rplay_value::Dict::new(),
        _ => crate::prompts::ask(engine, play, &play_scope(engine, &Arc::new(layers.clone())))?,
    };
    if !prompted.is_empty() {
        layers.vars.push(Arc::new(prompted));
    }
    let mut of_host = Vec::new();
    for entry in &play.vars_files {
        // The later file wins: what follows a name that depends on the host is read for the host too.
        if is_template(entry) || !of_host.is_empty() {
            of_host.push(entry.clone());
        } else {
            layers.vars.extend(vars_file(engine, play, entry)?.map(Arc::new));
        }
    }
    Ok((layers, of_host))
}

fn push_role(layers: &mut PlayLayers, role: &Role) {
    for dep in &role.dependencies {
        push_role(layers, dep);
    }
    if role.public {
        push_own(layers, role);
    }
}

/// Shows the play the variables of a role.
pub(crate) fn push_own(layers: &mut PlayLayers, role: &Role) {
    layers.role_defaults.push(role.defaults.clone());
    layers.role_vars.push(role.vars.clone());
}

/// The roles of a play whose tasks are imported, in order.
pub(crate) fn all_imported(play: &Play) -> Vec<Arc<Role>> {
    let mut roles = Vec::new();
    imported_roles(&play.pre_tasks, &mut roles);
    for used in &play.roles {
        imported_roles(used.role.tasks.get().map_or(&[][..], Vec::as_slice), &mut roles);
    }
    imported_roles(&play.tasks, &mut roles);
    imported_roles(&play.post_tasks, &mut roles);
    roles
}

/// The roles that `import_role` brought into a list of tasks, each after those that it imports itself.
pub(crate) fn imported_roles(entries: &[Entry], roles: &mut Vec<Arc<Role>>) {
    for entry in entries {
        let Entry::Block(block) = entry else { continue };
        for list in [&block.body, &block.rescue, &block.always] {
            imported_roles(list, roles);
        }
        if let BlockKind::Role(role) = &block.kind {
            roles.push(role.clone());
        }
    }
}

fn is_template(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.contains("{{") || text.contains("{%"),
        Value::List(items) => items.iter().any(is_template),
        _ => false,
    }
}

/// The first of the alternatives that exists; a play goes on without, as with ansible-core, but not in
/// silence.
fn vars_file(engine: &Engine, play: &Play, entry: &Value) -> Result<Option<Dict>, RunError> {
    let names: Vec<String> = match entry {
        Value::List(items) => items.iter().map(Value::to_text).collect(),
        other => vec![other.to_text()],
    };
    for name in &names {
        let path = beside(play, name);
        if path.is_file() {
            return engine.read_vars_files_entry(&path).map(Some).map_err(fatal);
        }
    }
    let origin = match entry {
        Value::Str(text) => text.origin().cloned(),
        _ => None,
    };
    engine.warn(format!("vars file {} was not found", names.join(", ")), origin);
    Ok(None)
}

/// Where a file of `vars_files` is looked for: beside the playbook, then in its `vars`.
pub(crate) fn beside(play: &Play, name: &str) -> std::path::PathBuf {
    let beside = play.dir.join(name);
    let in_vars = play.dir.join("vars").join(name);
    if !beside.exists() && in_vars.exists() { in_vars } else { beside }
}

fn hosts(engine: &Engine, play: &Play, scope: &Arc<dyn Scope>) -> Result<Vec<Str>, RunError> {
    let read = Reader { engine, scope };
    let pattern = read.value("hosts", &play.hosts).map_err(broken_keyword)?;
    let pattern = pattern_text(&pattern.unwrap_or_default());
    let inventory = engine.inventory.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let selected = inventory
        .select(&pattern, engine.settings.limit.as_deref())
        .map_err(|error| RunError::Pattern(error.to_string()))?;
    for warning in &selected.warnings {
        engine.warn(warning.message.clone(), None);
    }
    let mut hosts: Vec<Str> =
        selected.hosts.iter().map(|host| Str::from(&**inventory.host_name(*host))).collect();
    drop(inventory);
    let order = read.text("order", play.order.as_ref()).map_err(broken_keyword)?;
    match order.as_ref().map(Str::as_str) {
        None | Some("inventory") => {}
        Some("sorted") => hosts.sort(),
        Some("reverse_sorted") => hosts.sort_by(|a, b| b.cmp(a)),
        Some("reverse_inventory") => hosts.reverse(),
        Some("shuffle") => shuffle(&mut hosts),
        Some(other) => {
            return Err(RunError::Content(Diagnostic::new(
                format!("Invalid 'order' specified for inventory hosts: {other}"),
                None,
            )));
        }
    }
    Ok(hosts)
}

/// Any order will do: hash each name with a key that differs from run to run.
fn shuffle(hosts: &mut [Str]) {
    use std::hash::BuildHasher;
    let keys = std::collections::hash_map::RandomState::new();
    hosts.sort_by_cached_key(|host| keys.hash_one(host.as_str()));
}

/// `serial` cuts the hosts into batches; its last size repeats.
fn batches(
    engine: &Engine,
    play: &Play,
    scope: &Arc<dyn Scope>,
    all: &[Str],
) -> Result<Vec<Vec<Str>>, RunError> {
    let mut sizes = Vec::new();
    for entry in &play.serial {
        let rendered = Reader { engine, scope }.value("serial", entry).map_err(broken_keyword)?;
        match rendered.unwrap_or_default() {
            Value::List(items) => items.iter().for_each(|item| sizes.push(batch_size(item, all.len()))),
            other => sizes.push(batch_size(&other, all.len())),
        }
    }
    let mut rest = all;
    let mut batches = Vec::new();
    let mut sizes = sizes.into_iter();
    let mut size = sizes.next().unwrap_or(0);
    while !rest.is_empty() {
        let take = if size == 0 { rest.len() } else { size.min(rest.len()) };
        let (batch, left) = rest.split_at(take);
        batches.push(batch.to_vec());
        rest = left;
        size = sizes.next().unwrap_or(size);
    }
    Ok(batches)
}

/// A number of hosts, or a share of all of them, at least one; nothing and -1 mean all.
fn batch_size(value: &Value, all: usize) -> usize {
    if let Some(percent) = value.as_str().and_then(|text| text.trim().strip_suffix('%')) {
        let share = percent.trim().parse::<f64>().unwrap_or(100.0) / 100.0 * all as f64;
        return (share as usize).max(1);
    }
    to_int(value).and_then(|size| usize::try_from(size).ok()).unwrap_or(0)
}

/// All tasks of a play, whatever their tags.
pub(crate) fn every_task(engine: &Engine, play: &Play) -> RunBlock {
    let builder = Builder::new(&engine.next_task, &Every, play.dir.clone());
    tasks(play, &builder, &Arc::new(parent(play)), Implicit::default())
}

/// Leaves no task out.
struct Every;

impl Select for Every {
    fn selects(&self, _keywords: &Merged, _layers: &TaskLayers) -> bool {
        true
    }
}

/// What a play does beside what is written in it.
#[derive(Clone, Copy, Default)]
struct Implicit {
    /// Facts are gathered first.
    facts: bool,
    /// Handlers run on hosts that failed, too.
    forced: bool,
}

fn tasks(play: &Play, builder: &Builder<'_>, parent: &Arc<Parent>, implicit: Implicit) -> RunBlock {
    let flush = || builder.chosen(&Arc::new(implicit_meta(play, "flush_handlers")), parent, false);
    let mut body = Vec::new();
    if implicit.facts {
        body.extend(builder.chosen(&Arc::new(gather(play)), parent, false));
    }
    let sections = [
        builder.entries(&play.pre_tasks, parent),
        play.roles
            .iter()
            .flat_map(|used| builder.role(&used.role, parent))
            .chain(builder.entries(&play.tasks, parent))
            .collect(),
        builder.entries(&play.post_tasks, parent),
    ];
    for entries in sections {
        if implicit.forced {
            let always = flush().into_iter().collect();
            let block = RunBlock { body: entries, rescue: Vec::new(), always, ends_role: None };
            body.push(RunEntry::Block(Arc::new(block)));
        } else {
            body.extend(entries);
            body.extend(flush());
        }
    }
    RunBlock { body, rescue: Vec::new(), always: Vec::new(), ends_role: None }
}

fn handlers(play: &Play, builder: &Builder<'_>, parent: &Arc<Parent>) -> Vec<HandlerGroup> {
    let mut handlers: Vec<HandlerGroup> =
        play.roles.iter().flat_map(|used| builder.role_handlers(&used.role, parent)).collect();
    handlers.extend(builder.handlers(&play.handlers, parent));
    handlers
}

fn forces_handlers(engine: &Engine, play: &Play, scope: &Arc<dyn Scope>) -> Result<bool, RunError> {
    let read = Reader { engine, scope };
    let own = read.bool("force_handlers", play.force_handlers.as_ref()).map_err(broken_keyword)?;
    Ok(own.unwrap_or(engine.settings.force_handlers))
}

/// Whether facts are to be gathered at the start of the play; decided without a host.
fn wants_facts(engine: &Engine, play: &Play, scope: &Arc<dyn Scope>) -> Result<bool, RunError> {
    let read = Reader { engine, scope };
    let own = read.bool("gather_facts", play.gather_facts.as_ref()).map_err(broken_keyword)?;
    Ok(own.unwrap_or(engine.settings.gathering != Gathering::Explicit))
}

/// The task that gathers facts at the start of the play.
fn gather(play: &Play) -> Task {
    let mut task = implicit(play, "gather_facts");
    task.name = Some("Gathering Facts".into());
    let mut args = Dict::new();
    if let Some(subset) = &play.gather_subset {
        args.insert("gather_subset", subset.clone());
    }
    if let Some(timeout) = &play.gather_timeout {
        args.insert("gather_timeout", field_value(timeout));
    }
    if let Some(path) = &play.fact_path {
        args.insert("fact_path", path.source().cloned().map_or(Value::None, Value::Str));
    }
    task.action.args = Arc::new(args);
    if play.keywords.tags.is_empty() {
        task.keywords.tags.push("always".into());
    }
    task
}

fn field_value(field: &Field<i64>) -> Value {
    match field {
        Field::Literal(value) => (*value).into(),
        Field::Template(template) | Field::Over(template, _) => template.clone(),
    }
}

fn implicit_meta(play: &Play, word: &str) -> Task {
    let mut task = implicit(play, "meta");
    task.action.args = Arc::new(std::iter::once(("_raw_params", Value::from(word))).collect());
    task.keywords.tags.push("always".into());
    task
}

fn implicit(play: &Play, action: &str) -> Task {
    let nowhere = Span { line: 0, column: 0, end_line: 0, end_column: 0 };
    Task::unwritten(action, Dict::new(), Place { source: play.place.source.clone(), span: nowhere })
}
