//! `hostvars`: the variables of any host, read on demand.

use crate::{HostVars, PlayLayers, TaskLayers, TaskScope};
use rplay_template::{Binding, Object, Scope};
use rplay_value::{Hashing, Str};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// All hosts of a run.
#[derive(Debug, Default)]
pub struct AllHosts {
    state: RwLock<State>,
    /// What `hostvars` shows beside a host's own variables: extra variables and run-wide magic ones. The
    /// running play's variables are not among them, as in ansible-core.
    base: RwLock<Arc<PlayLayers>>,
}

#[derive(Debug, Default)]
struct State {
    order: Vec<Str>,
    hosts: HashMap<Str, Arc<HostVars>, Hashing>,
}

impl AllHosts {
    /// No hosts yet; `base` is what every host sees outside of plays.
    pub fn new(base: Arc<PlayLayers>) -> Self {
        Self { state: RwLock::default(), base: RwLock::new(base) }
    }

    /// What every host sees outside of plays.
    pub fn base(&self) -> Arc<PlayLayers> {
        self.base.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what every host sees outside of plays.
    pub fn update_base(&self, change: impl FnOnce(&mut PlayLayers)) {
        change(Arc::make_mut(&mut self.base.write().unwrap_or_else(PoisonError::into_inner)));
    }

    /// Forgets the hosts that do not fit; those who hold one keep it.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.order.retain(|name| keep(name));
        state.hosts.retain(|name, _| keep(name));
    }

    /// Adds or replaces a host.
    pub fn insert(&self, host: Arc<HostVars>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.hosts.insert(host.name.clone(), host.clone()).is_none() {
            state.order.push(host.name.clone());
        }
    }

    /// Adds a host that can be named though the inventory does not list it: `localhost`.
    pub fn insert_implicit(&self, host: Arc<HostVars>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.hosts.insert(host.name.clone(), host);
    }

    /// The host of a name.
    pub fn get(&self, name: &str) -> Option<Arc<HostVars>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).hosts.get(name).cloned()
    }

    /// All names, in inventory order.
    pub fn names(&self) -> Vec<Str> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).order.clone()
    }
}

/// The variable `hostvars`.
pub(crate) struct Hostvars(pub(crate) Arc<AllHosts>);

impl Object for Hostvars {
    fn get(&self, key: &str) -> Option<Binding> {
        let host = self.0.get(key)?;
        Some(Binding::Object(Arc::new(HostScope::new(host, &self.0))))
    }
    fn keys(&self) -> Vec<Str> {
        self.0.names()
    }
    fn is_steady(&self) -> bool {
        true
    }
}

/// Variables that hold all hosts again, which `hostvars` does not show.
const ROUNDABOUT: [&str; 2] = ["hostvars", "vars"];

/// One host's variables outside of any task: what `hostvars[name]` shows.
pub struct HostScope(Arc<TaskScope>);

impl HostScope {
    /// The variables of `host`.
    pub fn new(host: Arc<HostVars>, hosts: &Arc<AllHosts>) -> Self {
        let layers = (hosts.base(), Arc::new(TaskLayers::default()));
        Self(Arc::new(TaskScope::new(host, layers.0, layers.1, hosts.clone())))
    }

    /// The scope to render that host's values in.
    pub fn scope(&self) -> Arc<dyn Scope> {
        self.0.clone()
    }
}

impl Object for HostScope {
    fn get(&self, key: &str) -> Option<Binding> {
        if ROUNDABOUT.contains(&key) {
            return None;
        }
        match self.0.lookup(key)? {
            Binding::Value(value) => Some(Binding::In(value, self.scope())),
            other => Some(other),
        }
    }
    fn keys(&self) -> Vec<Str> {
        self.0.names().into_iter().filter(|name| !ROUNDABOUT.contains(&name.as_str())).collect()
    }
    fn is_steady(&self) -> bool {
        true
    }
}
