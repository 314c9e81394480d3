//! `product`, `permutations`, `combinations`, `zip`, `zip_longest`.

use super::util;
use crate::{Args, Ctx, Fault, Res, Val};

fn pools(ctx: &mut Ctx<'_>, values: &[Val]) -> Res<Vec<Vec<Val>>> {
    values.iter().map(|value| ctx.iterate(value)).collect()
}

fn no_keywords(args: &Args, function: &str) -> Res<()> {
    match args.kw.first() {
        None => Ok(()),
        Some((key, _)) => {
            Err(Fault::type_error(format!("'{key}' is an invalid keyword argument for {function}()")))
        }
    }
}

pub(super) fn product(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let repeat = util::count(args.take_kw("repeat"), 1)?;
    no_keywords(&args, "product")?;
    let once = pools(ctx, &args.pos)?;
    ctx.budget().items(once.len().saturating_mul(repeat))?;
    let pools: Vec<&Vec<Val>> = std::iter::repeat_n(&once, repeat).flatten().collect();
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for (column, pool) in pools.into_iter().enumerate() {
        ctx.budget().items(rows.len().saturating_mul(pool.len()).saturating_mul(column + 1))?;
        rows = rows
            .iter()
            .flat_map(|row| {
                pool.iter().map(|item| {
                    let mut longer = row.clone();
                    longer.push(item.clone());
                    longer
                })
            })
            .collect();
    }
    Ok(Val::list(rows.into_iter().map(Val::tuple)))
}

/// Arguments of a function of Python's `itertools` that is written in C.
fn of_c(args: Args, function: &str) -> Res<[Option<Val>; 2]> {
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(Fault::type_error(format!("{function}() takes at most 2 arguments ({given} given)")));
    }
    args.bind(function, ["iterable", "r"], 0)
}

fn choose(ctx: &mut Ctx<'_>, args: Args, function: &str, ordered: bool) -> Res<Val> {
    let [pool, r] = of_c(args, function)?;
    if !ordered && r.is_none() {
        return Err(Fault::type_error(format!("{function}() missing required argument 'r' (pos 2)")));
    }
    let pool = ctx.iterate(&pool.unwrap_or(Val::None))?;
    let size = match r {
        None => pool.len() as i64,
        Some(Val::None) if ordered => pool.len() as i64,
        Some(r) => match r.as_int() {
            Some(r) => r,
            None if ordered => return Err(Fault::type_error("Expected int as r")),
            None => util::integer(Some(r), 0)?,
        },
    };
    let Ok(size) = usize::try_from(size) else { return Err(Fault::value_error("r must be non-negative")) };
    let mut rows = Vec::new();
    let mut row = Vec::with_capacity(size.min(pool.len()));
    if size <= pool.len() {
        extend(ctx, &Choice { pool: &pool, size, ordered }, &mut row, &mut rows)?;
    }
    Ok(Val::from(rows))
}

struct Choice<'a> {
    pool: &'a [Val],
    size: usize,
    ordered: bool,
}

fn extend(ctx: &mut Ctx<'_>, choice: &Choice<'_>, row: &mut Vec<usize>, rows: &mut Vec<Val>) -> Res<()> {
    if row.len() == choice.size {
        ctx.budget().items((rows.len() + 1).saturating_mul(choice.size.max(1)))?;
        rows.push(Val::tuple(row.iter().map(|index| choice.pool[*index].clone())));
        return Ok(());
    }
    let from = if choice.ordered { 0 } else { row.last().map_or(0, |last| last + 1) };
    for index in from..choice.pool.len() {
        if !row.contains(&index) {
            row.push(index);
            ctx.deeper(|ctx| extend(ctx, choice, row, rows))?;
            row.pop();
        }
    }
    Ok(())
}

pub(super) fn permutations(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    choose(ctx, args, "permutations", true)
}
pub(super) fn combinations(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    choose(ctx, args, "combinations", false)
}

pub(super) fn zip(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let strict = util::flag(ctx, args.take_kw("strict"), false)?;
    no_keywords(&args, "zip")?;
    let pools = pools(ctx, &args.pos)?;
    let shortest = pools.iter().map(Vec::len).min().unwrap_or(0);
    if strict && let Some(at) = pools.iter().position(|pool| pool.len() != pools[0].len()) {
        let word = if pools[at].len() < pools[0].len() { "shorter" } else { "longer" };
        let others = if at == 1 { "argument 1".into() } else { format!("arguments 1-{at}") };
        return Err(Fault::value_error(format!("zip() argument {} is {word} than {others}", at + 1)));
    }
    Ok(Val::list((0..shortest).map(|at| Val::tuple(pools.iter().map(|pool| pool[at].clone())))))
}

pub(super) fn zip_longest(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let fill = args.take_kw("fillvalue").unwrap_or(Val::None);
    if !args.kw.is_empty() {
        return Err(Fault::type_error("zip_longest() got an unexpected keyword argument"));
    }
    let pools = pools(ctx, &args.pos)?;
    let longest = pools.iter().map(Vec::len).max().unwrap_or(0);
    let row = |at: usize| Val::tuple(pools.iter().map(|pool| pool.get(at).unwrap_or(&fill).clone()));
    Ok(Val::list((0..longest).map(row)))
}
