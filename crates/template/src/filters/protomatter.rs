//! `ansible._protomatter`: what ansible-core's own tests look behind values with.

use super::util;
use crate::{Args, Ctx, Fault, Res, Val, python::literal};
use rplay_value::{Str, Tag};

/// Texts become templates.
pub(super) fn apply_trust(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(match util::only(args, "apply_trust")? {
        Val::Str(text) => {
            let tag = Tag { trusted: true, ..text.tag().cloned().unwrap_or_default() };
            Val::Str(Str::tagged(text.text().clone(), tag))
        }
        other => other,
    })
}

/// A failed value as a dictionary with its exception; everything else as it is.
pub(super) fn dump_object(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "dump_object")?;
    Ok(match &value {
        Val::Undef(marker) if let Some(error) = marker.error() => {
            Val::dict([("exception", Val::from(error.to_string()))])
        }
        _ => value,
    })
}

/// The value as a variable would hold it.
pub(super) fn finalize(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "finalize")?;
    ctx.finalize(&value).map(|value| Val::from_value(&value))
}

/// Where a text stands.
pub(super) fn origin(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(match util::only(args, "origin")? {
        Val::Str(text) => text.origin().map(ToString::to_string).into(),
        _ => Val::None,
    })
}

/// A Python literal as its value.
pub(super) fn python_literal_eval(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, ignore] = args.bind("python_literal_eval", ["value", "ignore_errors"], 1)?;
    let ignore = util::flag(ctx, ignore, false)?;
    let value = value.unwrap_or(Val::None);
    let result = match &value {
        Val::Str(text) => literal::eval(text),
        _ => Err(Fault::raised("AnsibleTypeError", "The `value` to eval must be a string.")),
    };
    match result {
        Err(_) if ignore => Ok(value),
        result => result,
    }
}

/// The names of a value's tags.
pub(super) fn tag_names(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "tag_names")?;
    Ok(Val::list(tags(&value).into_iter().map(Val::from)))
}

/// Ansible's names of what a text is known as, in order.
pub(crate) fn tags(value: &Val) -> Vec<&'static str> {
    let Val::Str(text) = value else { return Vec::new() };
    let Some(tag) = text.tag() else { return Vec::new() };
    let all =
        [(tag.origin.is_some(), "Origin"), (tag.trusted, "TrustedAsTemplate"), (tag.secret, "VaultedValue")];
    all.into_iter().filter(|(there, _)| *there).map(|(_, name)| name).collect()
}

/// The name of Ansible's class for the value.
pub(super) fn true_type(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "true_type")?;
    Ok(Val::from(match &value {
        Val::Str(text) if text.tag().is_some() && !text.is_markup() => "_AnsibleTaggedStr",
        Val::List(_) => "_AnsibleLazyTemplateList",
        Val::Dict(_) => "_AnsibleLazyTemplateDict",
        Val::Tuple(_) => "_AnsibleLazyAccessTuple",
        other => other.type_name(),
    }))
}

/// Shows values as they are stored, which they always are here.
pub(super) fn unmask(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, _names] = args.bind("unmask", ["value", "type_names"], 2)?;
    Ok(value.unwrap_or(Val::None))
}
