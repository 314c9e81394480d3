//! `include_vars`: variables from files.

use super::{Action, ActionContext, Step};
use crate::error::TaskError;
use rplay_value::{Dict, Value};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use walkdir::WalkDir;

/// `include_vars`.
pub(super) struct IncludeVars;

const OF_DIRECTORIES: &[&str] =
    &["depth", "dir", "extensions", "files_matching", "ignore_files", "ignore_unknown_extensions"];
const OF_FILES: &[&str] = &["_raw_params", "file"];
const OF_BOTH: &[&str] = &["hash_behaviour", "name"];

/// What was read so far.
#[derive(Default)]
struct Found {
    vars: Dict,
    files: Vec<PathBuf>,
}

impl Action for IncludeVars {
    fn name(&self) -> &'static str {
        "include_vars"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        check(context)?;
        let mut found = Found::default();
        let problem = read(context, &mut found)?;
        let mut vars = found.vars;
        if let Some(name) = context.text("name") {
            vars = std::iter::once((name, Value::from(vars))).collect();
        }
        let merge = context.text("hash_behaviour").as_deref() == Some("merge");
        if merge && problem.is_none() {
            vars = merged(context, vars)?;
        }
        let mut result = Dict::new();
        if let Some(problem) = problem {
            result.insert("failed", true.into());
            result.insert("message", problem.into());
        }
        let names = found.files.iter().map(|file| Value::from(file.to_string_lossy().into_owned()));
        result.insert("ansible_included_var_files", Value::list(names));
        result.insert("ansible_facts", Value::Dict(Arc::new(vars)));
        result.insert("changed", false.into());
        result.insert("_ansible_no_log", false.into());
        Ok(Step::Done(result))
    }
}

fn check(context: &ActionContext<'_>) -> Result<(), TaskError> {
    let names: Vec<&str> = context.args.keys().filter_map(|key| key.as_str()).collect();
    let any = |known: &[&str]| names.iter().any(|name| known.contains(name));
    let known = |name: &&&str| [OF_DIRECTORIES, OF_FILES, OF_BOTH].iter().any(|list| list.contains(name));
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(TaskError::failed(format!("{unknown} is not a valid option in include_vars")));
    }
    if any(OF_DIRECTORIES) && any(OF_FILES) {
        return Err(TaskError::failed(
            "You are mixing file only and dir only arguments, these are incompatible",
        ));
    }
    Ok(())
}

/// Reads what is asked for; what is wrong with a file is the answer.
fn read(context: &ActionContext<'_>, found: &mut Found) -> Result<Option<String>, TaskError> {
    if let Some(dir) = context.text("dir") {
        return in_directory(context, &root(context, &dir), found);
    }
    let file = context
        .text("file")
        .or_else(|| context.text("_raw_params"))
        .ok_or_else(|| TaskError::failed("No file or directory was given: set 'file' or 'dir'."))?;
    let path = match context.find("vars", file.trim_end_matches('\n')) {
        Ok(path) => path,
        Err(error) => return Ok(Some(error.summary())),
    };
    take(context, path, found)
}

fn take(context: &ActionContext<'_>, path: PathBuf, found: &mut Found) -> Result<Option<String>, TaskError> {
    match context.engine.read_vars(&path) {
        Ok(vars) => found.vars.extend(vars),
        Err(error) => return Ok(Some(error.summary())),
    }
    found.files.push(path);
    Ok(None)
}

/// `hash_behaviour: merge`: dictionaries that are known already take in the new ones.
fn merged(context: &ActionContext<'_>, vars: Dict) -> Result<Dict, TaskError> {
    let scope = context.scope();
    let mut both = Dict::new();
    for key in vars.keys() {
        let Some(rplay_template::Binding::Value(value)) = key.as_str().and_then(|name| scope.lookup(name))
        else {
            continue;
        };
        if let Some(value) = context.engine.templar.render(&scope, &value)? {
            both.insert(key.clone(), value);
        }
    }
    add(&mut both, vars);
    Ok(both)
}

