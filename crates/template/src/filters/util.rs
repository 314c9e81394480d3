//! What several filter families need: arguments as Python's functions take them.

use crate::{Args, Ctx, Fault, Res, Val, python::base64};
use rplay_value::{Str, surrogates};

/// The truth of an optional argument.
pub(crate) fn flag(ctx: &mut Ctx<'_>, value: Option<Val>, default: bool) -> Res<bool> {
    value.map_or(Ok(default), |value| ctx.truth(&value))
}

/// An optional argument that must be an integer where it is used as one.
pub(crate) fn integer(value: Option<Val>, default: i64) -> Res<i64> {
    match value {
        None => Ok(default),
        Some(value) => value.as_int().ok_or_else(|| {
            Fault::type_error(format!("'{}' object cannot be interpreted as an integer", value.type_name()))
        }),
    }
}

/// A flag of a function written in C, which takes integers only.
pub(crate) fn flag_of_c(value: Option<Val>) -> Res<bool> {
    if let Some(Val::Big(_)) = value {
        return Err(Fault::raised("OverflowError", "Python int too large to convert to C int"));
    }
    integer(value, 0).map(|int| int != 0)
}

/// A count for texts and lists: an integer that fits, not below zero.
pub(crate) fn count(value: Option<Val>, default: usize) -> Res<usize> {
    let int = integer(value, i64::try_from(default).unwrap_or(i64::MAX))?;
    Ok(usize::try_from(int).unwrap_or(0))
}

/// `str()` of an optional argument.
pub(crate) fn text(ctx: &mut Ctx<'_>, value: Option<Val>, default: &str) -> Res<String> {
    value.map_or_else(|| Ok(default.to_owned()), |value| ctx.str(&value))
}

/// Ansible's `to_text` with `nonstring='simplerepr'`: bytes are decoded, everything else is `str()`.
pub(crate) fn to_text(ctx: &mut Ctx<'_>, value: &Val) -> Res<String> {
    match value {
        Val::Bytes(bytes) => Ok(surrogates::decode(bytes)),
        value => ctx.str(value),
    }
}

/// Ansible's `to_bytes` in UTF-8 with `surrogate_or_strict`.
pub(crate) fn to_bytes(ctx: &mut Ctx<'_>, value: &Val) -> Res<Vec<u8>> {
    match value {
        Val::Bytes(bytes) => Ok(bytes.to_vec()),
        value => base64::utf8_bytes(&ctx.str(value)?),
    }
}

/// The value a filter is applied to, where nothing else may be given.
pub(crate) fn only(args: Args, function: &str) -> Res<Val> {
    let [value] = args.bind(function, ["value"], 1)?;
    Ok(value.unwrap_or(Val::None))
}

/// A string argument of a function that takes nothing else.
pub(crate) fn string(value: &Val, what: &str) -> Res<Str> {
    match value {
        Val::Str(text) => Ok(text.clone()),
        other => Err(Fault::type_error(format!("{what} must be str, not {}", other.type_name()))),
    }
}

/// A path argument: `os.fspath` takes text (and bytes) only.
pub(crate) fn path(value: &Val) -> Res<String> {
    match value {
        Val::Str(text) => Ok(text.to_string()),
        Val::Bytes(bytes) => Ok(surrogates::decode(bytes)),
        other => Err(Fault::type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            other.type_name()
        ))),
    }
}

/// Whether Ansible's `is_sequence` holds: lists and tuples, not texts.
pub(crate) fn is_sequence(value: &Val) -> bool {
    matches!(value, Val::List(_) | Val::Tuple(_) | Val::Range(_))
}

/// `<class 'str'>`, as messages that print a type show it.
pub(crate) fn class(value: &Val) -> String {
    format!("<class '{}'>", value.type_name())
}
