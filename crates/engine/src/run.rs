//! Playbooks from their first play to the recap.

use crate::{
    engine::Engine,
    event::{Diagnostic, Event, Notice, PlayInfo},
    play::PlayState,
    prepare,
    strategy::Batch,
    tree::{Merged, Select},
};
use rplay_playbook::{Play, Playbook, PlaybookError, Severity};
use rplay_template::Scope;
use rplay_value::{Origin, Str, Value};
use rplay_vars::{HostVars, PlayLayers, TaskLayers, TaskScope};
use std::{collections::BTreeSet, sync::Arc};

/// What ends a run before its time.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Content that cannot be read.
    #[error("{0}")]
    Playbook(Box<PlaybookError>),
    /// Content that makes no sense when its turn comes.
    #[error("{}", .0.summary())]
    Content(Diagnostic),
    /// A keyword of a play that has no value, or one of the wrong type.
    #[error("{}", .0.summary())]
    Keyword(Diagnostic),
    /// A host pattern that cannot be read.
    #[error("{0}")]
    Pattern(String),
    /// A signal.
    #[error("interrupted")]
    Interrupted,
}

/// How a run ended, for the exit code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Some host failed.
    pub failed: bool,
    /// Some host could not be reached.
    pub unreachable: bool,
}

impl Engine {
    /// Runs playbooks one after another. A playbook after one that failed is not run.
    ///
    /// # Errors
    /// What ends the run before its time; the recap is still to be had from [`Engine::recap`].
    pub fn run(&self, playbooks: &[Playbook]) -> Result<Summary, RunError> {
        let mut summary = Summary::default();
        for playbook in playbooks {
            self.emit(Event::PlaybookStart { file: playbook.file.clone(), plays: playbook.plays.len() });
            summary = self.run_plays(&playbook.plays)?;
            crate::retry::write(self, &playbook.file);
            self.tell_work();
            self.emit(Event::End(self.recap()));
            self.tell_unstarted();
            if summary != Summary::default() {
                break;
            }
        }
        Ok(summary)
    }

    /// Says how much templating there was so far, to those who look for what takes time.
    fn tell_work(&self) {
        if self.settings.verbosity > 3 {
            let rplay_template::Work { parses, variables } = self.templar.work();
            let text = format!("Templating: {parses} templates parsed, {variables} variables rendered");
            self.emit(Event::Verbose(text));
        }
    }

    pub(crate) fn run_plays(&self, plays: &[Arc<Play>]) -> Result<Summary, RunError> {
        let mut failed = false;
        for play in plays {
            if !self.run_play(play, &mut failed)? {
                break;
            }
        }
        if self.interrupted() {
            return Err(RunError::Interrupted);
        }
        Ok(Summary { failed, unreachable: !self.lost().unreachable.is_empty() })
    }

    /// Runs a play, and tells whether hosts are failed after it; false when no other play is to follow.
    fn run_play(&self, play: &Arc<Play>, failed: &mut bool) -> Result<bool, RunError> {
        let prepared = prepare::play(self, play)?;
        let info = PlayInfo {
            name: prepared.name.clone(),
            check_mode: prepare::check_mode(self, play),
            in_step: prepared.strategy.in_step(),
        };
        if prepared.batches.is_empty() {
            self.emit(Event::PlayStart(Arc::new(info)));
            self.emit(Event::NoHostsMatched);
            return Ok(true);
        }
        let mut ends_run = false;
        for names in &prepared.batches {
            self.emit(Event::PlayStart(Arc::new(info.clone())));
            let before = self.lost_count();
            prepared.state.forget_included();
            let hosts = self.batch_hosts(names);
            let ended = Batch::new(self, &prepared, hosts, names.len()).run(prepared.strategy)?;
            *failed = ended.failed;
            ends_run |= ended.broken;
            // Batches follow on one with too many failures if hosts of it had been lost before.
            if self.lost_count() - before == names.len() {
                return Ok(false);
            }
            if ended.play_over || self.interrupted() {
                break;
            }
        }
        Ok(!ends_run && !self.interrupted())
    }

