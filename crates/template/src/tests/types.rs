//! Tests on types and truth.

use crate::{
    Args, Ctx, Fault, Res, Val,
    filters::{protomatter, util},
    val::float_of,
};

macro_rules! kinds {
    ($($name:ident($value:ident) $body:expr;)+) => {$(
        pub(super) fn $name(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
            let $value = util::only(args, concat!("test_", stringify!($name)))?;
            Ok(Val::Bool($body))
        }
    )+};
}

kinds! {
    none(value) value.is_none();
    boolean(value) matches!(value, Val::Bool(_));
    is_true(value) matches!(value, Val::Bool(true));
    is_false(value) matches!(value, Val::Bool(false));
    integer(value) matches!(value, Val::Int(_) | Val::Big(_));
    float(value) matches!(value, Val::Float(_));
    number(value) value.is_integer() || matches!(value, Val::Float(_));
    string(value) matches!(value, Val::Str(_));
    mapping(value) matches!(value, Val::Dict(_));
    callable(value) value.is_callable() || matches!(&value, Val::Obj(obj) if obj.type_name() == "Macro");
    sequence(value) matches!(value, Val::Str(_) | Val::Bytes(_) | Val::List(_) | Val::Tuple(_) | Val::Dict(_) | Val::Range(_));
    escaped(value) value.is_markup();
    nan(value) float_of(&value).is_some_and(f64::is_nan);
}

pub(super) fn iterable(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "test_iterable")?;
    Ok(Val::Bool(match &value {
        Val::Str(_) | Val::Bytes(_) | Val::List(_) | Val::Tuple(_) | Val::Dict(_) | Val::Range(_) => true,
        Val::Obj(obj) => obj.is_iterable() || obj.items(ctx)?.is_some(),
        _ => false,
    }))
}

pub(super) fn lower(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    cased(ctx, args, "islower")
}
pub(super) fn upper(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    cased(ctx, args, "isupper")
}

fn cased(ctx: &mut Ctx<'_>, args: Args, method: &str) -> Res<Val> {
    let value = util::only(args, "test_lower")?;
    let text = Val::from(ctx.str(&value)?);
    crate::methods::call(ctx, &text, method, Args::default())
}

fn truth(ctx: &mut Ctx<'_>, args: Args, name: &str) -> Res<bool> {
    let [value, convert] = args.bind(name, ["value", "convert_bool"], 1)?;
    let value = value.unwrap_or(Val::None);
    if util::flag(ctx, convert, false)? {
        let word = match &value {
            Val::Str(text) => Some(text.trim().to_lowercase()),
            Val::Bool(_) | Val::Int(_) | Val::Float(_) => Some(ctx.str(&value)?.to_lowercase()),
            _ => None,
        };
        match word.as_deref() {
            Some("y" | "yes" | "on" | "1" | "true" | "t" | "1.0") => return Ok(true),
            Some("n" | "no" | "off" | "0" | "false" | "f" | "0.0") => return Ok(false),
            _ => {}
        }
    }
    ctx.truth(&value)
}

pub(super) fn truthy(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    truth(ctx, args, "truthy").map(Val::Bool)
}
pub(super) fn falsy(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    truth(ctx, args, "falsy").map(|truth| Val::Bool(!truth))
}

fn remainder(ctx: &mut Ctx<'_>, value: &Val, by: &Val) -> Res<Val> {
    ctx.binary(crate::val::BinOp::Mod, value, by)
}

pub(super) fn odd(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "test_odd")?;
    let rest = remainder(ctx, &value, &Val::Int(2))?;
    ctx.equal(&rest, &Val::Int(1)).map(Val::Bool)
}
pub(super) fn even(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "test_even")?;
    let rest = remainder(ctx, &value, &Val::Int(2))?;
    ctx.equal(&rest, &Val::Int(0)).map(Val::Bool)
}
pub(super) fn divisibleby(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, by] = args.bind("test_divisibleby", ["value", "num"], 2)?;
    let rest = remainder(ctx, &value.unwrap_or(Val::None), &by.unwrap_or(Val::None))?;
    ctx.equal(&rest, &Val::Int(0)).map(Val::Bool)
}

pub(super) fn sameas(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, other] = args.bind("test_sameas", ["value", "other"], 2)?;
    let (value, other) = (value.unwrap_or(Val::None), other.unwrap_or(Val::None));
    Ok(Val::Bool(value.is_same(&other)))
}

fn known(ctx: &mut Ctx<'_>, args: Args, lookup: impl Fn(&Ctx<'_>, &str) -> bool) -> Res<Val> {
    let value = util::only(args, "test_filter")?;
    match &value {
        Val::Str(name) => Ok(Val::Bool(lookup(ctx, name))),
        Val::List(_) | Val::Dict(_) => {
            Err(Fault::type_error(format!("unhashable type: '{}'", value.type_name())))
        }
        // Ansible's tables of plugins claim to hold whatever is no text.
        _ => Ok(Val::Bool(true)),
    }
}

pub(super) fn filter(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    known(ctx, args, |ctx, name| ctx.templar().filter(name).is_some())
}
pub(super) fn test(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    known(ctx, args, |ctx, name| ctx.templar().test(name).is_some())
}

fn any_all(ctx: &mut Ctx<'_>, args: Args, name: &str, all: bool) -> Res<Val> {
    let value = util::only(args, name)?;
    for item in ctx.iterate(&value)? {
        if ctx.truth(&item)? != all {
            return Ok(Val::Bool(!all));
        }
    }
    Ok(Val::Bool(all))
}

pub(super) fn any(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    any_all(ctx, args, "any", false)
}
pub(super) fn all(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    any_all(ctx, args, "all", true)
}

pub(super) fn vault_encrypted(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "vault_encrypted")?;
    match value {
        Val::Undef(marker) => Err(marker.trip()),
        Val::Str(text) => Ok(Val::Bool(text.is_secret() || text.starts_with("$ANSIBLE_VAULT;"))),
        _ => Ok(Val::Bool(false)),
    }
}

pub(super) fn tagged(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "tagged")?;
    Ok(Val::Bool(!protomatter::tags(&value).is_empty()))
}

pub(super) fn tagged_with(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, name] = args.bind("tagged_with", ["value", "tag_name"], 2)?;
    let name = util::text(ctx, name, "")?;
    if !["Origin", "TrustedAsTemplate", "VaultedValue", "Deprecated", "SourceWasEncrypted"]
        .contains(&name.as_str())
    {
        return Err(Fault::value_error(format!("Unknown tag name {}.", rplay_value::str_repr(&name))));
    }
    Ok(Val::Bool(protomatter::tags(&value.unwrap_or(Val::None)).contains(&name.as_str())))
}
