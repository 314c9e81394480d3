//! The loader: files read once, warnings collected.

use super::{Frame, Reading, Result, normal};
use crate::{Cause, Entry, Host, Place, Playbook, PlaybookError, Role, Settings, Warning};
use rplay_value::{Dict, Str, Value};
use rplay_yaml::{Document, Source, Trust};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Reads playbooks, task files and roles. Files are read once; what their authors should know gathers until
/// [`Loader::take_warnings`].
pub struct Loader {
    host: Arc<dyn Host>,
    settings: Settings,
    documents: Mutex<HashMap<PathBuf, Arc<Document>>>,
    dicts: Mutex<HashMap<PathBuf, Arc<Dict>>>,
    warnings: Mutex<Vec<Warning>>,
}

/// Where tasks read while the play runs belong to.
#[derive(Clone, Default)]
pub struct TaskContext {
    /// Directory of the playbook file.
    pub play_dir: PathBuf,
    /// The role whose task asks.
    pub role: Option<Arc<Role>>,
    /// Whether handlers are read.
    pub handlers: bool,
    /// Collections in effect, in search order.
    pub collections: Vec<Str>,
    /// Variables for names of static imports in the file, weakest first.
    pub vars: Vec<Arc<Dict>>,
}

impl Loader {
    /// A loader that asks `host`.
    pub fn new(host: Arc<dyn Host>, settings: Settings) -> Self {
        Self {
            host,
            settings,
            documents: Mutex::default(),
            dicts: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// Reads a playbook with everything it imports statically.
    ///
    /// # Errors
    /// When a file cannot be read or says what cannot be.
    pub fn playbook(&self, path: &Path) -> Result<Playbook> {
        let plays = super::playbook::plays(self, &normal(path), &super::playbook::Import::default())?;
        Ok(Playbook { file: path.to_path_buf(), plays })
    }

    /// Reads a file of tasks or handlers (`include_tasks`). Handlers of roles it imports statically are found
    /// by [`crate::imported_handlers`].
    ///
    /// # Errors
    /// When the file cannot be read or says what cannot be.
    pub fn tasks_file(&self, path: &Path, context: &TaskContext) -> Result<Vec<Entry>> {
        let path = normal(path);
        let document = self.document(&path)?;
        let reading = self.reading_in(&document.source, context).entering(&path);
        let entries = reading.included_file(&document, &path);
        match document.root.as_seq() {
            None => entries.map_err(PlaybookError::general),
            Some(_) => entries,
        }
    }

    /// Finds the file that `include_tasks` in a task names, as a static import would.
    pub fn tasks_path(&self, name: &str, task: &Place, context: &TaskContext) -> PathBuf {
        self.reading_in(&task.source, context).tasks_path(name)
    }

    /// What the author of the content should know, in the order it was found; each is handed out once.
    pub fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut *lock(&self.warnings))
    }

    pub(crate) fn reading_in<'a>(&'a self, source: &Arc<Source>, context: &TaskContext) -> Reading<'a> {
        Reading {
            loader: self,
            source: source.clone(),
            frame: Arc::new(Frame::new(&context.play_dir, context.vars.clone(), Vec::new())),
            role: context.role.clone(),
            handlers: context.handlers,
            collections: context.collections.clone().into(),
            vars: Vec::new(),
            files: Vec::new(),
            roles: Vec::new(),
        }
    }

    pub(crate) fn host(&self) -> &dyn Host {
        &*self.host
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn warn(&self, warning: Warning) {
        lock(&self.warnings).push(warning);
    }

    /// A YAML file, read at most once.
    pub(crate) fn document(&self, path: &Path) -> Result<Arc<Document>> {
        if let Some(document) = lock(&self.documents).get(path) {
            return Ok(document.clone());
        }
        let file = self.host.read(path).map_err(|error| {
            let message = match error.kind() {
                std::io::ErrorKind::NotFound => "Unable to retrieve file contents.",
                // Not the system's: a vault's.
                std::io::ErrorKind::Other => {
                    let file = Cause::Text(path.display().to_string());
                    return PlaybookError::new(error.to_string()).general().because(file);
                }
                _ => "An error occurred while trying to read a file.",
            };
            PlaybookError::new(message).general().because(Cause::Read { path: path.to_path_buf(), error })
        })?;
        let source = Source::new(path.to_string_lossy().into_owned(), file.text);
        let shown = if file.encrypted { Arc::new(hidden(&source)) } else { Arc::new(source.clone()) };
        let document = rplay_yaml::load(&source, Trust::Trusted)
            .map_err(|error| yaml_error(error, &shown, file.encrypted))?;
        let document = Document { source: shown, ..document };
        for warning in &document.warnings {
            self.warn(Warning::from_yaml(warning, &document.source));
        }
        let document = Arc::new(document);
        lock(&self.documents).insert(path.to_path_buf(), document.clone());
        Ok(document)
    }

    /// A file that holds a dictionary of variables; an empty one is an empty dictionary.
    pub(crate) fn vars_file(&self, path: &Path) -> Result<Arc<Dict>> {
        if let Some(dict) = lock(&self.dicts).get(path) {
            return Ok(dict.clone());
        }
        let document = self.document(path)?;
        let dict = match document.root.to_value() {
            Value::Dict(dict) => dict,
            Value::None => Arc::default(),
            _ => {
                let place = Place { source: document.source.clone(), span: document.root.span };
                return Err(PlaybookError::new("A file of variables must hold a dictionary.").at(place));
            }
        };
        lock(&self.dicts).insert(path.to_path_buf(), dict.clone());
        Ok(dict)
    }
}

/// The source in place of a decrypted one: diagnostics say that its lines are not shown.
fn hidden(source: &Source) -> Source {
    Source::new(source.name.clone(), "$ANSIBLE_VAULT")
}

fn yaml_error(mut error: rplay_yaml::YamlError, shown: &Arc<Source>, encrypted: bool) -> PlaybookError {
    error.origin = shown.clone();
    if encrypted {
        // The hint quotes the line.
        error.hint = None;
    }
    let span = rplay_yaml::Span::at(error.line(), error.column());
    let place = Place { source: error.origin.clone(), span };
    PlaybookError::new(format!("YAML parsing failed: {}", error.message()))
        .at(place)
        .because(Cause::Yaml(error))
}

/// A panic elsewhere leaves the maps whole: entries are inserted in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
