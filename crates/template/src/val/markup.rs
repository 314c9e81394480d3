//! `Markup`: texts that are HTML already, which escape what is put into them.

use super::percent;
use crate::{Ctx, Res, Val};
use rplay_value::{Str, Tag};

/// Text with `&`, `<`, `>`, `'` and `"` as entities.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            char => out.push(char),
        }
    }
    out
}

/// A text as it is, or escaped when it is no HTML.
pub(super) fn safe_text(text: &Str) -> String {
    if text.is_markup() { text.to_string() } else { escaped(text) }
}

impl Val {
    /// HTML.
    pub(crate) fn markup(text: impl Into<String>) -> Self {
        Val::Str(Str::tagged(text.into(), Tag { markup: true, ..Tag::default() }))
    }

    /// Whether this is HTML.
    pub(crate) fn is_markup(&self) -> bool {
        matches!(self, Val::Str(text) if text.is_markup())
    }

    /// Strings of this value (and of a list or tuple made of it) as HTML, if `markup`.
    pub(crate) fn markup_if(self, markup: bool) -> Self {
        match self {
            Val::Str(text) if markup => Val::markup(text.as_str()),
            Val::Tuple(items) if markup => Val::tuple(items.iter().map(|item| item.clone().markup_if(true))),
            Val::List(list) if markup => {
                list.with(|slots| {
                    for slot in slots {
                        if let crate::Slot::Ready(item) = slot {
                            *item = item.clone().markup_if(true);
                        }
                    }
                });
                Val::List(list)
            }
            other => other,
        }
    }
}

impl Ctx<'_> {
    /// `escape()`: the text of a value for HTML.
    pub(crate) fn escape(&mut self, value: &Val) -> Res<String> {
        match value {
            Val::Str(text) => Ok(safe_text(text)),
            other => self.str(other).map(|text| escaped(&text)),
        }
    }

    /// `Markup % values`: what is put in is escaped.
    pub(super) fn markup_format(&mut self, format: &Str, values: &Val) -> Res<Val> {
        percent::format(self, format, values, format.is_markup()).map(|text| {
            let value = Val::from(text);
            value.markup_if(format.is_markup())
        })
    }
}
