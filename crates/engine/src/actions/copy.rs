//! `copy`: files of the controller to the host.

use super::{Action, ActionContext, Call, Remote, Step};
use crate::{engine::Engine, error::TaskError, task::Content};
use rplay_value::{Dict, Value, surrogates};
use std::{
    borrow::Cow,
    cmp::Ordering,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};

/// `copy`: the module of that name compares and writes; the content travels only where it differs.
pub(super) struct Copy;

impl Action for Copy {
    fn name(&self) -> &'static str {
        "copy"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let src = context.text("src").filter(|src| !src.is_empty());
        let content = context.args.get("content").filter(|content| !content.is_none());
        let dest = context.text("dest");
        let fault = match (&src, content, &dest) {
            (None, None, _) => Some("src (or content) is required"),
            (Some(_), Some(_), _) => Some("src and content are mutually exclusive"),
            (_, _, None) => Some("dest is required"),
            (None, Some(_), Some(dest)) if dest.ends_with('/') => {
                Some("can not use content with a dir as dest")
            }
            _ => None,
        };
        if let Some(fault) = fault {
            return Ok(Step::failed(fault));
        }
        let mut args = context.args.clone();
        if let Some(content) = content {
            args.remove("content");
            return Ok(Step::Call(content_call(args, text_of(content)?, None)));
        }
        if context.bool("remote_src", false)? {
            return Ok(Step::Call(Call::new("copy", args)));
        }
        let src = src.unwrap_or_default();
        let path = context.find("files", &src).map_err(|error| {
            let message = format!("Unexpected AnsibleActionFail error: {}", error.summary());
            TaskError::refused(message)
        })?;
        let files = Files { engine: context.engine, decrypt: context.bool("decrypt", true)? };
        if path.is_dir() {
            return directory(&files, &path, src.ends_with('/'), &args);
        }
        files.call(&path, args).map(Step::Call)
    }
}

/// Where files are read, and whether vaults travel in plain text.
struct Files<'a> {
    engine: &'a Engine,
    decrypt: bool,
}

/// Structures given as content are written as JSON.
fn text_of(content: &Value) -> Result<Vec<u8>, TaskError> {
    Ok(match content {
        Value::Str(text) => bytes(text).map_err(|error| {
            let message = "could not write content temp file";
            let whole = format!("{message}: {}", error.summary());
            error.within(message, None).with("msg", whole)
        })?,
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::List(_) | Value::Dict(_) => content.to_json().to_string().into_bytes(),
        other => other.to_text().into_bytes(),
    })
}

/// A text as the bytes it stands for.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, TaskError> {
    surrogates::encode(text).map(Cow::into_owned).map_err(|error| TaskError::failed(error.to_string()))
}

/// A call of the `copy` module that writes `content`; `name` is the source's file name, for a directory as
/// destination.
pub(super) fn content_call(mut args: Dict, content: Vec<u8>, name: Option<&str>) -> Call {
    if let Some(name) = name {
        args.insert("_original_basename", name.into());
    }
    args.insert("_content", "content".into());
    let mut call = Call::new("copy", args);
    call.content.push(("content".into(), Content::bytes(content)));
    call
}

impl Files<'_> {
    fn call(&self, path: &Path, mut args: Dict) -> Result<Call, TaskError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        preserve_mode(path, "mode", &mut args)?;
        args.insert("src", path.to_string_lossy().into_owned().into());
        args.insert("_original_basename", name.into());
        args.insert("_content", "content".into());
        let mut call = Call::new("copy", args);
        let content = Content::file(self.engine, path.to_path_buf(), self.decrypt)?;
        call.content.push(("content".into(), content));
        Ok(call)
    }
}

/// `mode: preserve` takes the mode of the file here.
pub(super) fn preserve_mode(path: &Path, key: &str, args: &mut Dict) -> Result<(), TaskError> {
    if args.get(key).and_then(Value::as_str) != Some("preserve") {
        return Ok(());
    }
    let mode = path.metadata().map_err(|error| cannot_read(path, &error))?.permissions().mode() & 0o7777;
    args.insert(key, format!("0{mode:o}").into());
    Ok(())
}

fn cannot_read(path: &Path, error: &std::io::Error) -> TaskError {
    TaskError::failed(format!("cannot read {}: {error}", path.display()))
}

