//! The engine: what all plays of a run share.

use crate::{
    content::Content,
    error::TaskError,
    event::{Counters, CustomStats, Event, Notice, Recap, Sink},
    fact_cache::FactCache,
    notices,
    prompts::Prompt,
    settings::Settings,
};
use rplay_connection::Connections;
use rplay_inventory::{Inventory, InventoryError};
use rplay_template::Templar;
use rplay_value::{Dict, Origin, Str, Value};
use rplay_vars::{AllHosts, HostVars};
use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// What all plays of a run share.
pub struct Engine {
    /// Settings.
    pub settings: Settings,
    /// Templates.
    pub templar: Arc<Templar>,
    /// Ways to hosts.
    pub connections: Connections,
    /// Playbooks, roles, files of tasks.
    pub content: Content,
    /// The inventory.
    pub inventory: RwLock<Inventory>,
    /// Variables of all hosts.
    pub hosts: Arc<AllHosts>,
    pub(crate) pool: rayon::ThreadPool,
    pub(crate) next_task: AtomicUsize,
    pub(crate) stats: Mutex<BTreeMap<Str, Counters>>,
    pub(crate) custom_stats: Mutex<CustomStats>,
    /// Hosts that failed or could not be reached: later plays leave them out.
    pub(crate) lost: Mutex<Lost>,
    /// Hosts whose variables no secret opens.
    pub(crate) locked: Mutex<crate::hosts::Locked>,
    /// The task of `--start-at-task` while no play had it.
    pub(crate) start_at: Mutex<Option<String>>,
    /// What tasks added to the inventory: to be added again when it is read anew.
    pub(crate) additions: Mutex<Vec<crate::hosts::Addition>>,
    /// Hosts that items of the running `add_host` asked for, not in the inventory yet.
    pub(crate) asked_hosts: Mutex<Vec<crate::hosts::Addition>>,
    /// Facts kept between runs.
    pub facts: Option<Arc<FactCache>>,
    pub(crate) prompt: Arc<dyn Prompt>,
    pub(crate) reload: Box<Reload>,
    sink: Mutex<Box<dyn Sink>>,
    pub(crate) interrupted: Arc<AtomicBool>,
    /// Every task is asked for (`--step`), until the person has had enough of it.
    pub(crate) step: AtomicBool,
}

/// Hosts that are out for the rest of the run.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    pub failed: HashSet<Str>,
    pub unreachable: HashSet<Str>,
}

impl Lost {
    pub(crate) fn has(&self, host: &Str) -> bool {
        self.failed.contains(host) || self.unreachable.contains(host)
    }

    pub(crate) fn forget(&mut self, host: &Str) {
        self.failed.remove(host);
        self.unreachable.remove(host);
    }
}

/// Reads the inventory anew (`meta: refresh_inventory`).
pub type Reload = dyn Fn() -> Result<Inventory, InventoryError> + Send + Sync;

/// Why an engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No threads.
    #[error("cannot start the worker threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A host's variables cannot be read.
    #[error("{}", .0.report())]
    Inventory(#[from] InventoryError),
}

/// What an engine is made of.
pub struct Parts {
    /// Settings.
    pub settings: Settings,
    /// Templates.
    pub templar: Arc<Templar>,
    /// Ways to hosts.
    pub connections: Connections,
    /// Playbooks, roles, files of tasks.
    pub content: Content,
    /// The inventory.
    pub inventory: Inventory,
    /// Facts kept between runs.
    pub facts: Option<Arc<FactCache>>,
    /// Asks the person at the terminal.
    pub prompt: Arc<dyn Prompt>,
    /// Reads the inventory again.
    pub reload: Box<Reload>,
    /// Takes the events.
    pub sink: Box<dyn Sink>,
    /// Set when the run is to stop.
    pub interrupted: Arc<AtomicBool>,
}

impl Engine {
    /// An engine.
    ///
    /// # Errors
    /// When the worker threads cannot be started or a host's variables cannot be read.
    pub fn new(parts: Parts) -> Result<Self, StartError> {
        let threads = parts.settings.forks.max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build()?;
        let base = Arc::new(crate::magic::base(&parts.settings, &parts.inventory));
        let hosts = Arc::new(AllHosts::new(base));
        let dir = parts.settings.playbook_dir.as_deref();
        let locked = crate::hosts::fill(&hosts, &parts.inventory, dir)?;
        let engine = Self {
            step: AtomicBool::new(parts.settings.step),
            start_at: Mutex::new(parts.settings.start_at_task.clone()),
            settings: parts.settings,
            templar: parts.templar,
            connections: parts.connections,
            content: parts.content,
            inventory: RwLock::new(parts.inventory),
            hosts,
            pool,
            next_task: AtomicUsize::new(1),
            stats: Mutex::default(),
            custom_stats: Mutex::default(),
            lost: Mutex::default(),
            additions: Mutex::default(),
            asked_hosts: Mutex::default(),
            facts: parts.facts,
            locked: Mutex::new(locked),
            prompt: parts.prompt,
            reload: parts.reload,
            sink: Mutex::new(parts.sink),
            interrupted: parts.interrupted,
        };
        engine.recall_facts();
        Ok(engine)
    }

    /// Gives every host the facts the cache has of it.
    pub(crate) fn recall_facts(&self) {
        let Some(cache) = &self.facts else { return };
        for host in self.hosts.names().iter().filter_map(|name| self.hosts.get(name)) {
            match cache.get(&host.name) {
                Ok(Some(facts)) => host.add_facts(&facts, self.settings.inject_facts),
                Ok(None) => {}
                Err(error) => self.warn(error.to_string(), None),
            }
        }
    }

