//! The scope of one task on one host.

use crate::{AllHosts, HostData, HostVars, PlayLayers, TaskLayers};
use crate::{hostvars::Hostvars, kept::Kept};
use rplay_template::{Binding, Object, Rendered, Scope};
use rplay_value::{Dict, Str, Value};
use std::{collections::BTreeSet, sync::Arc};

/// What a template sees while one task runs on one host.
#[derive(Clone)]
pub struct TaskScope {
    host: Arc<HostVars>,
    inventory: Arc<Vec<Arc<Dict>>>,
    host_magic: Arc<Dict>,
    data: HostData,
    play: Arc<PlayLayers>,
    task: Arc<TaskLayers>,
    /// `vars_files` whose names depend on the host, lowest first.
    host_files: Vec<Arc<Dict>>,
    /// Loop variables and the like: above everything.
    local: Dict,
    /// How the task reaches its host: below everything.
    connection: Arc<Dict>,
    hosts: Arc<AllHosts>,
    /// The host the task is delegated to, with the task's variables there.
    delegated: Option<(Str, Arc<TaskScope>)>,
    kept: Kept,
}

impl TaskScope {
    /// The scope of `task` in `play` on `host`, with the host's state as it is now.
    pub fn new(
        host: Arc<HostVars>,
        play: Arc<PlayLayers>,
        task: Arc<TaskLayers>,
        hosts: Arc<AllHosts>,
    ) -> Self {
        Self {
            inventory: host.inventory(),
            host_magic: host.magic(),
            data: host.data(),
            host_files: Vec::new(),
            local: Dict::new(),
            connection: Arc::default(),
            delegated: None,
            kept: Kept::default(),
            host,
            play,
            task,
            hosts,
        }
    }

    /// Adds `vars_files` that were found for this host, lowest precedence first.
    pub fn with_host_files(mut self, files: Vec<Arc<Dict>>) -> Self {
        self.host_files = files;
        self.kept.forget();
        self
    }

    /// Makes known how the task reaches its host (`ansible_user`, `ansible_connection`, …), for names that nothing
    /// else sets.
    pub fn with_connection(mut self, variables: Arc<Dict>) -> Self {
        self.connection = variables;
        self
    }

    /// A variable of the connection, which may be set by its other name.
    fn of_connection(&self, name: &str) -> Option<Value> {
        let known = self.connection.get(name)?;
        let other = CONNECTION_NAMES
            .iter()
            .find_map(|(new, old)| if *new == name { Some(old) } else { (*old == name).then_some(new) });
        let set = other.and_then(|other| self.layers().find_map(|layer| layer.get(other)));
        Some(set.unwrap_or(known).clone())
    }

    /// Shows the variables of the host a task is delegated to as `ansible_delegated_vars`.
    pub fn delegate(&mut self, host: Str, mut scope: TaskScope) {
        scope.set_local("inventory_hostname", self.host.name.clone().into());
        self.delegated = Some((host, Arc::new(scope)));
        self.kept.forget();
    }

    /// The host.
    pub fn host(&self) -> &Arc<HostVars> {
        &self.host
    }

    /// The same scope with one more variable above all others (`item`, `ansible_loop`, …).
    pub fn set_local(&mut self, name: impl Into<Str>, value: Value) {
        self.local.insert(name.into(), value);
        self.kept.local_set();
    }

    /// Variables set by [`Self::set_local`].
    pub fn local(&self) -> &Dict {
        &self.local
    }

    /// Sees facts and registered variables that were set since the scope was made.
    pub fn refresh(&mut self) {
        self.data = self.host.data();
        self.kept.forget();
    }

    /// Variables that the task itself set, for its later items and conditions.
    pub fn note_set(&mut self, vars: &Dict) {
        Arc::make_mut(&mut self.data.set)
            .extend(vars.iter().map(|(key, value)| (key.clone(), value.clone())));
        self.kept.forget();
    }

    /// Facts that the task itself found, for its later items and conditions.
    pub fn note_facts(&mut self, facts: &Dict) {
        self.data.add_facts(facts, true);
        self.kept.forget();
    }

    /// The dictionaries of that name from all layers, merged.
    fn merged(&self, name: &str) -> Value {
        // Variables of a task hide those of its blocks; only what remains is merged with other layers.
        let own: Vec<*const Dict> = down(&self.task.vars).map(std::ptr::from_ref).collect();
        let mut hidden = false;
        let mut visible = |layer: &&Dict| {
            let of_task = own.contains(&std::ptr::from_ref(*layer)) && layer.contains(name);
            !(of_task && std::mem::replace(&mut hidden, true))
        };
        let values: Vec<&Value> =
            self.layers().filter(&mut visible).filter_map(|layer| layer.get(name)).collect();
        let above = values.iter().position(|value| !matches!(value, Value::Dict(_)));
        let dicts = &values[..above.unwrap_or(values.len())];
        let merged = dicts.iter().rev().fold(Dict::new(), |below, value| match value {
            Value::Dict(dict) => below.merged(dict),
            _ => below,
        });
        Value::Dict(Arc::new(merged))
    }

