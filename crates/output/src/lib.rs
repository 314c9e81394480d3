//! What people and machines read: callbacks, diagnostics.
//!
//! Each output is a pure consumer of the engine's events and writes to a [`Screen`]; nothing else prints.

mod adhoc;
mod clean;
mod color;
mod default;
mod diagnostic;
mod diff;
mod json;
mod punctual;
mod screen;
mod status;

pub use adhoc::{Minimal, Oneline};
pub use color::Color;
pub use default::{Default, Options};
pub use screen::{Screen, Style};
pub use status::{StatusPause, pause_status};

use rplay_engine::Event;

/// Warnings, errors and prompts look the same in every output for people.
pub(crate) fn screen_notice(screen: &mut Screen, event: &Event, deprecations: bool) {
    match event {
        Event::Warning(warning) => {
            screen.error_line(diagnostic::notice("WARNING", warning).trim_end(), Color::Warn)
        }
        Event::Deprecation(notice) if deprecations => {
            screen.error_line(diagnostic::notice("DEPRECATION WARNING", notice).trim_end(), Color::Deprecate);
        }
        Event::Error(error) => screen.error_line(diagnostic::error(error).trim_end(), Color::Error),
        Event::Verbose(text) => screen.line(text, Some(Color::Verbose)),
        Event::Prompt(text) => {
            screen.line(text, None);
            screen.flush();
        }
        _ => {}
    }
}

/// A warning outside of plays, on standard error.
pub fn show_warning(screen: &mut Screen, warning: &rplay_engine::Notice) {
    screen.error_line(diagnostic::notice("WARNING", warning).trim_end(), Color::Warn);
}

/// An error outside of plays, on standard error.
pub fn show_error(screen: &mut Screen, error: &rplay_engine::Diagnostic) {
    screen.error_line(diagnostic::error(error).trim_end(), Color::Error);
}
