//! What a play would do, for `--list-hosts`, `--list-tasks`, `--list-tags`.

use crate::{
    engine::Engine,
    prepare,
    run::{RunError, Selection, pattern_text},
    tree::{RunBlock, RunEntry, display_name},
};
use rplay_playbook::Play;
use rplay_value::{Str, Value};
use std::{collections::BTreeSet, sync::Arc};

/// A play as listings show it.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name.
    pub name: Str,
    /// Its hosts pattern.
    pub pattern: String,
    /// The pattern's parts, as written.
    pub patterns: Vec<String>,
    /// The hosts.
    pub hosts: Vec<Str>,
    /// Tags of the play.
    pub tags: Vec<String>,
    /// Tasks that would run, with their tags.
    pub tasks: Vec<(String, Vec<String>)>,
    /// Tags of all tasks, of those that would not run too.
    pub all_tags: BTreeSet<String>,
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
        let mut every = Vec::new();
        collect(&prepare::every_task(self, play), &select, &mut every);
        Ok(Outline {
            name: prepared.name,
            pattern: pattern_text(&play.hosts),
            patterns: match &play.hosts {
                Value::List(items) => items.iter().map(Value::to_text).collect(),
                other => vec![other.to_text()],
            },
            hosts: prepared.all.to_vec(),
            tags: play.keywords.tags.iter().map(Value::to_text).collect(),
            tasks,
            all_tags: every.into_iter().flat_map(|(_, tags)| tags).collect(),
        })
    }
}

fn collect(block: &RunBlock, select: &Selection<'_>, out: &mut Vec<(String, Vec<String>)>) {
    for entry in &block.body {
        match entry {
            RunEntry::Block(block) => collect(block, select, out),
            RunEntry::Task(task) => {
                // What nobody wrote is not listed.
                if task.task.place.span.line == 0 {
                    continue;
                }
                let name = match &task.task.name {
                    Some(name) => display_name(&task.task, name),
                    None => task.task.action.name.clone(),
                };
                let tags = select.tags(&task.keywords, &task.layers).into_iter().collect();
                out.push((name.to_string(), tags));
            }
        }
    }
}
