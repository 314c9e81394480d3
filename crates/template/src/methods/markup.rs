//! Methods of `Markup`: those of `str` that return HTML and escape what is put in.

use crate::{
    Args, Ctx, Res, Val,
    filters::markup::{stripped, unescaped},
};
use rplay_value::Str;

/// Methods beside those of `str`.
pub(super) const NAMES: &[&str] = &["escape", "striptags", "unescape"];

/// Methods that return a plain text, number or truth.
const PLAIN: &[&str] = &["encode", "maketrans"];

pub(super) fn call(ctx: &mut Ctx<'_>, text: &Str, name: &str, mut args: Args) -> Res<Val> {
    match name {
        "striptags" => {
            let [] = args.bind("Markup.striptags", [], 0)?;
            return Ok(Val::from(stripped(text)));
        }
        "unescape" => {
            let [] = args.bind("Markup.unescape", [], 0)?;
            return Ok(Val::from(unescaped(text)));
        }
        "escape" => {
            let [value] = args.bind("Markup.escape", ["s"], 1)?;
            return ctx.escape(&value.unwrap_or(Val::None)).map(Val::markup);
        }
        "join" => {
            if let Some(items) = args.pos.first_mut() {
                let mut escaped = Vec::new();
                for item in ctx.iterate(items)? {
                    escaped.push(Val::from(ctx.escape(&item)?));
                }
                *items = Val::from(escaped);
            }
        }
        "replace" | "ljust" | "rjust" | "center" => {
            if let Some(Val::Str(put)) = args.pos.get_mut(1) {
                *put = Str::from(ctx.escape(&Val::Str(put.clone()))?);
            }
        }
        _ => {}
    }
    let result = super::str::call(ctx, text, name, args)?;
    Ok(result.markup_if(!PLAIN.contains(&name)))
}
