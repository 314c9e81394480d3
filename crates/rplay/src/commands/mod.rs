//! Commands, one file each.

pub(crate) mod adhoc;
pub(crate) mod config;
pub(crate) mod console;
pub(crate) mod doc;
mod formats;
pub(crate) mod inventory;
pub(crate) mod itself;
mod listing;
mod pager;
pub(crate) mod playbook;
pub(crate) mod pull;
pub(crate) mod vault;
pub(crate) mod version;

use crate::Failure;
use rplay_engine::{Diagnostic, Engine, Event, RunError, Summary};
use rplay_output::{Screen, Style};

/// Says on standard error why a command ends.
pub(crate) fn complain(failure: &Failure) {
    if failure.message.is_empty() {
        return;
    }
    // A configuration that cannot be read names no log.
    let screen = crate::wiring::screen(0).ok();
    let mut screen = screen.unwrap_or_else(|| Screen::standard(crate::wiring::style()));
    rplay_output::show_error(&mut screen, &Diagnostic::new(failure.message.clone(), None));
}

/// Says on standard error why nothing is begun, in just these words.
pub(crate) fn refuse(words: &str) {
    Screen::standard(crate::wiring::style()).error_line(words, rplay_output::Color::Error);
}

/// Says several things that are wrong.
fn complain_all(problems: &[String]) {
    let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
    for problem in problems {
        rplay_output::show_error(&mut screen, &Diagnostic::new(problem.clone(), None));
    }
}

/// Warns of something outside of plays, on standard error.
fn warn(screen: &mut Screen, message: &str) {
    screen.notice(&rplay_engine::Notice::warning(message, None), true);
}

/// The same where there is no screen yet.
fn warn_alone(message: &str) {
    warn(&mut Screen::standard(Style { status: false, ..crate::wiring::style() }), message);
}

/// The exit code of a run.
fn code(engine: &Engine, ended: Result<Summary, RunError>) -> Result<u8, Failure> {
    use crate::exit;
    if let Some(code) = crate::signals::exit_code() {
        engine.emit(Event::End(engine.recap()));
        return Ok(code);
    }
    match ended {
        Ok(Summary { unreachable: true, .. }) => Ok(exit::UNREACHABLE),
        Ok(Summary { failed: true, .. }) => Ok(exit::FAILED),
        Ok(_) => Ok(exit::OK),
        Err(RunError::Interrupted) => Ok(exit::INTERRUPTED),
        Err(RunError::Playbook(error)) => Err(crate::wiring::playbook_failure(&error)),
        Err(RunError::Content(diagnostic)) => {
            engine.emit(Event::Error(diagnostic));
            Ok(exit::ERROR)
        }
        Err(RunError::Keyword(diagnostic)) => {
            engine.emit(Event::Error(diagnostic));
            Ok(exit::PARSER)
        }
        Err(RunError::Pattern(message)) => Err(Failure::new(exit::ERROR, message)),
    }
}
