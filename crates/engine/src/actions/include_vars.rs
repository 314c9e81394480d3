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

const ARGUMENTS: &[&str] = &[
    "_raw_params",
    "depth",
    "dir",
    "extensions",
    "file",
    "files_matching",
    "hash_behaviour",
    "ignore_files",
    "ignore_unknown_extensions",
    "name",
];

impl Action for IncludeVars {
    fn name(&self) -> &'static str {
        "include_vars"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only(ARGUMENTS)?;
        let files = files(context)?;
        let merge = context.text("hash_behaviour").as_deref() == Some("merge");
        let mut vars = Dict::new();
        for file in &files {
            add(&mut vars, context.engine.read_vars(file, false)?, merge);
        }
        if let Some(name) = context.text("name") {
            vars = std::iter::once((name, Value::from(vars))).collect();
        }
        let mut result = Dict::new();
        let names = files.iter().map(|file| Value::from(file.to_string_lossy().into_owned()));
        result.insert("ansible_included_var_files", Value::list(names));
        result.insert("ansible_facts", Value::Dict(Arc::new(vars)));
        result.insert("changed", false.into());
        result.insert("_ansible_no_log", false.into());
        Ok(Step::Done(result))
    }
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

fn files(context: &ActionContext<'_>) -> Result<Vec<PathBuf>, TaskError> {
    if let Some(dir) = context.text("dir") {
        return in_directory(context, &dir);
    }
    let file = context
        .text("file")
        .or_else(|| context.text("_raw_params"))
        .ok_or_else(|| TaskError::failed("No file or directory was given: set 'file' or 'dir'."))?;
    Ok(vec![context.find("vars", &file)?])
}

fn in_directory(context: &ActionContext<'_>, dir: &str) -> Result<Vec<PathBuf>, TaskError> {
    let root = context.find("vars", dir)?;
    if !root.is_dir() {
        return Err(TaskError::failed(format!("{} is not a directory", root.display())));
    }
    let extensions =
        words(context, "extensions").unwrap_or_else(|| ["yaml", "yml", "json"].map(String::from).to_vec());
    let ignored = words(context, "ignore_files").unwrap_or_default();
    let matching = pattern(context.text("files_matching"))?;
    let depth =
        context.args.get("depth").and_then(crate::task::to_int).and_then(|depth| usize::try_from(depth).ok());
    let lenient = context.bool("ignore_unknown_extensions", false)?;
    let mut out = Vec::new();
    for entry in WalkDir::new(&root)
        .max_depth(depth.filter(|depth| *depth > 0).unwrap_or(usize::MAX))
        .sort_by_file_name()
    {
        let entry =
            entry.map_err(|error| TaskError::failed(format!("cannot walk {}: {error}", root.display())))?;
        let name = entry.file_name().to_string_lossy();
        if !entry.file_type().is_file() || ignored.iter().any(|ignored| *ignored == name) {
            continue;
        }
        if matching.as_ref().is_some_and(|pattern| !pattern.is_match(&name)) {
            continue;
        }
        if has_extension(entry.path(), &extensions) {
            out.push(entry.into_path());
        } else if !lenient {
            return Err(TaskError::failed(format!(
                "{} does not have a valid extension: {}",
                entry.path().display(),
                extensions.join(", ")
            )));
        }
    }
    Ok(out)
}

fn pattern(text: Option<String>) -> Result<Option<regex::Regex>, TaskError> {
    text.map(|text| regex::Regex::new(&text))
        .transpose()
        .map_err(|error| TaskError::failed(format!("files_matching is not a regular expression: {error}")))
}

fn has_extension(path: &Path, extensions: &[String]) -> bool {
    path.extension().is_some_and(|own| extensions.iter().any(|ext| own == ext.as_str()))
}

fn words(context: &ActionContext<'_>, name: &str) -> Option<Vec<String>> {
    match context.args.get(name)? {
        Value::List(items) => Some(items.iter().map(Value::to_text).collect()),
        Value::None => None,
        other => Some(other.to_text().split_whitespace().map(String::from).collect()),
    }
}
