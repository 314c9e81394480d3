//! `defined` and `undefined`.

use crate::{Args, Ctx, Res, Val, filters::util};

pub(super) fn defined(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    is_defined(util::only(args, "test_defined")?)
}

fn is_defined(value: Val) -> Res<Val> {
    match value {
        Val::Undef(marker) if marker.error().is_some() => Ok(Val::Undef(marker)),
        Val::Undef(_) => Ok(Val::Bool(false)),
        _ => Ok(Val::Bool(true)),
    }
}

pub(super) fn undefined(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(match is_defined(util::only(args, "test_undefined")?)? {
        Val::Bool(bool) => Val::Bool(!bool),
        other => other,
    })
}
