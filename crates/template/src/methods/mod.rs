//! Methods of Python's types.

mod casing;
mod codec;
mod datetime;
mod dict;
mod int;
mod list;
mod markup;
mod signature;
mod str;

pub(crate) use datetime::strftime;
pub(crate) use dict::pairs;
pub(crate) use str::lines;

use crate::{Args, Ctx, Fault, Res, Val};

/// Python's `str.isidentifier`.
pub(crate) fn is_identifier(text: &str) -> bool {
    casing::is(text, "isidentifier") == Some(true)
}

/// Whether the type of `value` has a method of that name.
pub(crate) fn exists(value: &Val, name: &str) -> bool {
    table(value).contains(&name) || (value.is_markup() && markup::NAMES.contains(&name))
}

fn table(value: &Val) -> &'static [&'static str] {
    match value {
        Val::Str(_) => str::NAMES,
        Val::Bytes(_) => str::BYTES_NAMES,
        Val::List(_) => list::NAMES,
        Val::Tuple(_) | Val::Range(_) => list::SEQUENCE_NAMES,
        Val::Dict(_) => dict::NAMES,
        Val::Bool(_) | Val::Int(_) | Val::Big(_) => int::NAMES,
        Val::Float(_) => int::FLOAT_NAMES,
        Val::Date(_) => datetime::DATE_NAMES,
        Val::DateTime(_) => datetime::NAMES,
        Val::Delta(_) => datetime::DELTA_NAMES,
        _ => &[],
    }
}

/// An attribute that is data.
pub(crate) fn property(value: &Val, name: &str) -> Option<Val> {
    match value {
        Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_) => int::property(value, name),
        Val::Date(_) | Val::DateTime(_) | Val::Delta(_) => datetime::property(value, name),
        Val::Range(range) => match name {
            "start" => Some(Val::Int(range.start)),
            "stop" => Some(Val::Int(range.stop)),
            "step" => Some(Val::Int(range.step)),
            _ => None,
        },
        _ => None,
    }
}

/// Calls the method `name` of `receiver`.
pub(crate) fn call(ctx: &mut Ctx<'_>, receiver: &Val, name: &str, args: Args) -> Res<Val> {
    signature::check(receiver, name, &args)?;
    match receiver {
        Val::Str(text) if text.is_markup() => markup::call(ctx, text, name, args),
        Val::Str(text) => str::call(ctx, text, name, args),
        Val::Bytes(bytes) => str::call_bytes(bytes, name, args),
        Val::List(list) => list::call(ctx, list, name, args),
        Val::Tuple(_) | Val::Range(_) => list::call_sequence(ctx, receiver, name, args),
        Val::Dict(dict) => dict::call(ctx, dict, name, args),
        Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_) => int::call(receiver, name, args),
        Val::Date(_) | Val::DateTime(_) | Val::Delta(_) => datetime::call(receiver, name, args),
        Val::Obj(obj) => {
            let obj = std::rc::Rc::clone(obj);
            obj.method(ctx, name, args).map(|result| result.unwrap_or(Val::None))
        }
        other => {
            Err(Fault::attribute_error(format!("'{}' object has no attribute '{name}'", other.type_name())))
        }
    }
}