    /// Adds facts to those of a host, and to those that are kept between runs.
    pub(crate) fn add_facts(&self, host: &HostVars, facts: &Dict) {
        host.add_facts(facts, self.settings.inject_facts);
        if let Some(Err(error)) = self.facts.as_ref().map(|cache| cache.add(&host.name, facts)) {
            self.warn(error.to_string(), None);
        }
    }

    /// Forgets the facts of a host, also those that are kept between runs (`meta: clear_facts`).
    pub(crate) fn clear_facts(&self, host: &HostVars) {
        host.clear_facts();
        if let Some(Err(error)) = self.facts.as_ref().map(|cache| cache.forget(&host.name)) {
            self.warn(error.to_string(), None);
        }
    }

    /// Forgets the facts of all hosts of the inventory (`--flush-cache`).
    pub fn flush_facts(&self) {
        self.hosts
            .names()
            .iter()
            .filter_map(|name| self.hosts.get(name))
            .for_each(|host| self.clear_facts(&host));
    }

    /// Takes over what tasks of an earlier engine made known of the hosts that both have.
    pub fn continue_from(&self, earlier: &Engine) {
        for host in self.hosts.names().iter().filter_map(|name| self.hosts.get(name)) {
            if let Some(before) = earlier.hosts.get(&host.name) {
                host.adopt(before.data());
            }
        }
    }

    /// Hands an event to the output.
    pub fn emit(&self, event: Event) {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner).event(&event);
    }

    /// Warns: in the result of the task that runs on this thread, else at once.
    pub fn tell(&self, notice: Notice) {
        if let Some(notice) = notices::overheard(notice) {
            self.emit(Event::Notice(notice));
        }
    }

    /// [Tells](Self::tell) of something odd.
    pub fn warn(&self, message: impl Into<String>, origin: Option<Origin>) {
        self.tell(Notice::warning(message, origin));
    }

    /// Tells of a step of the work, where that was asked for.
    pub(crate) fn trace(&self, text: impl FnOnce() -> String) {
        if self.settings.debug {
            self.emit(Event::Trace(text()));
        }
    }

    /// Whether the run is to stop.
    pub fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Waits, unless the run is to stop.
    ///
    /// # Errors
    /// [`TaskError::Interrupted`] when it is.
    pub fn sleep(&self, time: Duration) -> Result<(), TaskError> {
        let end = Instant::now() + time;
        loop {
            if self.interrupted() {
                return Err(TaskError::Interrupted);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    /// Local time as results show it.
    pub(crate) fn clock_text(&self) -> String {
        jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
    }

    /// The text of a file of the controller, decrypted where it is a vault.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_text(&self, path: &Path) -> Result<String, TaskError> {
        self.content.read(path).map_err(|error| crate::content::unread(path, &error))
    }

    /// The variables of a YAML or JSON file.
    ///
    /// # Errors
    /// When it cannot be read or does not hold a dictionary.
    pub fn read_vars(&self, path: &Path) -> Result<Dict, TaskError> {
        Ok(self.told(self.content.vars_file(path)?))
    }

    /// The variables of a file of `vars_files`.
    ///
    /// # Errors
    /// When it cannot be read or holds neither a dictionary nor a list of them.
    pub(crate) fn read_vars_files_entry(&self, path: &Path) -> Result<Dict, TaskError> {
        Ok(self.told(self.content.vars_files_entry(path)?))
    }

    fn told(&self, (vars, warnings): (Dict, Vec<String>)) -> Dict {
        for warning in warnings {
            self.warn(warning, None);
        }
        vars
    }

    /// The host a task is delegated to; one that the inventory lacks is made for the task.
    pub(crate) fn delegate(&self, name: &Str) -> Arc<HostVars> {
        self.hosts.get(name).unwrap_or_else(|| Arc::new(crate::hosts::unlisted(name)))
    }

    pub(crate) fn count(&self, host: &Str, change: impl FnOnce(&mut Counters)) {
        let mut stats = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        change(stats.entry(host.clone()).or_default());
    }

    pub(crate) fn lost(&self) -> std::sync::MutexGuard<'_, Lost> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counters so far.
    pub fn recap(&self) -> Recap {
        Recap {
            hosts: self.stats.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            custom: self.custom_stats.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Adds custom statistics of `set_stats`, of one host or of the run.
    pub(crate) fn add_stats(&self, host: Option<&Str>, data: &Dict, aggregate: bool) {
        let mut custom = self.custom_stats.lock().unwrap_or_else(PoisonError::into_inner);
        let stats = match host {
            Some(host) => custom.hosts.entry(host.clone()).or_default(),
            None => &mut custom.run,
        };
        for (key, value) in data {
            let old = key.as_str().and_then(|key| stats.get(key)).cloned();
            let value = match (aggregate, old) {
                (true, Some(old)) => aggregated(old, value),
                _ => value.clone(),
            };
            stats.insert(key.clone(), value);
        }
    }
}

/// Stack of a worker thread: deep templates and includes need room.
const STACK: usize = 4 << 20;

fn aggregated(old: Value, new: &Value) -> Value {
    match (old, new) {
        (Value::Int(a), Value::Int(b)) => Value::Int(a.saturating_add(*b)),
        (Value::Float(a), Value::Float(b)) => Value::Float(a + b),
        (Value::Str(a), Value::Str(b)) => format!("{a}{b}").into(),
        (Value::List(a), Value::List(b)) => Value::list(a.iter().chain(b.iter()).cloned()),
        (Value::Dict(a), Value::Dict(b)) => {
            let mut both = (*a).clone();
            both.extend(b.iter().map(|(key, value)| (key.clone(), value.clone())));
            both.into()
        }
        (_, new) => new.clone(),
    }
}
