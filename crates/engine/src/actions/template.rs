//! `template`: a rendered file to the host.

use super::{Action, ActionContext, Step, copy};
use crate::error::TaskError;
use rplay_template::{FileOptions, Scope};
use rplay_value::{Dict, Origin, Str, Tag, Value};
use std::{os::unix::fs::MetadataExt, path::Path, sync::Arc};

/// `template`: rendered here, written there by the `copy` module.
pub(super) struct Template;

/// Arguments that are about rendering and mean nothing to the host.
const OWN: &[&str] = &[
    "src",
    "newline_sequence",
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "trim_blocks",
    "lstrip_blocks",
    "output_encoding",
];

impl Action for Template {
    fn name(&self) -> &'static str {
        "template"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        if context.args.contains("state") {
            return Err(TaskError::refused("'state' cannot be specified on a template"));
        }
        let (Some(src), Some(_)) = (context.text("src"), context.text("dest")) else {
            return Err(TaskError::refused("src and dest are required"));
        };
        let path = context.find("templates", &src).map_err(TaskError::by_the_action)?;
        let rendered = render(context, &path)?;
        let mut args: Dict = context
            .args
            .iter()
            .filter(|(key, _)| !key.as_str().is_some_and(|key| OWN.contains(&key)))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        copy::preserve_mode(&path, "mode", &mut args)?;
        args.insert("follow", context.bool("follow", false)?.into());
        args.insert("_source", path.to_string_lossy().into_owned().into());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Step::Call(copy::content_call(args, rendered, Some(&name))))
    }
}

fn render(context: &ActionContext<'_>, path: &Path) -> Result<Vec<u8>, TaskError> {
    let text = context.engine.read_text(path)?;
    let origin = Origin { file: path.to_string_lossy().into(), line: 1, column: 1 };
    let source = Str::tagged(text, Tag { trusted: true, origin: Some(origin), ..Tag::default() });
    let scope = scope(context, path);
    let rendered = context.engine.templar.render_file(&scope, &source, &options(context)?)?;
    encode(&rendered, context.text("output_encoding").as_deref())
}

fn encode(text: &str, encoding: Option<&str>) -> Result<Vec<u8>, TaskError> {
    match encoding {
        None | Some("") => copy::bytes(text),
        Some(encoding) => {
            rplay_template::encode(text, encoding).map_err(|error| TaskError::failed(error.to_string()))
        }
    }
}

fn options(context: &ActionContext<'_>) -> Result<FileOptions, TaskError> {
    let mut options = FileOptions::default();
    let text = |name: &str, default: &mut String| {
        if let Some(value) = context.text(name) {
            *default = value.replace("\\n", "\n").replace("\\r", "\r");
        }
    };
    text("block_start_string", &mut options.syntax.block_start_string);
    text("block_end_string", &mut options.syntax.block_end_string);
    text("variable_start_string", &mut options.syntax.variable_start_string);
    text("variable_end_string", &mut options.syntax.variable_end_string);
    text("comment_start_string", &mut options.syntax.comment_start_string);
    text("comment_end_string", &mut options.syntax.comment_end_string);
    text("newline_sequence", &mut options.syntax.newline_sequence);
    options.syntax.trim_blocks = context.bool("trim_blocks", true)?;
    options.syntax.lstrip_blocks = context.bool("lstrip_blocks", false)?;
    Ok(options)
}

/// The variables of a template: `ansible_managed`, `template_path` and its kin beside the task's, and the
/// template's own directory in front of the search path.
fn scope(context: &ActionContext<'_>, path: &Path) -> Arc<dyn Scope> {
    let mut scope = context.scope.clone();
    let full = path.to_string_lossy().into_owned();
    let dest = context.args.get("dest").cloned().unwrap_or_default();
    let mut search: Vec<Value> =
        path.parent().map(|dir| dir.to_string_lossy().into_owned().into()).into_iter().collect();
    let around =
        context.task.layers.magic.get("ansible_search_path").and_then(Value::as_list).unwrap_or_default();
    for dir in around.iter().filter_map(Value::as_str) {
        search.push(format!("{dir}/templates").into());
        search.push(dir.into());
    }
    scope.set_local("ansible_search_path", Value::List(Arc::new(search)));
    scope.set_local("template_path", full.clone().into());
    scope.set_local("template_fullpath", full.into());
    scope.set_local("template_destpath", dest);
    scope.set_local("template_host", hostname().into());
    let zone = jiff::tz::TimeZone::system();
    let local = |time: jiff::Timestamp| {
        let civil = zone.to_datetime(time);
        Value::DateTime(rplay_value::DateTime { civil, offset: None })
    };
    scope.set_local("template_run_date", local(jiff::Timestamp::now()));
    if let Ok(known) = std::fs::metadata(path) {
        let modified = known.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
        if let Some(time) = modified {
            scope.set_local("template_mtime", local(time));
        }
        scope.set_local("template_uid", owner(known.uid()));
    }
    if context.scope.lookup("ansible_managed").is_none() {
        scope.set_local("ansible_managed", "Ansible managed".into());
    }
    Arc::new(scope)
}

/// The name of a user of this machine, or the number.
fn owner(uid: u32) -> Value {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let number = uid.to_string();
    let found = users.lines().find(|line| line.split(':').nth(2) == Some(number.as_str()));
    match found.and_then(|line| line.split(':').next()) {
        Some(name) => name.into(),
        None => i64::from(uid).into(),
    }
}

fn hostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
