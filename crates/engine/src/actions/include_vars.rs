//! `include_vars`: variables from files.

use super::{Action, ActionContext, Step};
use crate::error::TaskError;
use rplay_pyre::{Flags, Pattern};
use rplay_template::Binding;
use rplay_value::{Dict, Value};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use walkdir::WalkDir;

/// `include_vars`.
pub(super) struct IncludeVars;

const OF_FILES: &[&str] = &["file", "_raw_params"];
const OF_DIRECTORIES: &[&str] =
    &["dir", "depth", "files_matching", "ignore_files", "extensions", "ignore_unknown_extensions"];
const OF_BOTH: &[&str] = &["name", "hash_behaviour"];

impl Action for IncludeVars {
    fn name(&self) -> &'static str {
        "include_vars"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        check_arguments(context)?;
        let mut found = Found::default();
        let fault = found.load(context)?.err();
        let mut vars = std::mem::take(&mut found.vars);
        if let Some(name) = context.text("name") {
            vars = std::iter::once((name, Value::from(vars))).collect();
        }
        if let Some(merge) = context.text("hash_behaviour").filter(|_| fault.is_none()) {
            vars = over_known(context, vars, merge == "merge")?;
        }
        let mut result = Dict::new();
        if let Some(fault) = fault {
            result.insert("failed", true.into());
            result.insert("message", fault.into());
        }
        let names = found.files.iter().map(|file| Value::from(file.to_string_lossy().into_owned()));
        result.insert("ansible_included_var_files", Value::list(names));
        result.insert("ansible_facts", Value::Dict(Arc::new(vars)));
        result.insert("changed", false.into());
        // What was in a vault is not shown.
        let hidden = found.files.iter().any(|file| context.engine.content.is_vault(file).unwrap_or(true));
        result.insert("_ansible_no_log", hidden.into());
        Ok(Step::Done(result))
    }
}

fn check_arguments(context: &ActionContext<'_>) -> Result<(), TaskError> {
    let given = |names: &[&str]| names.iter().any(|name| context.args.contains(name));
    let known = |name: &&str| [OF_FILES, OF_DIRECTORIES, OF_BOTH].iter().all(|names| !names.contains(name));
    if let Some(odd) = context.args.keys().filter_map(|key| key.as_str()).find(known) {
        return Err(TaskError::failed(format!("{odd} is not a valid option in include_vars")));
    }
    if given(OF_FILES) && given(OF_DIRECTORIES) {
        return Err(TaskError::failed(
            "You are mixing file only and dir only arguments, these are incompatible",
        ));
    }
    Ok(())
}

/// The variables over those there are, dictionaries merged or replaced.
fn over_known(context: &ActionContext<'_>, vars: Dict, merge: bool) -> Result<Dict, TaskError> {
    let scope = context.scope();
    let mut all = Dict::new();
    for name in vars.keys().filter_map(|key| key.as_str()) {
        if let Some(Binding::Value(value)) = scope.lookup(name)
            && let Some(value) = context.engine.templar.render(&scope, &value)?
        {
            all.insert(name, value);
        }
    }
    add(&mut all, vars, merge);
    Ok(all)
}

