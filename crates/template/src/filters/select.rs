//! `map`, `select`, `reject`, `selectattr`, `rejectattr`.

use super::attribute::Getter;
use crate::{Args, Ctx, Fault, Res, Val};

fn argument_error(message: impl Into<String>) -> Fault {
    Fault::raised("FilterArgumentError", message)
}

/// The filtered value, then the rest of the arguments.
fn split(mut args: Args, function: &str) -> Res<(Val, Args)> {
    if args.pos.is_empty() {
        return Err(Fault::type_error(format!(
            "{function}() missing 1 required positional argument: 'value'"
        )));
    }
    let value = args.pos.remove(0);
    Ok((value, args))
}

pub(super) fn map(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (value, mut args) = split(args, "sync_do_map")?;
    if !ctx.truth(&value)? {
        return Ok(Val::from(Vec::new()));
    }
    let mut out = Vec::new();
    if args.pos.is_empty() && args.kw.iter().any(|(key, _)| &**key == "attribute") {
        let attribute = args.take_kw("attribute");
        let default = args.take_kw("default");
        if let Some((key, _)) = args.kw.first() {
            return Err(argument_error(format!(
                "Unexpected keyword argument {}",
                rplay_value::str_repr(key)
            )));
        }
        let getter = Getter::one(attribute, default, false);
        for item in &ctx.iterate(&value)? {
            out.push(getter.get(ctx, item)?);
        }
        return Ok(Val::from(out));
    }
    if args.pos.is_empty() {
        return Err(argument_error("map requires a filter argument"));
    }
    let name = ctx.str(&args.pos.remove(0))?;
    for item in ctx.iterate(&value)? {
        let mut pos = Vec::with_capacity(args.pos.len() + 1);
        pos.push(item);
        pos.extend(args.pos.iter().cloned());
        out.push(ctx.filter(&name, Args { pos, kw: args.kw.clone() })?);
    }
    Ok(Val::from(out))
}

fn filter_items(ctx: &mut Ctx<'_>, args: Args, wanted: bool, by_attribute: bool) -> Res<Val> {
    let (value, mut args) = split(args, "select_or_reject")?;
    if !ctx.truth(&value)? {
        return Ok(Val::from(Vec::new()));
    }
    let mut getter = None;
    if by_attribute {
        if args.pos.is_empty() {
            return Err(argument_error("Missing parameter for attribute name"));
        }
        getter = Some(Getter::one(Some(args.pos.remove(0)), None, false));
    }
    let test = if args.pos.is_empty() { None } else { Some(args.pos.remove(0)) };
    let mut out = Vec::new();
    for item in ctx.iterate(&value)? {
        let subject = match &getter {
            Some(getter) => getter.get(ctx, &item)?,
            None => item.clone(),
        };
        let result = match &test {
            None => subject,
            Some(test) => {
                let name = ctx.str(test)?;
                let mut pos = vec![subject];
                pos.extend(args.pos.iter().cloned());
                ctx.test(&name, Args { pos, kw: args.kw.clone() })?
            }
        };
        if ctx.truth(&result)? == wanted {
            out.push(item);
        }
    }
    Ok(Val::from(out))
}

pub(super) fn select(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    filter_items(ctx, args, true, false)
}
pub(super) fn reject(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    filter_items(ctx, args, false, false)
}
pub(super) fn selectattr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    filter_items(ctx, args, true, true)
}
pub(super) fn rejectattr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    filter_items(ctx, args, false, true)
}
