//! The host as modules see it: the one handle through which they look at it and change it.

mod atomic;
mod attributes;
mod children;
mod digest;
mod error;
mod fs;
mod mode;
mod process;
mod selinux;
mod services;
mod temp;
mod terminal;
mod users;

pub use atomic::Staged;
pub use attributes::AttributeChange;
pub use children::Children;
pub use digest::Algorithm;
pub use error::{SystemError, errno_text, os_text};
pub use fs::Follow;
pub use mode::{parse_mode, umask};
pub use process::{Command, Output, command_text};
pub use services::{Blobs, NoWire, Outlet, Services};
pub use terminal::{Heard, Terminal};
pub use users::{Group, User};

use crate::args::{Deprecation, Expand};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What a call brings along besides its arguments.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Predict, change nothing.
    pub check_mode: bool,
    /// Differences are wanted in the result.
    pub diff: bool,
    /// The task's arguments and result are secret.
    pub no_log: bool,
    /// `-v` count.
    pub verbosity: u8,
    /// The task's `environment:`; children get it on top of the agent's own.
    pub environment: BTreeMap<String, String>,
    /// What relative paths start from, and where children start.
    pub cwd: PathBuf,
    /// Where temporary directories are made.
    pub remote_tmp: PathBuf,
    /// `ansible_shell_executable`; `None`: `/bin/sh`.
    pub shell: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            check_mode: false,
            diff: false,
            no_log: false,
            verbosity: 0,
            environment: BTreeMap::new(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            remote_tmp: std::env::temp_dir(),
            shell: None,
        }
    }
}

/// The handle of one call.
pub struct System {
    settings: Settings,
    services: Services,
    may_change: AtomicBool,
    notes: Mutex<Notes>,
    accounts: users::Accounts,
    temp: OnceLock<PathBuf>,
}

#[derive(Default)]
struct Notes {
    warnings: Vec<String>,
    deprecations: Vec<Deprecation>,
}

impl System {
    /// A handle with the call's settings and what the agent lends it.
    #[must_use]
    pub fn new(settings: Settings, services: Services) -> Self {
        Self {
            settings,
            services,
            may_change: AtomicBool::new(false),
            notes: Mutex::default(),
            accounts: users::Accounts::default(),
            temp: OnceLock::new(),
        }
    }

    /// The call's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether this call only predicts.
    #[must_use]
    pub fn check_mode(&self) -> bool {
        self.settings.check_mode
    }

    /// Whether differences are wanted.
    #[must_use]
    pub fn diff(&self) -> bool {
        self.settings.diff
    }

    /// Content the controller holds for this call.
    #[must_use]
    pub fn blobs(&self) -> &dyn Blobs {
        self.services.blobs.as_ref()
    }

    /// The way for content back to the controller.
    #[must_use]
    pub fn outlet(&self) -> &dyn Outlet {
        self.services.outlet.as_ref()
    }

    /// A variable of the environment, the task's own ones first.
    #[must_use]
    pub fn env(&self, name: &str) -> Option<String> {
        self.settings
            .environment
            .get(name)
            .cloned()
            .or_else(|| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// The path, made absolute by the call's working directory.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.settings.cwd.join(path)
    }

    /// The current time in the host's zone.
    #[must_use]
    pub fn now(&self) -> jiff::Zoned {
        jiff::Zoned::now()
    }

    /// Warns: the result carries it.
    pub fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        let mut notes = self.notes();
        if !notes.warnings.contains(&warning) {
            notes.warnings.push(warning);
        }
    }

    /// Says that something goes away in a version: the result carries it.
    pub fn deprecate(&self, msg: impl Into<String>, version: Option<&str>) {
        let version = version.map(str::to_owned);
        self.note_deprecation(Deprecation {
            msg: msg.into(),
            version,
            date: None,
            collection_name: None,
            by_module: true,
        });
    }

    pub(crate) fn note_deprecation(&self, deprecation: Deprecation) {
        let mut notes = self.notes();
        if !notes.deprecations.contains(&deprecation) {
            notes.deprecations.push(deprecation);
        }
    }

    pub(crate) fn take_notes(&self) -> (Vec<String>, Vec<Deprecation>) {
        let notes = std::mem::take(&mut *self.notes());
        (notes.warnings, notes.deprecations)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn allow_changes(&self) {
        self.may_change.store(true, Ordering::Relaxed);
    }

    pub(crate) fn forbid_changes(&self) {
        self.may_change.store(false, Ordering::Relaxed);
    }

    /// Refuses changes outside `apply`: a plan that writes is a bug of its module, and must not
    /// reach the host in check mode.
    pub(crate) fn guard(&self, path: &Path) -> Result<(), SystemError> {
        if self.may_change.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err(SystemError::Planning { path: path.to_owned() })
        }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        temp::remove(self.temp.get());
    }
}

impl Expand for System {
    fn variable(&self, name: &str) -> Option<String> {
        self.env(name)
    }

    fn home(&self, user: Option<&str>) -> Option<String> {
        match user {
            Some(name) => self.user(name).map(|user| user.home),
            None => self.env("HOME").or_else(|| self.user_by_id(self.effective_user()).map(|user| user.home)),
        }
    }
}
