//! One task on a pattern of hosts, as a play.

use crate::{
    actions,
    engine::Engine,
    event::Event,
    run::{RunError, Summary},
};
use rplay_playbook::{
    Action, Entry, Field, Keywords, LoopControl, Place, Play, Task,
    args::{Free, pairs},
};
use rplay_value::{Dict, Origin, Str, Tag, Value};
use rplay_yaml::{Source, Span, Trust};
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
        let source = Arc::new(Source { name: format!("<adhoc '{module}' task>").into(), text: "".into() });
        let nowhere = Span { line: 0, column: 0, end_line: 0, end_column: 0 };
        let place = Place { source, span: nowhere };
        let keywords = Keywords { timeout: limits.timeout.map(Field::Literal), ..Keywords::default() };
        let task = Task {
            name: None,
            action: Action {
                name: module.into(),
                args: Arc::new(arguments(module, args)?),
                template: None,
                span: nowhere,
            },
            keywords,
            r#loop: None,
            loop_control: LoopControl::default(),
            register: None,
            until: None,
            changed_when: None,
            failed_when: None,
            r#async: limits.background.map(Field::Literal),
            poll: limits.poll.map(Field::Literal),
            listen: Vec::new(),
            role: None,
            place: place.clone(),
        };
        Ok(Arc::new(Play {
            name: Some("Ansible Ad-Hoc".into()),
            hosts: pattern.into(),
            keywords: Keywords::default(),
            dir,
            gather_facts: Some(Field::Literal(false)),
            gather_subset: None,
            gather_timeout: None,
            fact_path: None,
            serial: Vec::new(),
            strategy: None,
            order: None,
            max_fail_percentage: None,
            force_handlers: None,
            vars_files: Vec::new(),
            vars_prompt: Vec::new(),
            roles: Vec::new(),
            pre_tasks: Vec::new(),
            tasks: vec![Entry::Task(Arc::new(task))],
            post_tasks: Vec::new(),
            handlers: Vec::new(),
            place,
        }))
    }

    /// Runs an ad-hoc play: no recap.
    ///
    /// # Errors
    /// What ends the run before its time.
    pub fn run_adhoc(&self, play: Arc<Play>) -> Result<Summary, RunError> {
        if !self.knows(&play) {
            let name = adhoc_name(&play);
            self.emit(Event::Error(crate::event::Diagnostic::new(
                format!("Cannot resolve '{name}' to an action or module."),
                None,
            )));
            return Ok(Summary { failed: true, unreachable: false });
        }
        self.run_plays(&[play])
    }

    fn knows(&self, play: &Play) -> bool {
        self.content.is_action(&adhoc_name(play))
    }
}

fn adhoc_name(play: &Play) -> Str {
    match play.tasks.first() {
        Some(Entry::Task(task)) => task.action.name.clone(),
        _ => "".into(),
    }
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
