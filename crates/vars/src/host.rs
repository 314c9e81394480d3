//! What is known about one host.

use rplay_value::{Dict, Key, Str, Value};
use std::sync::{Arc, PoisonError, RwLock};

/// Variables that tasks give a host while plays run. Cheap to clone: a task works on the state it started
/// with.
#[derive(Clone, Debug, Default)]
pub struct HostData {
    /// Facts under the names modules returned them by (`ansible_os_family`).
    pub injected_facts: Arc<Dict>,
    /// Facts as `ansible_facts` shows them (`os_family`).
    pub facts: Arc<Dict>,
    /// Variables of `include_vars`.
    pub included: Arc<Dict>,
    /// Variables of `set_fact` and `register`.
    pub set: Arc<Dict>,
}

impl HostData {
    /// Adds facts; with `inject`, under their own names too.
    pub(crate) fn add_facts(&mut self, facts: &Dict, inject: bool) {
        let plain = Arc::make_mut(&mut self.facts);
        for (key, value) in facts {
            plain.insert(plain_name(key), value.clone());
        }
        if inject {
            let injected = Arc::make_mut(&mut self.injected_facts);
            injected.extend(facts.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
}

/// A host with its variables: shared by all tasks of a run.
#[derive(Debug)]
pub struct HostVars {
    /// Inventory name.
    pub name: Str,
    inventory: RwLock<Arc<Vec<Arc<Dict>>>>,
    magic: RwLock<Arc<Dict>>,
    data: RwLock<HostData>,
}

impl HostVars {
    /// A host with the layers its inventory gives it (lowest precedence first) and the magic variables that
    /// depend only on the host (`inventory_hostname`, `group_names`, …).
    pub fn new(name: Str, inventory: Vec<Arc<Dict>>, magic: Arc<Dict>) -> Self {
        Self {
            name,
            inventory: RwLock::new(Arc::new(inventory)),
            magic: RwLock::new(magic),
            data: RwLock::new(HostData::default()),
        }
    }

    /// Replaces the inventory layers and magic variables (`add_host`, `group_by`, `refresh_inventory`).
    pub fn set_inventory(&self, layers: Vec<Arc<Dict>>, magic: Arc<Dict>) {
        *self.inventory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(layers);
        *self.magic.write().unwrap_or_else(PoisonError::into_inner) = magic;
    }

    /// The inventory layers, lowest precedence first.
    pub fn inventory(&self) -> Arc<Vec<Arc<Dict>>> {
        self.inventory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Magic variables that depend only on the host.
    pub fn magic(&self) -> Arc<Dict> {
        self.magic.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The state now.
    pub fn data(&self) -> HostData {
        self.data.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over what another run knew of the host.
    pub fn adopt(&self, data: HostData) {
        *self.data.write().unwrap_or_else(PoisonError::into_inner) = data;
    }

    /// Adds facts a module returned. With `inject`, names are also visible by themselves
    /// (`INJECT_FACTS_AS_VARS`).
    pub fn add_facts(&self, facts: &Dict, inject: bool) {
        self.data.write().unwrap_or_else(PoisonError::into_inner).add_facts(facts, inject);
    }

    /// Forgets the facts (`meta: clear_facts`).
    pub fn clear_facts(&self) {
        let mut data = self.data.write().unwrap_or_else(PoisonError::into_inner);
        data.facts = Arc::default();
        data.injected_facts = Arc::default();
    }

    /// Adds variables of `set_fact` or `register`.
    pub fn set(&self, vars: impl IntoIterator<Item = (Key, Value)>) {
        let mut data = self.data.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut data.set).extend(vars);
    }

    /// Adds variables of `include_vars`.
    pub fn include(&self, vars: &Dict) {
        let mut data = self.data.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut data.included)
            .extend(vars.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

/// Facts lose their `ansible_` prefix inside `ansible_facts`; `ansible_local` keeps it, as ansible-core's
/// `namespace_facts` does.
fn plain_name(key: &Key) -> Key {
    match key.as_str() {
        Some("ansible_local") => key.clone(),
        Some(name) => name.strip_prefix("ansible_").map_or_else(|| key.clone(), Key::from),
        None => key.clone(),
    }
}
