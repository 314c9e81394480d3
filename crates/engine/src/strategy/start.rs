//! `--start-at-task`.

use crate::{
    actions::short_name,
    tree::{RunBlock, RunEntry, RunTask, TaskId, display_name},
};
use std::sync::Arc;

/// The first task whose name, with or without its role, fits a pattern of `*` and `?`.
pub(super) fn find(block: &RunBlock, pattern: &str) -> Option<TaskId> {
    block.body.iter().chain(&block.rescue).chain(&block.always).find_map(|entry| match entry {
        RunEntry::Block(block) => find(block, pattern),
        RunEntry::Task(task) => {
            let name = task.task.name.as_deref()?;
            let fits = fits(pattern, name) || fits(pattern, &display_name(&task.task, name));
            (fits && task.task.place.span.line > 0).then_some(task.id)
        }
    })
}

/// The task that gathers facts at the start of a play.
pub(super) fn gathering(play: &RunBlock) -> Option<Arc<RunBlock>> {
    let is_gathering = |task: &RunTask| {
        task.task.place.span.line == 0 && short_name(&task.task.action.name) == "gather_facts"
    };
    let first = play.body.first()?;
    let RunEntry::Task(task) = first else { return None };
    is_gathering(task).then(|| {
        Arc::new(RunBlock {
            body: vec![first.clone()],
            rescue: Vec::new(),
            always: Vec::new(),
            ends_role: None,
        })
    })
}

/// The play without that task; `None` where it gathers none.
pub(super) fn without_gathering(play: &RunBlock) -> Option<Arc<RunBlock>> {
    gathering(play)?;
    Some(Arc::new(RunBlock {
        body: play.body.iter().skip(1).cloned().collect(),
        rescue: play.rescue.clone(),
        always: play.always.clone(),
        ends_role: play.ends_role.clone(),
    }))
}

fn fits(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let tails = name.char_indices().map(|(at, _)| &name[at..]).chain([""]);
            tails.into_iter().any(|tail| fits(rest.as_str(), tail))
        }
        Some(wanted) => {
            let mut chars = name.chars();
            chars.next().is_some_and(|found| wanted == '?' || wanted == found)
                && fits(rest.as_str(), chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_fit_as_shell_patterns_do() {
        for (pattern, name, expected) in [
            ("a", "a", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a?c", "abc", true),
            ("b", "abc", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
