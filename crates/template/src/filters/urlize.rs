//! `urlize`: addresses in a text as links.

use super::util;
use crate::val::escaped;
use crate::{
    Args, Ctx, Res, Val,
    python::re::{self, Flags},
};

const URL: &str = r"^((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})|([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)|(https?://)((([\d]{1,3})(\.[\d]{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}])))(?::[\d]{1,5})?(?:[/?#]\S*)?$";
const EMAIL: &str = r"^\S+@\w[\w.-]*\.\w+$";

struct Link {
    limit: Option<usize>,
    rel: String,
    target: String,
    schemes: Vec<String>,
}

pub(super) fn urlize(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, limit, nofollow, target, rel, schemes] =
        args.bind("do_urlize", ["value", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes"], 1)?;
    let text = util::text(ctx, value, "")?;
    let mut rels: Vec<String> = util::text(ctx, rel.filter(|rel| !rel.is_none()), "")?
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    if util::flag(ctx, nofollow, false)? {
        rels.push("nofollow".into());
    }
    rels.push("noopener".into());
    rels.sort();
    rels.dedup();
    let target = match target.filter(|target| !target.is_none()) {
        Some(target) => format!(" target=\"{}\"", escaped(&ctx.str(&target)?)),
        None => String::new(),
    };
    let schemes = match schemes.filter(|schemes| !schemes.is_none()) {
        Some(schemes) => ctx.iterate(&schemes)?.iter().map(|scheme| ctx.str(scheme)).collect::<Res<_>>()?,
        None => Vec::new(),
    };
    let limit =
        limit.filter(|limit| !limit.is_none()).map(|limit| util::count(Some(limit), 0)).transpose()?;
    let link = Link { limit, rel: format!(" rel=\"{}\"", escaped(&rels.join(" "))), target, schemes };
    let text = escaped(&text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let blank = rest.starts_with(char::is_whitespace);
        let end = rest.find(|char: char| char.is_whitespace() != blank).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        if blank { out.push_str(part) } else { out.push_str(&link.word(part)?) }
    }
    Ok(Val::from(out))
}

const CLOSERS: [&str; 7] = [")", "&gt;", ".", ",", "\n", ">", "&gt"];

impl Link {
    fn word(&self, word: &str) -> Res<String> {
        let (mut head, mut middle, mut tail) = (String::new(), word.to_owned(), String::new());
        while let Some(open) = ["(", "<", "&lt;"].iter().find(|open| middle.starts_with(**open)) {
            head.push_str(open);
            middle = middle[open.len()..].to_owned();
        }
        while let Some(close) = CLOSERS.iter().find(|close| middle.ends_with(**close)) {
            tail.insert_str(0, close);
            middle.truncate(middle.len() - close.len());
        }
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
            while middle.matches(open).count() > middle.matches(close).count() && tail.contains(close) {
                let end = tail.find(close).map_or(0, |at| at + close.len());
                middle.push_str(&tail[..end]);
                tail = tail[end..].to_owned();
            }
        }
        let linked = self.link(&middle)?.unwrap_or(middle);
        Ok(format!("{head}{linked}{tail}"))
    }

    fn shortened(&self, text: &str) -> String {
        match self.limit {
            Some(limit) if text.chars().count() > limit => {
                text.chars().take(limit).collect::<String>() + "..."
            }
            _ => text.to_owned(),
        }
    }

    fn link(&self, middle: &str) -> Res<Option<String>> {
        let (rel, target) = (&self.rel, &self.target);
        let ignore_case = Flags { ignore_case: true, ..Flags::default() };
        if re::compile(URL, ignore_case)?.starts(middle)? {
            let scheme =
                if middle.starts_with("https://") || middle.starts_with("http://") { "" } else { "https://" };
            let shown = self.shortened(middle);
            return Ok(Some(format!("<a href=\"{scheme}{middle}\"{rel}{target}>{shown}</a>")));
        }
        let email = |text: &str| -> Res<bool> { Ok(re::compile(EMAIL, Flags::default())?.starts(text)?) };
        if let Some(address) = middle.strip_prefix("mailto:")
            && email(address)?
        {
            return Ok(Some(format!("<a href=\"{middle}\">{address}</a>")));
        }
        let plain = middle.contains('@') && !middle.starts_with("www.") && !middle.contains(':');
        if plain && email(middle)? {
            return Ok(Some(format!("<a href=\"mailto:{middle}\">{middle}</a>")));
        }
        if self.schemes.iter().any(|scheme| middle != scheme && middle.starts_with(scheme.as_str())) {
            return Ok(Some(format!("<a href=\"{middle}\"{rel}{target}>{middle}</a>")));
        }
        Ok(None)
    }
}
