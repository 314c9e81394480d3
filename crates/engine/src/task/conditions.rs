//! `when`, `changed_when`, `failed_when`, `until`.

use crate::{engine::Engine, error::TaskError};
use rplay_template::Scope;
use rplay_value::Value;
use std::sync::Arc;

/// The first condition that is false, if any.
pub(super) fn first_false(
    engine: &Engine,
    scope: &Arc<dyn Scope>,
    conditions: &[Value],
) -> Result<Option<Value>, TaskError> {
    for condition in conditions {
        let holds = engine.templar.condition(scope, condition);
        if !holds.map_err(|error| TaskError::of_template(error, &**scope))? {
            return Ok(Some(condition.clone()));
        }
    }
    Ok(None)
}

/// Whether all conditions hold.
pub(super) fn all(engine: &Engine, scope: &Arc<dyn Scope>, conditions: &[Value]) -> Result<bool, TaskError> {
    Ok(first_false(engine, scope, conditions)?.is_none())
}
