//! `regex_replace`, `regex_search`, `regex_findall`, `regex_escape`.

use super::util;
use crate::{
    Args, Ctx, Fault, Res, Val,
    python::re::{self, Flags},
};

/// Flags from the arguments Ansible's filters and tests have.
pub(crate) fn flags(ctx: &mut Ctx<'_>, ignore_case: Option<Val>, multi_line: Option<Val>) -> Res<Flags> {
    Ok(Flags {
        ignore_case: util::flag(ctx, ignore_case, false)?,
        multi_line: util::flag(ctx, multi_line, false)?,
        ..Flags::default()
    })
}

/// A pattern argument: text, or Python's `TypeError`.
pub(crate) fn pattern(value: Option<Val>) -> Res<String> {
    match value {
        None => Ok(String::new()),
        Some(Val::Str(text)) => Ok(text.to_string()),
        Some(Val::List(_) | Val::Dict(_)) => Err(Fault::type_error("unhashable type: 'list'")),
        Some(_) => Err(Fault::type_error("first argument must be string or compiled pattern")),
    }
}

pub(super) fn regex_replace(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, regex, replacement, ignore_case, multi_line, count, mandatory] = args.bind(
        "regex_replace",
        ["value", "pattern", "replacement", "ignorecase", "multiline", "count", "mandatory_count"],
        0,
    )?;
    let value = value.unwrap_or_else(|| Val::from(""));
    let text = util::to_text(ctx, &value)?;
    let flags = flags(ctx, ignore_case, multi_line)?;
    let regex = pattern(regex)?;
    let replacement = match replacement {
        None => String::new(),
        Some(Val::Str(text)) => text.to_string(),
        Some(other) => {
            return Err(Fault::type_error(format!("expected str instance, {} found", other.type_name())));
        }
    };
    let count = util::integer(count, 0)?;
    let compiled = re::compile(&regex, flags)?;
    let (out, done) = match usize::try_from(count) {
        Ok(most) => compiled.subn(&text, &replacement, most)?,
        Err(_) => (text.clone(), 0),
    };
    ctx.budget().text(out.len())?;
    let mandatory = util::integer(mandatory, 0)?;
    if mandatory != 0 && usize::try_from(mandatory) != Ok(done) {
        return Err(Fault::plugin(format!(
            "'{regex}' should match {mandatory} times, but matches {count} times in '{text}'"
        )));
    }
    Ok(Val::from(out))
}

pub(super) fn regex_findall(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, regex, multi_line, ignore_case] =
        args.bind("regex_findall", ["value", "regex", "multiline", "ignorecase"], 2)?;
    let text = util::to_text(ctx, &value.unwrap_or(Val::None))?;
    let flags = flags(ctx, ignore_case, multi_line)?;
    let compiled = re::compile(&pattern(regex)?, flags)?;
    let groups = compiled.groups();
    let mut out = Vec::new();
    for captures in compiled.find_iter(&text) {
        let captures = captures?;
        let group = |number: usize| Val::from(captures.get(number).map_or("", |group| group.as_str()));
        out.push(match groups {
            0 => group(0),
            1 => group(1),
            most => Val::tuple((1..=most).map(group)),
        });
    }
    Ok(Val::from(out))
}

pub(super) fn regex_search(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let (ignore_case, multi_line) = (args.take_kw("ignorecase"), args.take_kw("multiline"));
    let flags = flags(ctx, ignore_case, multi_line)?;
    if args.pos.len() < 2 {
        let [_, _] = args.bind("regex_search", ["value", "regex"], 2)?;
        return Ok(Val::None);
    }
    let groups = args.pos.split_off(2);
    let regex = args.pos.pop();
    let text = util::to_text(ctx, &args.pos.pop().unwrap_or(Val::None))?;
    let mut wanted = Vec::new();
    for group in &groups {
        let group = util::string(group, "regex_search group")?;
        wanted.push(group_name(&group)?);
    }
    let compiled = re::compile(&pattern(regex)?, flags)?;
    let Some(captures) = compiled.search(&text)? else { return Ok(Val::None) };
    if wanted.is_empty() {
        return Ok(Val::from(captures.get(0).map_or("", |whole| whole.as_str())));
    }
    let mut out = Vec::with_capacity(wanted.len());
    for name in wanted {
        let number = match name.parse::<usize>() {
            Ok(number) if number <= compiled.groups() => Some(number),
            Ok(_) => None,
            Err(_) => compiled.group_number(&name),
        };
        let number = number.ok_or_else(|| Fault::index_error("no such group"))?;
        out.push(captures.get(number).map_or(Val::None, |group| Val::from(group.as_str())));
    }
    Ok(Val::from(out))
}

/// `\1`, `\g<1>` or `\g<name>`
fn group_name(text: &str) -> Res<String> {
    let no_match = || Fault::attribute_error("'NoneType' object has no attribute 'group'");
    if let Some(rest) = text.strip_prefix("\\g") {
        let name = rest.strip_prefix('<').and_then(|rest| rest.rsplit_once('>')).map(|(name, _)| name);
        let name = name.filter(|name| !name.is_empty() && !name.contains(char::is_whitespace));
        return name.map(str::to_owned).ok_or_else(no_match);
    }
    let Some(rest) = text.strip_prefix('\\') else { return Err(Fault::plugin("Unknown argument")) };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    if digits.is_empty() {
        Err(no_match())
    } else {
        Ok(digits.trim_start_matches('0').to_owned().max("0".into()))
    }
}

pub(super) fn regex_escape(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, kind] = args.bind("regex_escape", ["string", "re_type"], 1)?;
    let text = util::to_text(ctx, &value.unwrap_or(Val::None))?;
    let kind = util::text(ctx, kind, "python")?;
    match kind.as_str() {
        "python" => Ok(Val::from(re::escape(&text))),
        "posix_basic" => {
            let mut out = String::with_capacity(text.len());
            for char in text.chars() {
                if "].[^$*\\".contains(char) {
                    out.push('\\');
                }
                out.push(char);
            }
            Ok(Val::from(out))
        }
        "posix_extended" => Err(Fault::plugin(format!("Regex type ({kind}) not yet implemented"))),
        _ => Err(Fault::plugin(format!("Invalid regex type ({kind})"))),
    }
}