/// A whole directory: `dir/` copies what is in it, `dir` the directory itself.
fn directory(files: &Files<'_>, root: &Path, contents_only: bool, args: &Dict) -> Result<Step, TaskError> {
    let base = if contents_only { root } else { root.parent().unwrap_or(root) };
    let dest = PathBuf::from(args.get("dest").map(Value::to_text).unwrap_or_default());
    let mut calls = Vec::new();
    let follow = args.get("local_follow").is_none_or(|value| value.is_true());
    for entry in WalkDir::new(root).sort_by(files_first).follow_links(follow) {
        let entry = match entry {
            Ok(entry) => entry,
            // A link that leads nowhere, or back to where it is met, is copied as a link.
            Err(error) => match error.path().filter(|path| path.is_symlink()) {
                Some(link) => {
                    let Ok(relative) = link.strip_prefix(base) else { continue };
                    calls.push(link_call(link, &dest.join(relative), args)?);
                    continue;
                }
                None => {
                    let message = format!("cannot walk {}: {error}", root.display());
                    return Err(TaskError::failed(message));
                }
            },
        };
        let Ok(relative) = entry.path().strip_prefix(base) else { continue };
        let target = dest.join(relative);
        let mut own = args.clone();
        own.remove("directory_mode");
        own.insert("dest", target.to_string_lossy().into_owned().into());
        if entry.file_type().is_dir() {
            calls.push(directory_call(&target, args));
        } else if entry.file_type().is_symlink() {
            calls.push(link_call(entry.path(), &target, args)?);
        } else {
            calls.push(files.call(entry.path(), own)?);
        }
    }
    let dest = args.get("dest").cloned().unwrap_or_default();
    let src = format!("{}{}", root.display(), if contents_only { "/" } else { "" });
    Ok(Step::Talk(Box::new(move |host| copy_all(host, calls, dest, &src))))
}

/// The order of ansible-core: what a directory holds itself, then the directories in it.
fn files_first(one: &DirEntry, other: &DirEntry) -> Ordering {
    let rank = |entry: &DirEntry| entry.file_type().is_dir();
    rank(one).cmp(&rank(other)).then_with(|| one.file_name().cmp(other.file_name()))
}

fn directory_call(target: &Path, args: &Dict) -> Call {
    let mut own = Dict::new();
    own.insert("path", target.to_string_lossy().into_owned().into());
    own.insert("state", "directory".into());
    for key in ["owner", "group", "seuser", "serole", "setype", "selevel", "attributes"] {
        if let Some(value) = args.get(key) {
            own.insert(key, value.clone());
        }
    }
    if let Some(mode) = args.get("directory_mode").filter(|mode| !mode.is_none()) {
        own.insert("mode", mode.clone());
    }
    Call::new("file", own)
}

fn link_call(link: &Path, target: &Path, args: &Dict) -> Result<Call, TaskError> {
    let points_to = std::fs::read_link(link).map_err(|error| cannot_read(link, &error))?;
    let mut own = Dict::new();
    own.insert("path", target.to_string_lossy().into_owned().into());
    own.insert("src", points_to.to_string_lossy().into_owned().into());
    own.insert("state", "link".into());
    own.insert("force", true.into());
    own.insert("follow", false.into());
    for key in ["owner", "group"] {
        if let Some(value) = args.get(key) {
            own.insert(key, value.clone());
        }
    }
    Ok(Call::new("file", own))
}

fn copy_all(host: &dyn Remote, calls: Vec<Call>, dest: Value, src: &str) -> Result<Dict, TaskError> {
    let mut changed = false;
    let mut diffs = Vec::new();
    for result in host.calls(calls)? {
        if result.get("failed").is_some_and(Value::is_true) {
            return Ok(result);
        }
        if result.get("changed").is_some_and(Value::is_true) {
            changed = true;
            diffs.extend(result.get("diff").cloned());
        }
    }
    let mut result = Dict::new();
    result.insert("changed", changed.into());
    result.insert("dest", dest);
    result.insert("src", src.into());
    if !diffs.is_empty() {
        result.insert("diff", Value::list(diffs.into_iter().flat_map(flat)));
    }
    Ok(result)
}

fn flat(diff: Value) -> Vec<Value> {
    match diff {
        Value::List(items) => items.to_vec(),
        other => vec![other],
    }
}
