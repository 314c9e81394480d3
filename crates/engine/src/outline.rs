//! What a play would do, for `--list-hosts`, `--list-tasks`, `--list-tags`.

use crate::{
    actions::Kind,
    engine::Engine,
    prepare,
    run::{RunError, Selection, pattern_text},
    tree::{RunBlock, RunEntry, display_name},
};
use rplay_playbook::Play;
use rplay_value::{Str, Value};
use std::sync::Arc;

/// A play as listings show it.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name.
    pub name: Str,
    /// Its hosts pattern.
    pub pattern: String,
    /// The hosts.
    pub hosts: Vec<Str>,
    /// Tags of the play.
    pub tags: Vec<String>,
    /// Tasks that would run, with their tags.
    pub tasks: Vec<(String, Vec<String>)>,
}

impl Engine {
    /// What `play` would do.
    ///
    /// # Errors
    /// When the play's hosts or variables cannot be had.
    pub fn outline(&self, play: &Arc<Play>) -> Result<Outline, RunError> {
        let prepared = prepare::play(self, play)?;
        let select = Selection::new(self, &prepared.state);
        let mut tasks = Vec::new();
        collect(&prepared.tasks, &select, &mut tasks);
        Ok(Outline {
            name: prepared.name,
            pattern: pattern_text(&play.hosts),
            hosts: prepared.all.to_vec(),
            tags: play.keywords.tags.iter().map(Value::to_text).collect(),
            tasks,
        })
    }
}

fn collect(block: &RunBlock, select: &Selection<'_>, out: &mut Vec<(String, Vec<String>)>) {
    for entry in block.body.iter().chain(&block.rescue).chain(&block.always) {
        match entry {
            RunEntry::Block(block) => collect(block, select, out),
            RunEntry::Task(task) => {
                // What nobody wrote is not listed.
                if task.task.place.span.line == 0
                    || (matches!(task.kind, Kind::Meta(_)) && task.task.name.is_none())
                {
                    continue;
                }
                let name = display_name(&task.task, task.task.name.as_deref().unwrap_or_default());
                let tags = select.tags(&task.keywords, &task.layers).into_iter().collect();
                out.push((name.to_string(), tags));
            }
        }
    }
}
