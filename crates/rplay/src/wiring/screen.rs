//! Where everything is shown, and logged.

use super::{config, config_failure};
use crate::Failure;
use rplay_output::{Color, Log, Screen, Style};

/// The style of what is shown.
pub(crate) fn style() -> Style {
    let flag = |key: &str| {
        config().ok().and_then(|config| config.bool("defaults", key).ok().flatten()).unwrap_or(false)
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style::detect(no_color || flag("nocolor"), flag("force_color"))
}

/// Where everything is shown, and logged if a log is set.
pub(crate) fn screen(verbosity: u8) -> Result<Screen, Failure> {
    let config = config()?;
    let wanted = config.paths("defaults", "log_path", '\0').and_then(|paths| paths.into_iter().next());
    let log = match wanted {
        None => None,
        Some(path) => match Log::open(&path, log_verbosity(verbosity)?) {
            Ok(log) => Some(log),
            Err(error) => {
                let mut screen = Screen::standard(Style { status: false, ..style() });
                let path = path.display();
                let text =
                    format!("[WARNING]: log file at '{path}' is not writeable ({error}), going on without");
                screen.error_line(&text, Color::Warn);
                None
            }
        },
    };
    Ok(Screen::standard(style()).logged(log).detailed(verbosity))
}

/// The verbosity of the log: the screen's, unless more is asked for.
pub(super) fn log_verbosity(verbosity: u8) -> Result<u8, Failure> {
    let wanted = config()?.number("defaults", "log_verbosity").map_err(config_failure)?;
    Ok(wanted.map_or(verbosity, |wanted: u8| wanted.max(verbosity)))
}