fn add(into: &mut Dict, vars: Dict, merge: bool) {
    for (key, value) in vars {
        let old = key.as_str().and_then(|name| into.get(name)).cloned();
        match (merge, old, value) {
            (true, Some(Value::Dict(old)), Value::Dict(new)) => {
                let mut both = Arc::unwrap_or_clone(old);
                add(&mut both, Arc::unwrap_or_clone(new), true);
                into.insert(key, both.into());
            }
            (_, _, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    vars: Dict,
}

impl Found {
    /// Reads what the task names. A file or directory that is not right is a fault that the result tells of.
    fn load(&mut self, context: &ActionContext<'_>) -> Result<Result<(), String>, TaskError> {
        if let Some(dir) = context.text("dir") {
            let root = directory(context, &dir);
            return match (root.exists(), root.is_dir()) {
                (false, _) => Ok(Err(format!("{} directory does not exist", root.display()))),
                (_, false) => Ok(Err(format!("{} is not a directory", root.display()))),
                _ => Choice::of(context)?.walk(context, &root, self),
            };
        }
        let file = context.text("file").or_else(|| context.text("_raw_params")).unwrap_or_default();
        let file = file.trim_end_matches('\n');
        if file.is_empty() {
            return Ok(Err("Could not find file on the Ansible Controller: set 'file' or 'dir'".into()));
        }
        Ok(match context.find("vars", file) {
            Ok(path) => self.read(context, path),
            Err(error) => Err(error.summary()),
        })
    }

    fn read(&mut self, context: &ActionContext<'_>, path: PathBuf) -> Result<(), String> {
        let vars = context.engine.read_vars(&path).map_err(|error| error.summary())?;
        add(&mut self.vars, vars, false);
        self.files.push(path);
        Ok(())
    }
}

/// The directory a task names: of the role's `vars`, or beside the file the task stands in.
fn directory(context: &ActionContext<'_>, dir: &str) -> PathBuf {
    let magic = |name: &str| context.task.layers.magic.get(name).map(|value| PathBuf::from(value.to_text()));
    match magic("role_path") {
        Some(role) if dir.split('/').next() == Some("vars") => {
            let own = role.join(dir);
            if own.exists() { own } else { PathBuf::from(dir) }
        }
        Some(role) => role.join("vars").join(dir),
        None => {
            let file = PathBuf::from(&*context.task.task.place.source.name);
            file.parent().unwrap_or(Path::new("")).join(dir)
        }
    }
}

/// Which files of a directory are read.
struct Choice {
    extensions: Vec<String>,
    ignored: Vec<Pattern>,
    matching: Option<Pattern>,
    depth: usize,
    lenient: bool,
    /// `vars/main.yml` of the role, which is read with the role.
    own: Option<PathBuf>,
}

impl Choice {
    fn of(context: &ActionContext<'_>) -> Result<Self, TaskError> {
        let extensions = match context.args.get("extensions") {
            None => ["yaml", "yml", "json"].map(String::from).to_vec(),
            Some(Value::List(items)) => items.iter().map(Value::to_text).collect(),
            Some(Value::Str(letters)) => letters.chars().map(String::from).collect(),
            Some(_) => {
                return Err(TaskError::failed("Invalid type for \"extensions\" option, it must be a list"));
            }
        };
        let ignored = match context.args.get("ignore_files") {
            None | Some(Value::None) => Vec::new(),
            Some(Value::List(items)) => items.iter().map(Value::to_text).collect(),
            Some(other) => other.to_text().split_whitespace().map(String::from).collect(),
        };
        let depth = context.args.get("depth").and_then(crate::task::to_int).unwrap_or(0);
        let role = context.task.layers.magic.get("role_path").map(|path| PathBuf::from(path.to_text()));
        Ok(Self {
            extensions,
            ignored: ignored.iter().map(|text| pattern(&format!("{text}$"))).collect::<Result<_, _>>()?,
            matching: context.text("files_matching").map(|text| pattern(&text)).transpose()?,
            depth: usize::try_from(depth).ok().filter(|depth| *depth > 0).unwrap_or(usize::MAX),
            lenient: context.bool("ignore_unknown_extensions", false)?,
            own: role.map(|role| role.join("vars/main.yml")),
        })
    }

    fn walk(
        &self,
        context: &ActionContext<'_>,
        root: &Path,
        found: &mut Found,
    ) -> Result<Result<(), String>, TaskError> {
        let mut files = Vec::new();
        for entry in WalkDir::new(root).follow_links(true).max_depth(self.depth) {
            let entry = entry
                .map_err(|error| TaskError::failed(format!("cannot walk {}: {error}", root.display())))?;
            if entry.file_type().is_file() {
                files.push(entry.into_path());
            }
        }
        // A directory's own files come before those of the directories in it.
        files.sort_by(|a, b| (a.parent(), a.file_name()).cmp(&(b.parent(), b.file_name())));
        for inside in files.chunk_by(|a, b| a.parent() == b.parent()) {
            let before = found.vars.clone();
            if let Err(fault) = self.directory(context, inside, found)? {
                // Of a directory with a fault no variable counts.
                found.vars = before;
                return Ok(Err(fault));
            }
        }
        Ok(Ok(()))
    }

    fn directory(
        &self,
        context: &ActionContext<'_>,
        files: &[PathBuf],
        found: &mut Found,
    ) -> Result<Result<(), String>, TaskError> {
        for path in files {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let valid = self.valid(&name);
            if self.passes_over(path, &name)? || (self.lenient && !valid) {
                continue;
            }
            if !valid {
                let known = self.extensions.join(", ");
                return Ok(Err(format!("{} does not have a valid extension: {known}", path.display())));
            }
            if let Err(fault) = found.read(context, path.clone()) {
                return Ok(Err(fault));
            }
        }
        Ok(Ok(()))
    }

    fn passes_over(&self, path: &Path, name: &str) -> Result<bool, TaskError> {
        let found = |pattern: &Pattern| pattern.is_found(name).map_err(no_pattern);
        if self.own.as_deref() == Some(path) {
            return Ok(true);
        }
        for pattern in &self.ignored {
            if found(pattern)? {
                return Ok(true);
            }
        }
        self.matching.as_ref().map_or(Ok(false), |pattern| Ok(!found(pattern)?))
    }

    /// Whether the file's extension is one of those wanted; a name without one has the empty extension.
    fn valid(&self, name: &str) -> bool {
        let own =
            Path::new(name).extension().map(|ext| ext.to_string_lossy().into_owned()).unwrap_or_default();
        self.extensions.contains(&own)
    }
}

fn pattern(text: &str) -> Result<Pattern, TaskError> {
    Pattern::new(text, Flags::default()).map_err(no_pattern)
}

fn no_pattern(error: rplay_pyre::Error) -> TaskError {
    TaskError::failed(format!("Invalid regular expression: {error}"))
}
