//! What goes to modules and comes back is UTF-8: half surrogates are refused as ansible-core refuses them.

use crate::{
    engine::Engine,
    error::{INVALID_UTF8_HELP, TaskError},
};
use rplay_value::Dict;

/// Whether arguments can be sent to a module.
///
/// # Errors
/// One of their texts cannot be UTF-8.
pub(super) fn sendable(args: &Dict) -> Result<(), TaskError> {
    args.check_utf8().map_err(|error| TaskError::failed(format!("Module failed: {error}")))
}

/// A module's result, unless a text in it cannot be UTF-8 and `module_strict_utf8_response` minds.
///
/// # Errors
/// Such a text.
pub(super) fn acceptable(engine: &Engine, result: Dict) -> Result<Dict, TaskError> {
    match result.check_utf8() {
        Err(error) if engine.templar.settings().strict_utf8 => {
            let message = format!("{}: {error}", rplay_template::INVALID_UTF8);
            Err(TaskError::failed(message).help(INVALID_UTF8_HELP))
        }
        _ => Ok(result),
    }
}