    /// The dictionaries, highest precedence first.
    fn layers(&self) -> impl Iterator<Item = &Dict> {
        let PlayLayers { role_defaults, vars, role_vars, extra, magic, merge: _ } = &*self.play;
        std::iter::once(&self.local)
            .chain(std::iter::once(&*self.task.magic))
            .chain(std::iter::once(&*self.host_magic))
            .chain(down(magic))
            .chain(std::iter::once(&**extra))
            .chain(down(&self.task.params))
            .chain(std::iter::once(&*self.data.set))
            .chain(std::iter::once(&*self.data.included))
            .chain(down(&self.task.vars))
            .chain(down(&self.task.role_vars))
            .chain(down(role_vars))
            .chain(down(&self.host_files))
            .chain(down(vars))
            .chain(std::iter::once(&*self.data.injected_facts))
            .chain(down(&self.inventory))
            .chain(down(&self.task.role_defaults))
            .chain(down(role_defaults))
    }
}

fn down(layers: &[Arc<Dict>]) -> impl Iterator<Item = &Dict> {
    layers.iter().rev().map(|layer| &**layer)
}

impl Scope for TaskScope {
    fn lookup(&self, name: &str) -> Option<Binding> {
        match name {
            "hostvars" => return Some(Binding::Object(Arc::new(Hostvars(self.hosts.clone())))),
            "vars" => return Some(Binding::Object(Arc::new(Everything(self.clone())))),
            "ansible_delegated_vars" if self.delegated.is_some() => {
                let delegated = self.delegated.clone();
                return delegated.map(|(name, scope)| Binding::Object(Arc::new(Delegated(name, scope)) as _));
            }
            "ansible_facts" => return Some(Binding::Value(Value::Dict(self.data.facts.clone()))),
            _ => {}
        }
        let found = self.layers().find_map(|layer| layer.get(name));
        match (found, name) {
            (Some(Value::Dict(_)), _) if self.play.merge => Some(Binding::Value(self.merged(name))),
            (Some(value), _) => Some(Binding::Value(value.clone())),
            // Where the host is reached is known to every task.
            (None, "ansible_host") => {
                let older = self.layers().find_map(|layer| layer.get("ansible_ssh_host"));
                Some(Binding::Value(older.cloned().unwrap_or_else(|| self.host.name.clone().into())))
            }
            (None, _) => self.of_connection(name).map(Binding::Value),
        }
    }

    fn names(&self) -> Vec<Str> {
        let mut names: BTreeSet<Str> =
            self.layers().flat_map(Dict::keys).filter_map(|key| key.as_str().map(Str::from)).collect();
        names.extend(self.connection.keys().filter_map(|key| key.as_str().map(Str::from)));
        names.extend(["hostvars", "vars", "ansible_facts"].map(Str::from));
        names.into_iter().collect()
    }

    fn rendered(&self, template: &Str) -> Option<Rendered> {
        self.kept.get(template, &self.local)
    }

    fn keep(&self, template: &Str, rendered: &Rendered) {
        self.kept.put(template, rendered, &self.local);
    }
}

/// Variables of connections with their older names.
const CONNECTION_NAMES: [(&str, &str); 5] = [
    ("ansible_user", "ansible_ssh_user"),
    ("ansible_port", "ansible_ssh_port"),
    ("ansible_password", "ansible_ssh_pass"),
    ("ansible_timeout", "ansible_ssh_timeout"),
    ("ansible_private_key_file", "ansible_ssh_private_key_file"),
];

/// The variable `ansible_delegated_vars`.
struct Delegated(Str, Arc<TaskScope>);

impl Object for Delegated {
    fn get(&self, key: &str) -> Option<Binding> {
        (self.0 == key).then(|| Binding::Object(Arc::new(Elsewhere(self.1.clone())) as _))
    }
    fn keys(&self) -> Vec<Str> {
        vec![self.0.clone()]
    }
}

/// The variables of another scope as a mapping: templates in them are rendered there.
pub struct Elsewhere(pub Arc<dyn Scope>);

impl Object for Elsewhere {
    fn get(&self, key: &str) -> Option<Binding> {
        match self.0.lookup(key)? {
            Binding::Value(value) => Some(Binding::In(value, self.0.clone())),
            other => Some(other),
        }
    }
    fn keys(&self) -> Vec<Str> {
        self.0.names()
    }
}

/// The variable `vars`: every variable as a mapping.
struct Everything(TaskScope);

impl Object for Everything {
    fn get(&self, key: &str) -> Option<Binding> {
        (key != "vars").then(|| self.0.lookup(key)).flatten()
    }
    fn keys(&self) -> Vec<Str> {
        self.0.names().into_iter().filter(|name| *name != "vars").collect()
    }
}
