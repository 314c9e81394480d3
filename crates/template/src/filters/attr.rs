//! `attr`: the attribute only, never the item.

use super::util;
use crate::{Args, Ctx, Res, Val};

pub(super) fn attr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, name] = args.bind("do_attr", ["obj", "name"], 2)?;
    let (value, name) = (value.unwrap_or(Val::None), util::text(ctx, name, "")?);
    let type_name = value.type_name();
    match ctx.attribute(&value, &name.as_str().into())? {
        Some(found) => Ok(found),
        None => Ok(Val::undefined(format!("object of type '{type_name}' has no attribute '{name}'"))),
    }
}
