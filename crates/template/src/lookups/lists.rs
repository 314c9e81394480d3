//! Lookups that shape lists: `list`, `dict`, `indexed_items`, `nested`, `together`, `subelements`,
//! `flattened`, `random_choice`, `sequence`.

use super::options::{Options, decimal, error, invalid_value, key_values};
use crate::{
    Ctx, Fault, LookupArgs, Res, Val,
    filters::util,
    python::random::{Bits, Os},
    python::re::{self, Flags},
};

pub(super) fn list(_: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    Ok(args.terms)
}

/// One level of lists becomes their items.
fn flattened_once(ctx: &mut Ctx<'_>, terms: Vec<Val>) -> Res<Vec<Val>> {
    let mut out = Vec::new();
    for term in terms {
        match term {
            Val::List(_) | Val::Tuple(_) => out.extend(ctx.iterate(&term)?),
            other => out.push(other),
        }
    }
    Ok(out)
}

pub(super) fn dict(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    // `with_dict` may be a list of dictionaries.
    let terms = if args.as_with { flattened_once(ctx, args.terms)? } else { args.terms };
    let mut out = Vec::new();
    for term in terms {
        let Val::Dict(dict) = &term else {
            let (shown, kind) = (ctx.str(&term)?, term.type_name());
            return Err(error(format!(
                "the 'dict' lookup plugin expects a dictionary, got '{shown}' of type <class '{kind}'>)"
            )));
        };
        for (key, value) in dict.entries(ctx)? {
            out.push(Val::dict([("key", key.value().clone()), ("value", value)]));
        }
    }
    Ok(out)
}

pub(super) fn indexed_items(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let items = flattened_once(ctx, args.terms)?;
    Ok(items.into_iter().enumerate().map(|(index, item)| Val::tuple([Val::from(index), item])).collect())
}

pub(super) fn nested(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    if args.terms.is_empty() {
        return Err(error("with_nested requires at least one element in the nested list"));
    }
    if let [term] = args.terms.as_slice() {
        let rows = ctx.iterate(term)?;
        let rows = rows.iter().map(|row| ctx.iterate(row).map(Val::from)).collect::<Res<Vec<_>>>()?;
        return Ok(rows);
    }
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for term in args.terms {
        let pool = ctx.iterate(&term)?;
        ctx.budget().items(rows.len().saturating_mul(pool.len()))?;
        let longer = |row: &Vec<Val>, item: &Val| row.iter().cloned().chain([item.clone()]).collect();
        rows = rows
            .iter()
            .flat_map(|row| pool.iter().map(|item| longer(row, item)).collect::<Vec<_>>())
            .collect();
    }
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        out.push(Val::from(flattened_once(ctx, row)?));
    }
    Ok(out)
}

pub(super) fn together(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    if args.terms.is_empty() {
        return Err(error("with_together requires at least one element in each list"));
    }
    let pools = args.terms.iter().map(|term| ctx.iterate(term)).collect::<Res<Vec<_>>>()?;
    let longest = pools.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = Vec::with_capacity(longest);
    for at in 0..longest {
        let row = pools.iter().map(|pool| pool.get(at).cloned().unwrap_or(Val::None)).collect();
        out.push(Val::from(flattened_once(ctx, row)?));
    }
    Ok(out)
}

/// `community.general.flattened`
pub(super) fn flattened(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    flattened_wholly(ctx, args.terms)
}

/// A text that stands for nothing ends the list it is in.
fn flattened_wholly(ctx: &mut Ctx<'_>, items: Vec<Val>) -> Res<Vec<Val>> {
    let mut out = Vec::new();
    for item in items {
        if matches!(item.as_str(), Some("None" | "null")) {
            break;
        }
        if matches!(item, Val::List(_)) {
            let inner = ctx.iterate(&item)?;
            out.extend(ctx.deeper(|ctx| flattened_wholly(ctx, inner))?);
            ctx.budget().items(out.len())?;
        } else {
            out.push(item);
        }
    }
    Ok(out)
}

pub(super) fn random_choice(_: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    if args.terms.is_empty() {
        return Ok(args.terms);
    }
    let index = Os.index(args.terms.len())?;
    Ok(vec![args.terms[index].clone()])
}

const SEQUENCE_FIELDS: [&str; 5] = ["start", "end", "count", "stride", "format"];

