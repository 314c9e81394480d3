//! What people and machines read: callbacks, diagnostics.
//!
//! Each output is a pure consumer of the engine's events and writes to a [`Screen`]; nothing else prints.

mod adhoc;
mod bottom;
mod clean;
mod color;
mod default;
mod diagnostic;
mod diff;
mod json;
mod log;
mod punctual;
mod screen;
mod status;
mod tree;

pub use adhoc::{Minimal, Oneline};
pub use bottom::{Suspended, suspend_status};
pub use color::Color;
pub use default::{Default, Options};
pub use log::Log;
pub use screen::{Screen, Style};
pub use tree::Tree;

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
        Event::Detail { level, text } => screen.detail(*level, text),
        Event::Trace(text) => screen.trace(text),
        Event::Verbose(text) => screen.line(text, Some(Color::Verbose)),
        Event::Ask(text) => {
            screen.raw(text);
            screen.flush();
        }
        Event::Banner(text) => screen.banner(text),
        Event::Prompt(text) => screen.prompt(text),
        _ => {}
    }
}

/// JSON as Ansible's commands lay it out: keys sorted, `indent` spaces a level.
pub fn json_text(value: &rplay_value::Value, indent: usize) -> String {
    json::dump(value, Some(indent))
}

/// A deprecation outside of plays, on standard error.
pub fn show_deprecation(screen: &mut Screen, notice: &rplay_engine::Notice) {
    screen.error_line(diagnostic::notice("DEPRECATION WARNING", notice).trim_end(), Color::Deprecate);
}

/// A warning outside of plays, on standard error.
pub fn show_warning(screen: &mut Screen, warning: &rplay_engine::Notice) {
    screen.error_line(diagnostic::notice("WARNING", warning).trim_end(), Color::Warn);
}

/// An error outside of plays, on standard error.
pub fn show_error(screen: &mut Screen, error: &rplay_engine::Diagnostic) {
    screen.error_line(diagnostic::error(error).trim_end(), Color::Error);
}
