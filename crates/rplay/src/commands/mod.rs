//! Commands, one file each.

pub(crate) mod adhoc;
pub(crate) mod itself;
mod listing;
pub(crate) mod playbook;
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
    let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
    rplay_output::show_error(&mut screen, &Diagnostic::new(failure.message.clone(), None));
}

/// Warns of something outside of plays, on standard error.
fn warn(screen: &mut Screen, message: &str) {
    let notice = rplay_engine::Notice { message: message.to_owned(), origin: None };
    rplay_output::show_warning(screen, &notice);
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
        Err(RunError::Pattern(message)) => Err(Failure::new(exit::ERROR, message)),
    }
}
