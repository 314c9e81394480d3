//! `assemble`: one file of the fragments in a directory of the controller or the host.

use super::{Action, ActionContext, Call, Step, copy};
use crate::{engine::Engine, error::TaskError};
use rplay_modules::text::escape;
use rplay_pyre::{Flags, Pattern};
use rplay_value::Dict;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// `assemble`: the module of that name does it where the fragments are on the host; those of the controller
/// are joined here and written there by the `copy` module.
pub(super) struct Assemble;

/// Arguments that are about the fragments and mean nothing to the host.
const OWN: &[&str] = &["src", "remote_src", "regexp", "delimiter", "ignore_hidden", "decrypt"];

impl Action for Assemble {
    fn name(&self) -> &'static str {
        "assemble"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let (Some(src), Some(_)) = (context.text("src"), context.text("dest")) else {
            return Err(TaskError::refused("src and dest are required"));
        };
        if context.bool("remote_src", true)? {
            let mut args = context.args.clone();
            args.remove("decrypt");
            return Ok(Step::Call(Call::new("assemble", args)));
        }
        let dir = context.find("files", &src)?;
        if !dir.is_dir() {
            return Err(TaskError::refused(format!("Source ({}) is not a directory", dir.display())));
        }
        let decrypt = context.bool("decrypt", true)?;
        let content = joined(context.engine, &fragments(context, &dir)?, &delimiter(context), decrypt)?;
        let args = context.args.iter().filter(|(key, _)| !key.as_str().is_some_and(|key| OWN.contains(&key)));
        let mut args: Dict = args.map(|(key, value)| (key.clone(), value.clone())).collect();
        args.insert("follow", context.bool("follow", false)?.into());
        Ok(Step::Call(copy::content_call(args, content, None)))
    }
}

/// The fragments that are wanted, by name.
fn fragments(context: &ActionContext<'_>, dir: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let regexp = context.text("regexp");
    let pattern = regexp.as_deref().map(|regexp| Pattern::new(regexp, Flags::default())).transpose();
    let pattern = pattern.map_err(|why| {
        TaskError::refused(format!("Invalid Regexp ({why}) in \"{}\"", regexp.unwrap_or_default()))
    })?;
    let ignore_hidden = context.bool("ignore_hidden", false)?;
    let mut found = Vec::new();
    for entry in WalkDir::new(dir).min_depth(1).max_depth(1).follow_links(true).sort_by_file_name() {
        // A link that leads nowhere is no file.
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_string_lossy();
        let named = match &pattern {
            Some(pattern) => {
                pattern.is_found(&name).map_err(|error| TaskError::refused(error.to_string()))?
            }
            None => true,
        };
        if named && entry.file_type().is_file() && !(ignore_hidden && name.starts_with('.')) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

/// What stands between fragments: a line of its own, whatever the delimiter ends with.
fn delimiter(context: &ActionContext<'_>) -> Vec<u8> {
    let text = context.text("delimiter").filter(|text| !text.is_empty());
    let line = text.map(|text| [&escape::decode(&text)[..], b"\n"].concat());
    line.unwrap_or_default()
}

fn joined(
    engine: &Engine,
    fragments: &[PathBuf],
    delimiter: &[u8],
    decrypt: bool,
) -> Result<Vec<u8>, TaskError> {
    let mut out: Vec<u8> = Vec::new();
    let mut ended = true;
    for (index, path) in fragments.iter().enumerate() {
        if !ended {
            out.push(b'\n');
        }
        if index > 0 {
            out.extend_from_slice(delimiter);
        }
        let content = engine.content.bytes(path, decrypt)?;
        ended = content.ends_with(b"\n");
        out.extend_from_slice(&content);
    }
    Ok(out)
}
