//! `--syntax-check`, `--list-hosts`, `--list-tasks`, `--list-tags`.

use crate::{Failure, cli::Options, exit, wiring};
use rplay_engine::{Engine, Outline};
use rplay_output::{Screen, Style};
use rplay_playbook::Playbook;
use std::path::PathBuf;

fn screen() -> Screen {
    Screen::standard(Style { status: false, ..wiring::style() })
}

/// Content that got this far can be read.
pub(super) fn syntax(paths: &[PathBuf]) -> u8 {
    let mut screen = screen();
    for path in paths {
        screen.line(&format!("\nplaybook: {}", path.display()), None);
    }
    exit::OK
}

/// Lists what a run would do.
pub(super) fn run(engine: &Engine, options: &Options, playbooks: &[Playbook]) -> Result<u8, Failure> {
    let mut screen = screen();
    for playbook in playbooks {
        screen.line(&format!("\nplaybook: {}", playbook.file.display()), None);
        for (index, play) in playbook.plays.iter().enumerate() {
            let outline =
                engine.outline(play).map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
            show(&mut screen, options, index + 1, &outline);
        }
    }
    Ok(exit::OK)
}

fn show(screen: &mut Screen, options: &Options, number: usize, play: &Outline) {
    let tags = play.tags.join(",");
    screen.line(&format!("\n  play #{number} ({}): {}\tTAGS: [{tags}]", play.pattern, play.name), None);
    if options.common.list_hosts {
        screen.line(&format!("    pattern: ['{}']", play.patterns.join("', '")), None);
        screen.line(&format!("    hosts ({}):", play.hosts.len()), None);
        for host in &play.hosts {
            screen.line(&format!("      {host}"), None);
        }
    }
    if options.playing.list_tasks {
        screen.line("    tasks:", None);
        for (name, tags) in &play.tasks {
            screen.line(&format!("      {name}\tTAGS: [{}]", tags.join(", ")), None);
        }
    }
    if options.playing.list_tags {
        let all: Vec<&str> = play.all_tags.iter().map(String::as_str).collect();
        screen.line(&format!("      TASK TAGS: [{}]", all.join(", ")), None);
    }
}