#[derive(Clone)]
struct Sequence {
    start: i64,
    end: Option<i64>,
    count: Option<i64>,
    stride: i64,
    format: String,
}

impl Sequence {
    fn set(&mut self, ctx: &mut Ctx<'_>, field: &str, value: &Val) -> Res<()> {
        let mut number = || match decimal(value) {
            Some(number) => Ok(number),
            None => Err(invalid_value("sequence", field, "integer", &ctx.repr(value)?)),
        };
        match field {
            "start" => self.start = number()?,
            "end" => self.end = Some(number()?),
            "count" => self.count = Some(number()?),
            "stride" => self.stride = number()?,
            "format" => self.format = ctx.str(value)?,
            _ => {}
        }
        Ok(())
    }

    fn shortcut(&mut self, ctx: &mut Ctx<'_>, term: &str) -> Res<bool> {
        const SHORTCUT: &str = "^((0?x?[0-9a-f]+)-)?(0?x?[0-9a-f]+)(/(0?x?[0-9a-f]+))?(:(.+))?$";
        let pattern = re::compile(SHORTCUT, Flags { ignore_case: true, ..Flags::default() })?;
        let Some(found) = pattern.match_start(term)? else { return Ok(false) };
        for (group, field) in [(2, "start"), (3, "end"), (5, "stride"), (7, "format")] {
            if let Some(value) = found.get(group) {
                self.set(ctx, field, &Val::from(value.as_str()))?;
            }
        }
        Ok(true)
    }

    fn key_values(&mut self, ctx: &mut Ctx<'_>, term: &str) -> Res<()> {
        let (pairs, raw) = key_values(term)?;
        let mut unknown = Vec::new();
        for (key, value) in pairs {
            if SEQUENCE_FIELDS.contains(&key.as_str()) {
                self.set(ctx, &key, &Val::from(value))?;
            } else {
                unknown.push(rplay_value::str_repr(&key));
            }
        }
        if !raw.is_empty() {
            unknown.push("'_raw_params'".into());
        }
        if unknown.is_empty() {
            return Ok(());
        }
        Err(error(format!("unrecognized arguments to with_sequence: [{}]", unknown.join(", "))))
    }

    fn numbers(mut self, ctx: &mut Ctx<'_>) -> Res<Vec<Val>> {
        match (self.count, self.end) {
            (None, None) => return Err(error("must specify count or end in with_sequence")),
            (Some(_), Some(_)) => return Err(error("can't specify both count and end in with_sequence")),
            (Some(0), None) => return Ok(Vec::new()),
            (Some(count), None) => self.end = Some(self.start + count * self.stride - 1),
            (None, Some(_)) => {}
        }
        let end = self.end.unwrap_or(0);
        if self.stride > 0 && end < self.start {
            return Err(error("to count backwards make stride negative"));
        }
        if self.stride < 0 && end > self.start {
            return Err(error("to count forward don't make stride negative"));
        }
        if self.stride == 0 {
            return Ok(Vec::new());
        }
        if self.format.matches('%').count() != 1 {
            return Err(error(format!("bad formatting string: {}", self.format)));
        }
        let length = (end - self.start) / self.stride + 1;
        ctx.budget().items(usize::try_from(length).unwrap_or(usize::MAX))?;
        let format = Val::from(self.format.as_str());
        let mut out = Vec::new();
        for at in 0..length {
            let number = self.start + at * self.stride;
            let text = ctx.binary(crate::val::BinOp::Mod, &format, &Val::Int(number)).map_err(|_| {
                error(format!("problem formatting {number} with {}", rplay_value::str_repr(&self.format)))
            })?;
            out.push(text);
        }
        Ok(out)
    }
}

pub(super) fn sequence(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let mut defaults = Sequence { start: 1, end: None, count: None, stride: 1, format: "%d".into() };
    let has_options = !args.options.is_empty();
    for (key, value) in args.options {
        match SEQUENCE_FIELDS.contains(&key.as_str()) {
            true if value.is_none() => {}
            true => defaults.set(ctx, &key, &value)?,
            false => ctx.warn(&format!("The lookup 'sequence' has no option '{key}', which is ignored.")),
        }
    }
    let mut terms = args.terms;
    if terms.is_empty() && has_options {
        terms.push(Val::from(""));
    }
    let mut out = Vec::new();
    for term in terms {
        let Some(text) = term.as_str() else {
            let (shown, name) = (ctx.repr(&term)?, term.type_name());
            return Err(error(format!(
                "unknown error parsing with_sequence arguments: {shown}. Error was: expected string or bytes-like \
                 object, got '{name}'"
            )));
        };
        let mut sequence = defaults.clone();
        if !sequence.shortcut(ctx, text)? {
            sequence.key_values(ctx, text)?;
        }
        out.extend(sequence.numbers(ctx)?);
    }
    Ok(out)
}

