//! `default`: another value for an undefined (or, on demand, a false) one.

use crate::{Args, Ctx, Res, Val};

pub(super) fn default(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, default, boolean] = args.bind("do_default", ["value", "default_value", "boolean"], 1)?;
    let value = value.unwrap_or(Val::None);
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
