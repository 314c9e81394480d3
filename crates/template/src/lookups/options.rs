//! Options of lookups, and `key=value` terms.

use crate::{Ctx, Fault, LookupArgs, Res, Val, filters::util, python::shell};
use rplay_value::Str;

/// The keyword arguments not read yet.
pub(super) struct Options(Vec<(Str, Val)>);

impl Options {
    /// Splits a call into its terms and options.
    pub(super) fn of(args: LookupArgs) -> (Vec<Val>, Self) {
        (args.terms, Self(args.options))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Val> {
        let index = self.0.iter().position(|(key, _)| &**key == name)?;
        Some(self.0.remove(index).1)
    }

    pub(super) fn text(&mut self, ctx: &mut Ctx<'_>, name: &str, default: &str) -> Res<String> {
        util::text(ctx, self.take(name).filter(|value| !value.is_none()), default)
    }

    pub(super) fn maybe_text(&mut self, ctx: &mut Ctx<'_>, name: &str) -> Res<Option<String>> {
        self.take(name).filter(|value| !value.is_none()).map(|value| ctx.str(&value)).transpose()
    }

    /// A boolean option, in any of Ansible's spellings.
    pub(super) fn flag(&mut self, ctx: &mut Ctx<'_>, name: &str, default: bool) -> Res<bool> {
        let Some(value) = self.take(name) else { return Ok(default) };
        let word = ctx.str(&value)?.trim().to_lowercase();
        match word.as_str() {
            "true" | "yes" | "on" | "1" | "y" | "t" => Ok(true),
            "false" | "no" | "off" | "0" | "n" | "f" | "none" | "" => Ok(false),
            other => Err(error(format!("the option '{name}' is not a boolean: {other}"))),
        }
    }

    pub(super) fn int(&mut self, ctx: &mut Ctx<'_>, name: &str) -> Res<Option<i64>> {
        let Some(value) = self.take(name).filter(|value| !value.is_none()) else { return Ok(None) };
        let text = ctx.str(&value)?;
        let parsed = crate::filters::number::parse_int(&text, 0).and_then(|int| i64::try_from(int).ok());
        parsed.map(Some).ok_or_else(|| error(format!(
                "Config '{name}' for lookup plugin from 'Direct' has an invalid value: Invalid value provided for \
                 'integer': {}",
                rplay_value::str_repr(&text)
            )))
    }

    /// Warns of options nobody read: Ansible lets them pass in silence.
    pub(super) fn finish(&self, ctx: &Ctx<'_>, lookup: &str) {
        for (key, _) in &self.0 {
            ctx.warn(&format!("The lookup '{lookup}' has no option '{key}', which is ignored."));
        }
    }
}

/// Ansible's `AnsibleError`.
pub(super) fn error(message: impl Into<String>) -> Fault {
    Fault::raised("AnsibleError", message)
}

/// Ansible's error for the value of a lookup's option.
pub(super) fn invalid_value(lookup: &str, option: &str, kind: &str, value: &str) -> Fault {
    let shown = rplay_value::str_repr(value);
    Fault::raised(
        "AnsibleOptionsError",
        format!(
            "Config '{option}' for '{lookup}' lookup plugin from 'Direct' has an invalid value: Invalid value \
             provided for '{kind}': {shown}"
        ),
    )
}

/// Words of a term: `(key, value)` pairs and the text before them.
pub(super) fn key_values(term: &str) -> Res<(Vec<(String, String)>, String)> {
    let (mut pairs, mut raw) = (Vec::new(), Vec::new());
    for word in shell::split(term).map_err(Fault::value_error)? {
        match word.split_once('=') {
            Some((key, value)) if !key.is_empty() => pairs.push((key.to_owned(), value.to_owned())),
            _ => raw.push(word),
        }
    }
    Ok((pairs, raw.join(" ")))
}