fn add(into: &mut Dict, vars: Dict) {
    for (key, value) in vars {
        let old = key.as_str().and_then(|name| into.get(name)).cloned();
        match (old, value) {
            (Some(Value::Dict(old)), Value::Dict(new)) => {
                let mut both = Arc::unwrap_or_clone(old);
                add(&mut both, Arc::unwrap_or_clone(new));
                into.insert(key, both.into());
            }
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// The directory meant: in the role's `vars`, or beside the file of the task.
fn root(context: &ActionContext<'_>, dir: &str) -> PathBuf {
    let task = &context.task.task;
    match &task.role {
        Some(role) if dir.split('/').next() == Some("vars") && role.path.join(dir).exists() => {
            role.path.join(dir)
        }
        Some(_) if dir.split('/').next() == Some("vars") => PathBuf::from(dir),
        Some(role) => role.path.join("vars").join(dir),
        None => {
            let here = Path::new(&*task.place.source.name).parent().unwrap_or(Path::new(""));
            here.join(dir)
        }
    }
}

fn in_directory(
    context: &ActionContext<'_>,
    root: &Path,
    found: &mut Found,
) -> Result<Option<String>, TaskError> {
    let shown = root.display();
    if !root.exists() {
        return Ok(Some(format!("{shown} directory does not exist")));
    }
    if !root.is_dir() {
        return Ok(Some(format!("{shown} is not a directory")));
    }
    let extensions =
        words(context, "extensions").unwrap_or_else(|| ["yaml", "yml", "json"].map(String::from).to_vec());
    let ignored = words(context, "ignore_files").unwrap_or_default();
    let ignored: Vec<regex::Regex> = ignored
        .iter()
        .map(|pattern| regex::Regex::new(&format!("{pattern}$")))
        .collect::<Result<_, _>>()
        .map_err(|error| TaskError::failed(format!("Invalid regular expression: {error}")))?;
    let matching = pattern(context.text("files_matching"))?;
    let lenient = context.bool("ignore_unknown_extensions", false)?;
    for path in files_below(context, root)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if matching.as_ref().is_some_and(|pattern| !pattern.is_match(&name))
            || ignored.iter().any(|pattern| pattern.is_match(&name))
        {
            continue;
        }
        if !has_extension(&path, &extensions) {
            if lenient {
                continue;
            }
            let known = extensions.join(", ");
            return Ok(Some(format!("{} does not have a valid extension: {known}", path.display())));
        }
        if let Some(problem) = take(context, path, found)? {
            return Ok(Some(problem));
        }
    }
    Ok(None)
}

/// The files of a directory and of those below it to the depth asked for; directory by directory.
fn files_below(context: &ActionContext<'_>, root: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let depth =
        context.args.get("depth").and_then(crate::task::to_int).and_then(|depth| usize::try_from(depth).ok());
    let walk = WalkDir::new(root)
        .max_depth(depth.filter(|depth| *depth > 0).unwrap_or(usize::MAX))
        .follow_links(true);
    let mut files = Vec::new();
    for entry in walk {
        let entry =
            entry.map_err(|error| TaskError::failed(format!("cannot walk {}: {error}", root.display())))?;
        if !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    files.sort_by(|a, b| (a.parent(), a.file_name()).cmp(&(b.parent(), b.file_name())));
    Ok(files)
}

fn pattern(text: Option<String>) -> Result<Option<regex::Regex>, TaskError> {
    text.map(|text| regex::Regex::new(&text))
        .transpose()
        .map_err(|error| TaskError::failed(format!("files_matching is not a regular expression: {error}")))
}

/// A name without a dot has the extension of no letters.
fn has_extension(path: &Path, extensions: &[String]) -> bool {
    let own = path.extension().unwrap_or_default();
    extensions.iter().any(|ext| own == ext.as_str())
}

fn words(context: &ActionContext<'_>, name: &str) -> Option<Vec<String>> {
    match context.args.get(name)? {
        Value::List(items) => Some(items.iter().map(Value::to_text).collect()),
        Value::None => None,
        other => Some(other.to_text().split_whitespace().map(String::from).collect()),
    }
}
