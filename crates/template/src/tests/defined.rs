//! `defined` and `undefined`.

use crate::{Args, Ctx, Res, Val};

pub(super) fn defined(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value] = args.bind("test_defined", ["value"], 1)?;
    match value {
        Some(Val::Undef(marker)) if marker.error().is_some() => Ok(Val::Undef(marker)),
        Some(Val::Undef(_)) | None => Ok(Val::Bool(false)),
        Some(_) => Ok(Val::Bool(true)),
    }
}

pub(super) fn undefined(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(match defined(ctx, args)? {
        Val::Bool(bool) => Val::Bool(!bool),
        other => other,
    })
}