/// `community.general.random_string`
pub(super) fn random_string(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (_, mut options) = Options::of(args);
    let length = options.int(ctx, "random_string", "length")?.unwrap_or(8);
    let special = options.text(ctx, "override_special", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")?;
    let sets = [
        ("upper", ('A'..='Z').collect::<String>()),
        ("lower", ('a'..='z').collect()),
        ("numbers", ('0'..='9').collect()),
        ("special", special),
    ];
    let all = options.maybe_text(ctx, "override_all")?;
    let mut pool = String::new();
    let mut out: Vec<char> = Vec::new();
    for (name, chars) in sets {
        if options.flag(ctx, name, true)? {
            pool.push_str(&chars);
        }
        let least = options.int(
            ctx,
            "random_string",
            &format!("min_{}", if name == "numbers" { "numeric" } else { name }),
        )?;
        let chars: Vec<char> = chars.chars().collect();
        for _ in 0..least.unwrap_or(0).max(0) {
            out.push(chars[Os.index(chars.len().max(1))?]);
        }
    }
    let seed = options.take("seed");
    options.finish(ctx, "random_string");
    let mut source = crate::filters::random::source(seed.as_ref())?;
    let pool: Vec<char> = all.unwrap_or(pool).chars().collect();
    if pool.is_empty() {
        return Err(error("Available characters cannot be None, please change constraints"));
    }
    let length = util::count(Some(Val::Int(length)), 8)?;
    ctx.budget().text(length)?;
    while out.len() < length {
        out.push(pool[source.index(pool.len())?]);
    }
    crate::python::random::shuffle(source.as_mut(), &mut out)?;
    Ok(vec![Val::from(out.into_iter().collect::<String>())])
}

/// `community.general.merge_variables`
pub(super) fn merge_variables(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let kind = options.text(ctx, "pattern_type", "regex")?;
    let initial = options.take("initial_value").filter(|value| !value.is_none());
    for unsupported in ["groups", "override", "dict_merge", "list_merge"] {
        if options.take(unsupported).is_some_and(|value| !value.is_none()) {
            return Err(error(format!("merge_variables: the option '{unsupported}' is not supported")));
        }
    }
    options.finish(ctx, "merge_variables");
    let check = |value: &Val| match value {
        Val::List(_) | Val::Dict(_) => Ok(()),
        _ => Err(error("Not supported type detected, variable must be a list or a dict")),
    };
    initial.iter().try_for_each(check)?;
    let mut names: Vec<String> = ctx.scope().names().iter().map(|name| name.to_string()).collect();
    names.sort();
    let mut out = Vec::new();
    for term in terms {
        let pattern = ctx.str(&term)?;
        let mut result = initial.clone();
        for name in &names {
            let fits = match kind.as_str() {
                "regex" => re::compile(&pattern, Flags::default())?.is_found(name)?,
                "prefix" => name.starts_with(&pattern),
                "suffix" => name.ends_with(&pattern),
                other => return Err(error(format!("merge_variables: unknown pattern_type '{other}'"))),
            };
            if !fits {
                continue;
            }
            let value = ctx.variable(name).unwrap_or(Val::None).defined()?;
            check(&value)?;
            result = Some(match result {
                None => value,
                Some(Val::List(list)) => {
                    let more = ctx.iterate(&value)?;
                    Val::list(list.items(ctx)?.into_iter().chain(more))
                }
                Some(old @ Val::Dict(_)) => {
                    let merge = crate::filters::combine::ListMerge::Append;
                    crate::filters::combine::merge_dicts(ctx, &old, &value, true, merge)?
                }
                Some(_) => return Err(Fault::plugin("merge_variables needs lists or dictionaries")),
            });
        }
        out.push(result.unwrap_or(Val::None));
    }
    Ok(out)
}