    fn tell_unstarted(&self) {
        let waiting = self.start_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(name) = waiting.as_deref() {
            let message = format!(
                "No matching task \"{name}\" found. Note: --start-at-task can only follow static includes."
            );
            self.emit(Event::Error(Diagnostic::new(message, None)));
        }
    }

    fn lost_count(&self) -> usize {
        let lost = self.lost();
        lost.failed.len() + lost.unreachable.len()
    }

    /// Hosts of a batch that earlier plays did not lose.
    fn batch_hosts(&self, names: &[Str]) -> Vec<Arc<HostVars>> {
        let lost = self.lost();
        names.iter().filter(|name| !lost.has(name)).map(|name| self.delegate(name)).collect()
    }
}

/// The name of a play: its own, or its hosts pattern.
pub(crate) fn play_name(play: &Play) -> Str {
    match &play.name {
        Some(name) if !name.is_empty() => name.clone(),
        _ => pattern_text(&play.hosts).into(),
    }
}

/// A hosts pattern as one text.
pub(crate) fn pattern_text(hosts: &Value) -> String {
    match hosts {
        Value::List(items) => items.iter().map(Value::to_text).collect::<Vec<_>>().join(","),
        other => other.to_text(),
    }
}

impl Engine {
    /// Shows what the loader found odd in content it read.
    pub fn show_load_warnings(&self) {
        show_load_warnings(self);
    }
}

/// Shows what the loader found odd in content it read.
pub(crate) fn show_load_warnings(engine: &Engine) {
    for warning in engine.content.loader.take_warnings() {
        let origin = warning.place.as_ref().map(|place| Origin {
            file: place.source.name.clone(),
            line: place.span.line,
            column: place.span.column,
        });
        let notice = match warning.severity {
            Severity::Odd => Notice::warning(warning.message, origin),
            Severity::Dropped => Notice::outdated(warning.message, origin),
            Severity::DroppedIn(version) => Notice::dropped_in(version, warning.message, origin),
        };
        engine.tell(Notice { help: warning.help, ..notice });
    }
}

/// Chooses tasks by their tags.
pub(crate) struct Selection<'e> {
    engine: &'e Engine,
    layers: Arc<PlayLayers>,
    nobody: Arc<HostVars>,
}

impl<'e> Selection<'e> {
    /// A choice among the tasks of a play that runs.
    pub(crate) fn new(engine: &'e Engine, state: &PlayState) -> Self {
        Self::with_layers(engine, state.layers())
    }

    /// A choice with the given variables for templated tags.
    pub(crate) fn with_layers(engine: &'e Engine, layers: Arc<PlayLayers>) -> Self {
        Self { engine, layers, nobody: Arc::new(HostVars::new("".into(), Vec::new(), Arc::default())) }
    }

    /// The tags in force, templates rendered.
    pub(crate) fn tags(&self, keywords: &Merged, layers: &TaskLayers) -> BTreeSet<String> {
        let mut tags = BTreeSet::new();
        let mut scope: Option<Arc<dyn Scope>> = None;
        for tag in &keywords.own.tags {
            let template = tag.as_str().is_some_and(|text| text.contains("{{"));
            if !template {
                tags.insert(tag.to_text());
                continue;
            }
            let scope = scope.get_or_insert_with(|| {
                Arc::new(TaskScope::new(
                    self.nobody.clone(),
                    self.layers.clone(),
                    Arc::new(layers.clone()),
                    self.engine.hosts.clone(),
                ))
            });
            match self.engine.templar.render(scope, tag) {
                Ok(Some(Value::List(items))) => tags.extend(items.iter().map(Value::to_text)),
                Ok(Some(value)) => tags.extend(value.to_text().split(',').map(|tag| tag.trim().to_owned())),
                Ok(None) => {}
                Err(error) => {
                    self.engine.warn(format!("a tag cannot be templated: {error}"), error.origin.clone())
                }
            }
        }
        tags
    }
}

impl Select for Selection<'_> {
    fn selects(&self, keywords: &Merged, layers: &TaskLayers) -> bool {
        self.engine.settings.tags.lets(&self.tags(keywords, layers))
    }
}
