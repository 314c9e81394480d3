//! `mandatory`, `ternary`, `type_debug`.

use crate::{Args, Ctx, Fault, Res, Val};

pub(super) fn mandatory(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, message] = args.bind("mandatory", ["a", "msg"], 1)?;
    let value = value.unwrap_or(Val::None);
    let Val::Undef(marker) = &value else { return Ok(value) };
    if marker.error().is_some() {
        return Ok(value);
    }
    if let Some(message) = message.filter(|message| !message.is_none()) {
        let message = ctx.str(&message)?;
        return Err(Fault::plugin(message));
    }
    let name = match &marker.name {
        Some(name) => rplay_value::str_repr(name) + " ",
        None => String::new(),
    };
    Err(Fault::plugin(format!("Mandatory variable {name}not defined.")))
}

pub(super) fn ternary(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, yes, no, none] = args.bind("ternary", ["value", "true_val", "false_val", "none_val"], 3)?;
    let value = value.unwrap_or(Val::None);
    if let (Val::None, Some(none)) = (&value, none.filter(|none| !none.is_none())) {
        return Ok(none);
    }
    let chosen = if ctx.truth(&value)? { yes } else { no };
    Ok(chosen.unwrap_or(Val::None))
}

pub(super) fn type_debug(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = super::util::only(args, "type_debug")?;
    Ok(Val::from(match &value {
        Val::Undef(marker) if marker.vaulted().is_some() => "VaultExceptionMarker",
        Val::Undef(marker) if marker.error().is_some() => "CapturedExceptionMarker",
        Val::Undef(_) => "UndefinedMarker",
        value => value.type_name(),
    }))
}
