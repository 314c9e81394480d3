//! `json_query` and `from_csv`.

use super::util;
use crate::{
    Args, Ctx, Fault, Res, Val,
    python::{csv, json},
};

pub(super) fn json_query(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data, expression] = args.bind("json_query", ["data", "expr"], 2)?;
    let expression = util::text(ctx, expression, "")?;
    let failed =
        |error: String| Fault::plugin(format!("JMESPathError in json_query filter plugin:\n{error}"));
    let data = ctx.finalize(&data.unwrap_or(Val::None))?;
    let text = json::dumps(&data, &json::Options::default())?;
    let variable = jmespath::Variable::from_json(&text).map_err(failed)?;
    let compiled = jmespath::compile(&expression).map_err(|error| failed(error.to_string()))?;
    let found = compiled.search(variable).map_err(|error| failed(error.to_string()))?;
    json::loads(&found.to_string()).map(|value| Val::from_value(&value))
}

pub(super) fn from_csv(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let dialect = util::text(ctx, args.take_kw("dialect"), "excel")?;
    let mut rules = csv::Rules::dialect(&dialect).ok_or_else(|| {
        Fault::plugin(format!("Dialect '{dialect}' is not supported by your version of python."))
    })?;
    if let Some(delimiter) = args.take_kw("delimiter").filter(|given| !given.is_none()) {
        rules.delimiter = ctx.str(&delimiter)?.chars().next().unwrap_or(',');
    }
    if let Some(skip) = args.take_kw("skipinitialspace").filter(|given| !given.is_none()) {
        rules.skip_initial_space = ctx.truth(&skip)?;
    }
    if let Some(strict) = args.take_kw("strict").filter(|given| !given.is_none()) {
        rules.strict = ctx.truth(&strict)?;
    }
    let fields = args.take_kw("fieldnames").filter(|given| !given.is_none());
    let [data] = args.bind("from_csv", ["data"], 1)?;
    let text = util::text(ctx, data, "")?;
    let mut rows = csv::rows(&text, &rules).map_err(Fault::plugin)?.into_iter();
    let names: Vec<String> = match fields {
        Some(names) => ctx.iterate(&names)?.iter().map(|name| ctx.str(name)).collect::<Res<_>>()?,
        None => rows.next().unwrap_or_default(),
    };
    let record = |row: Vec<String>| {
        let mut row = row.into_iter();
        Val::dict(names.iter().map(|name| (name.as_str(), row.next().map_or(Val::None, Val::from))))
    };
    Ok(Val::list(rows.filter(|row| !row.is_empty()).map(record)))
}
