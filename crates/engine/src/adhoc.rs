//! One task on a pattern of hosts, as a play.

use crate::{
    actions,
    engine::Engine,
    run::{RunError, Summary},
};
use rplay_playbook::{
    Entry, Field, Place, Play, Task,
    args::{Free, pairs},
};
use rplay_value::{Dict, Origin, Str, Tag, Value};
use rplay_yaml::{Source, Trust};
use std::{path::PathBuf, sync::Arc};

/// Modules that take a free form text.
const FREE_FORM: [&str; 5] = ["command", "shell", "raw", "script", "meta"];

/// How long the task of an ad-hoc play may take, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct AdhocLimits {
    /// `--task-timeout`.
    pub timeout: Option<i64>,
    /// `--background`: as a job, for so long.
    pub background: Option<i64>,
    /// `--poll`.
    pub poll: Option<i64>,
}

impl Engine {
    /// A play of one task; `args` is `key=value` text, JSON or YAML data.
    ///
    /// # Errors
    /// In words, when the arguments cannot be read.
    pub fn adhoc_play(
        &self,
        pattern: &str,
        module: &str,
        args: &str,
        limits: &AdhocLimits,
        dir: PathBuf,
    ) -> Result<Arc<Play>, String> {
        let place = Place::nowhere(&format!("<adhoc '{module}' task>"));
        let mut task = Task::unwritten(dynamic(module), arguments(module, args)?, place.clone());
        if actions::short_name(module) == "meta" && is_end_role(&task) {
            return Err("Cannot execute 'end_role' from outside of a role".into());
        }
        task.keywords.timeout = limits.timeout.map(Field::Literal);
        task.r#async = limits.background.map(Field::Literal);
        task.poll = limits.poll.map(Field::Literal);
        let mut play = Play::unwritten(dir, place);
        play.name = Some("Ansible Ad-Hoc".into());
        play.hosts = Value::Str(Str::trusted(pattern));
        play.gather_facts = Some(Field::Literal(false));
        play.tasks.push(Entry::Task(Arc::new(task)));
        Ok(Arc::new(play))
    }

    /// Runs an ad-hoc play: no recap.
    ///
    /// # Errors
    /// What ends the run before its time.
    pub fn run_adhoc(&self, play: Arc<Play>) -> Result<Summary, RunError> {
        self.run_plays(&[play])
    }
}

/// An import is an include here: there is nothing to be read before the play runs.
fn dynamic(module: &str) -> &str {
    match actions::short_name(module) {
        "import_role" => "include_role",
        "import_tasks" => "include_tasks",
        _ => module,
    }
}

fn is_end_role(task: &Task) -> bool {
    task.action.args.get("_raw_params").and_then(Value::as_str) == Some("end_role")
}

fn arguments(module: &str, text: &str) -> Result<Dict, String> {
    let origin = Origin { file: "<CLI option '-a'>".into(), line: 0, column: 0 };
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '[']) && !trimmed.starts_with("{{") && !trimmed.starts_with("{%") {
        let source = Source { name: origin.file.clone(), text: text.into() };
        let document = rplay_yaml::load(&source, Trust::Trusted).map_err(|error| error.report())?;
        return match document.root.to_value() {
            Value::Dict(dict) => Ok(Arc::unwrap_or_clone(dict)),
            other => Err(format!("the arguments must be a dictionary, not a {}", other.type_name())),
        };
    }
    let tagged = Str::tagged(text, Tag { trusted: true, origin: Some(origin), ..Tag::default() });
    let free = if FREE_FORM.contains(&actions::short_name(module)) { Free::Yes } else { Free::No };
    pairs(&tagged, free).map_err(|error| error.to_string())
}
