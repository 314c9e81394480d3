//! Tests on task results.

use crate::{Args, Ctx, Fault, PyDict, Res, Val};

fn result(args: Args, name: &str) -> Res<PyDict> {
    let [value] = args.bind(name, ["result"], 1)?;
    match value {
        Some(Val::Dict(dict)) => Ok(dict),
        _ => Err(Fault::plugin(format!("The '{name}' test expects a dictionary"))),
    }
}

fn truth_of(ctx: &mut Ctx<'_>, dict: &PyDict, key: &str) -> Res<bool> {
    match dict.get_str(ctx, key)? {
        Some(value) => ctx.truth(&value),
        None => Ok(false),
    }
}

fn entry(ctx: &mut Ctx<'_>, args: Args, name: &str, key: &str, wanted: bool) -> Res<Val> {
    let dict = result(args, name)?;
    Ok(Val::Bool(truth_of(ctx, &dict, key)? == wanted))
}

pub(super) fn failed(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    entry(ctx, args, "failed", "failed", true)
}
pub(super) fn succeeded(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [result] = args.bind("success", ["result"], 1)?;
    entry(ctx, Args::new(result.into_iter().collect()), "failed", "failed", false)
}
pub(super) fn unreachable(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    entry(ctx, args, "unreachable", "unreachable", true)
}
pub(super) fn reachable(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [result] = args.bind("reachable", ["result"], 1)?;
    entry(ctx, Args::new(result.into_iter().collect()), "unreachable", "unreachable", false)
}
pub(super) fn skipped(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    entry(ctx, args, "skipped", "skipped", true)
}

pub(super) fn timedout(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let dict = result(args, "timedout")?;
    let Some(timedout) = dict.get_str(ctx, "timedout")? else { return Ok(Val::Bool(false)) };
    if !ctx.truth(&timedout)? {
        return Ok(Val::Bool(false));
    }
    let Val::Dict(timedout) = &timedout else {
        let name = timedout.type_name();
        return Err(Fault::attribute_error(format!("'{name}' object has no attribute 'get'")));
    };
    truth_of(ctx, timedout, "period").map(Val::Bool)
}

pub(super) fn changed(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let dict = result(args, "changed")?;
    if dict.contains(&"changed".into()) {
        return truth_of(ctx, &dict, "changed").map(Val::Bool);
    }
    let Some(Val::List(results)) = dict.get_str(ctx, "results")? else { return Ok(Val::Bool(false)) };
    let results = results.items(ctx)?;
    if results.is_empty() {
        return Err(Fault::index_error("list index out of range"));
    }
    if !matches!(results[0], Val::Dict(_)) {
        return Ok(Val::Bool(false));
    }
    for result in results {
        if let Val::Dict(result) = result
            && truth_of(ctx, &result, "changed")?
        {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn of_async(ctx: &mut Ctx<'_>, args: Args, name: &str) -> Res<Val> {
    let dict = result(args, name)?;
    if dict.contains(&name.into()) {
        return truth_of(ctx, &dict, name).map(Val::Bool);
    }
    ctx.warn(&format!("The '{name}' test expects an async task, but a non-async task was tested"));
    Ok(Val::Bool(true))
}

pub(super) fn started(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    of_async(ctx, args, "started")
}
pub(super) fn finished(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    of_async(ctx, args, "finished")
}
