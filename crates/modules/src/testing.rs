//! Module calls on a temporary directory, for unit tests.

use crate::args::{Map, Value};
use crate::system::{Services, Settings, System};
use crate::{Call, run};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory of its own, removed at the end of the test. `@` at the start of an argument's text
/// stands for it.
pub(crate) struct Bench {
    root: PathBuf,
}

impl Bench {
    /// A fresh, empty directory.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("rplay-modules-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        Self { root }
    }

    /// A path inside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file inside.
    pub(crate) fn write(&self, name: &str, content: &str) -> &Self {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    /// Runs a module for real, differences wanted.
    pub(crate) fn run(&self, module: &str, args: Value) -> Map {
        self.call(module, args, Settings { diff: true, ..Settings::default() })
    }

    /// Runs a module in check mode, differences wanted.
    pub(crate) fn check(&self, module: &str, args: Value) -> Map {
        self.call(module, args, Settings { diff: true, check_mode: true, ..Settings::default() })
    }

    /// Runs a module with settings; its working directory is the test's.
    pub(crate) fn call(&self, module: &str, args: Value, settings: Settings) -> Map {
        let sys = System::new(Settings { cwd: self.root.clone(), ..settings }, Services::default());
        let Value::Object(args) = self.placed(args) else { panic!("arguments are an object") };
        run(&Call { name: module.to_owned(), args }, &sys)
    }

    fn placed(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('@') {
                Some(name) => Value::from(self.path(name).to_string_lossy().into_owned()),
                None => Value::String(text),
            },
            Value::Array(items) => items.into_iter().map(|item| self.placed(item)).collect(),
            Value::Object(map) => map.into_iter().map(|(key, value)| (key, self.placed(value))).collect(),
            other => other,
        }
    }

    /// The directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.root).unwrap();
    }
}
