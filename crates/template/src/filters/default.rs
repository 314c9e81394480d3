//! `default`: another value for an undefined (or, on demand, a false) one.

use crate::{Args, Ctx, Fault, Res, Val};

pub(super) fn default(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, default, boolean] = args.bind("ansible_default", ["value", "default_value", "boolean"], 1)?;
    let value = value.unwrap_or(Val::None);
    if let Some(other) = boolean.as_ref().filter(|boolean| !matches!(boolean, Val::Bool(_))) {
        no_boolean(ctx, other)?;
    }
    let default = default.unwrap_or_else(|| Val::from(""));
    if let Val::Undef(marker) = &value
        && !marker.is_blank()
    {
        // An exception is not an undefined value: only the latter has a default.
        return Ok(if marker.error().is_some() { value } else { default });
    }
    let falsy = match boolean {
        Some(boolean) => ctx.truth(&boolean)? && !ctx.truth(&value)?,
        None => false,
    };
    Ok(if falsy { default } else { value })
}

/// Since 2.19 only a boolean may say whether false values have a default; older content has words there.
fn no_boolean(ctx: &mut Ctx<'_>, given: &Val) -> Res<()> {
    let name = given.type_name();
    let message = format!("The 'boolean' argument must be of type 'bool', not '{name}'.");
    if ctx.templar().settings().strict {
        return Err(Fault::ansible_type(message));
    }
    ctx.deprecated(&message);
    Ok(())
}
