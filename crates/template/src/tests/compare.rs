//! Comparisons, sets, patterns and versions.

use crate::{
    Args, CompareOp, Ctx, Fault, HashKey, Res, Val,
    filters::{regex, util},
    python::{
        re,
        version::{self, Scheme},
    },
};
use std::{cmp::Ordering, collections::HashSet};

fn two(args: Args, name: &str) -> Res<(Val, Val)> {
    let [a, b] = args.bind(name, ["a", "b"], 2)?;
    Ok((a.unwrap_or(Val::None), b.unwrap_or(Val::None)))
}

/// A function of Python's `operator`, with its words for wrong arguments.
fn operator(ctx: &mut Ctx<'_>, args: Args, name: &str, op: CompareOp) -> Res<Val> {
    match args.pos.as_slice() {
        _ if !args.kw.is_empty() => {
            Err(Fault::type_error(format!("_operator.{name}() takes no keyword arguments")))
        }
        [a, b] => ctx.compare(op, a, b).map(Val::Bool),
        given => Err(Fault::type_error(format!("{name} expected 2 arguments, got {}", given.len()))),
    }
}

macro_rules! operators {
    ($($name:ident $op:ident;)+) => {$(
        pub(super) fn $name(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
            operator(ctx, args, stringify!($name), CompareOp::$op)
        }
    )+};
}
operators! { eq Eq; ne Ne; lt Lt; le Le; gt Gt; ge Ge; }

pub(super) fn within(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, seq] = args.bind("test_in", ["value", "seq"], 2)?;
    ctx.contains(&seq.unwrap_or(Val::None), &value.unwrap_or(Val::None)).map(Val::Bool)
}

pub(super) fn contains(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [seq, value] = args.bind("contains", ["seq", "value"], 2)?;
    ctx.contains(&seq.unwrap_or(Val::None), &value.unwrap_or(Val::None)).map(Val::Bool)
}

fn set(ctx: &mut Ctx<'_>, value: &Val) -> Res<HashSet<HashKey>> {
    ctx.iterate(value)?.into_iter().map(HashKey::new).collect()
}

pub(super) fn subset(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = two(args, "issubset")?;
    let (a, b) = (set(ctx, &a)?, set(ctx, &b)?);
    Ok(Val::Bool(a.is_subset(&b)))
}
pub(super) fn superset(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = two(args, "issuperset")?;
    let (a, b) = (set(ctx, &a)?, set(ctx, &b)?);
    Ok(Val::Bool(a.is_superset(&b)))
}

fn matching(ctx: &mut Ctx<'_>, value: &Val, pattern: Option<Val>, flags: re::Flags, how: &str) -> Res<Val> {
    let text = util::to_text(ctx, value)?;
    let compiled = re::compile(&regex::pattern(pattern)?, flags)?;
    Ok(Val::Bool(match how {
        "match" => compiled.starts(&text)?,
        "fullmatch" => compiled.is_whole(&text)?,
        "search" => compiled.is_found(&text)?,
        other => return Err(Fault::type_error(format!("'{other}' is not a way to match"))),
    }))
}

pub(super) fn search(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, pattern, ignore_case, multi_line] =
        args.bind("search", ["value", "pattern", "ignorecase", "multiline"], 1)?;
    let flags = regex::flags(ctx, ignore_case, multi_line)?;
    matching(ctx, &value.unwrap_or(Val::None), pattern, flags, "search")
}
pub(super) fn match_start(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, pattern, ignore_case, multi_line] =
        args.bind("match", ["value", "pattern", "ignorecase", "multiline"], 1)?;
    let flags = regex::flags(ctx, ignore_case, multi_line)?;
    matching(ctx, &value.unwrap_or(Val::None), pattern, flags, "match")
}
pub(super) fn regex_test(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, pattern, ignore_case, multi_line, how] =
        args.bind("regex", ["value", "pattern", "ignorecase", "multiline", "match_type"], 0)?;
    let flags = regex::flags(ctx, ignore_case, multi_line)?;
    let how = util::text(ctx, how, "search")?;
    matching(ctx, &value.unwrap_or_else(|| Val::from("")), pattern, flags, &how)
}

const OPERATORS: [(&str, &str); 14] = [
    ("==", "eq"),
    ("=", "eq"),
    ("eq", "eq"),
    ("<", "lt"),
    ("lt", "lt"),
    ("<=", "le"),
    ("le", "le"),
    (">", "gt"),
    ("gt", "gt"),
    (">=", "ge"),
    ("ge", "ge"),
    ("!=", "ne"),
    ("<>", "ne"),
    ("ne", "ne"),
];
const SCHEMES: [(&str, Scheme); 5] = [
    ("loose", Scheme::Loose),
    ("strict", Scheme::Strict),
    ("semver", Scheme::Semantic),
    ("semantic", Scheme::Semantic),
    ("pep440", Scheme::Pep440),
];

fn names<T>(table: &[(&str, T)]) -> String {
    table.iter().map(|(name, _)| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

pub(super) fn version(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, other, operator, strict, kind] =
        args.bind("version_compare", ["value", "version", "operator", "strict", "version_type"], 2)?;
    let strict = strict.filter(|strict| !strict.is_none());
    let kind = kind.filter(|kind| !kind.is_none());
    if strict.is_some() && kind.is_some() {
        return Err(Fault::plugin("Cannot specify both 'strict' and 'version_type'"));
    }
    let (value, other) = (value.unwrap_or(Val::None), other.unwrap_or(Val::None));
    if !ctx.truth(&value)? {
        return Err(Fault::plugin("Input version value cannot be empty"));
    }
    if !ctx.truth(&other)? {
        return Err(Fault::plugin("Version parameter to compare against cannot be empty"));
    }
    let mut scheme = Scheme::Loose;
    if util::flag(ctx, strict, false)? {
        scheme = Scheme::Strict;
    } else if let Some(kind) = kind {
        let kind = ctx.str(&kind)?;
        let found = SCHEMES.iter().find(|(name, _)| *name == kind);
        scheme = found.map(|(_, scheme)| *scheme).ok_or_else(|| {
            Fault::plugin(format!("Invalid version type ({kind}). Must be one of {}", names(&SCHEMES)))
        })?;
    }
    let operator = util::text(ctx, operator, "eq")?;
    let Some((_, wanted)) = OPERATORS.iter().find(|(name, _)| *name == operator) else {
        return Err(Fault::plugin(format!(
            "Invalid operator type ({operator}). Must be one of {}",
            names(&OPERATORS)
        )));
    };
    let (a, b) = (ctx.str(&value)?, ctx.str(&other)?);
    let order = version::compare(scheme, &a, &b)
        .map_err(|fault| Fault::plugin(format!("Version comparison failed: {}", fault.cause().message)))?;
    Ok(Val::Bool(match *wanted {
        "eq" => order == Ordering::Equal,
        "ne" => order != Ordering::Equal,
        "lt" => order == Ordering::Less,
        "le" => order != Ordering::Greater,
        "gt" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}
