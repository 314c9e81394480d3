//! `attr`: the attribute only, never the item.

use crate::{Args, Ctx, Fault, HashKey, Res, Val};

pub(super) fn attr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, name] = args.bind_in_context("do_attr", ["obj", "name"], 2)?;
    let value = value.unwrap_or(Val::None);
    let name = match name.unwrap_or(Val::None) {
        Val::Str(name) => name,
        other => {
            let other = HashKey::new(other)?;
            return Err(Fault::type_error(format!(
                "attribute name must be string, not '{}'",
                other.value().type_name()
            )));
        }
    };
    let type_name = value.type_name();
    match ctx.attribute(&value, &name)? {
        Some(found) => Ok(found),
        None => {
            let shown = rplay_value::str_repr(&name);
            Ok(Val::undefined(format!("object of type '{type_name}' has no attribute {shown}")))
        }
    }
}
