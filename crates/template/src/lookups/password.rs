//! `password`: a password kept in a file, made when it is missing.

use super::{
    options::{Options, decimal, error, invalid_value, key_values},
    search,
};
use crate::{
    Ctx, Fault, LookupArgs, Res, Val, filters,
    python::{
        crypt,
        random::{Bits, Os},
    },
};
use rplay_value::surrogates;
use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Hosts are worked on side by side: one makes the password, the others find it.
static MAKING: Mutex<()> = Mutex::new(());

struct Params {
    length: usize,
    chars: Vec<String>,
    encrypt: Option<String>,
    ident: Option<String>,
    seed: Option<Val>,
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn named(set: &str) -> &str {
    match set {
        "ascii_letters" => LETTERS,
        "ascii_lowercase" => &LETTERS[..26],
        "ascii_uppercase" => &LETTERS[26..],
        "digits" => "0123456789",
        "hexdigits" => "0123456789abcdefABCDEF",
        "octdigits" => "01234567",
        "punctuation" => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "whitespace" => " \t\n\r\u{b}\u{c}",
        other => other,
    }
}

fn char_sets(text: &str) -> Vec<String> {
    let mut sets = Vec::new();
    if text.contains(",,") {
        sets.push(",".to_owned());
    }
    sets.extend(text.replace(",,", ",").split(',').filter(|set| !set.is_empty()).map(str::to_owned));
    sets
}

impl Default for Params {
    fn default() -> Self {
        Self {
            length: 20,
            chars: vec!["ascii_letters".into(), "digits".into(), ".,:-_".into()],
            encrypt: None,
            ident: None,
            seed: None,
        }
    }
}

impl Params {
    fn set(&mut self, ctx: &mut Ctx<'_>, name: &str, value: Val) -> Res<()> {
        match name {
            "length" => {
                let Some(length) = decimal(&value) else {
                    return Err(invalid_value("password", name, "integer", &ctx.repr(&value)?));
                };
                self.length = usize::try_from(length).unwrap_or(0);
                ctx.budget().text(self.length)?;
            }
            "chars" => {
                self.chars = match &value {
                    Val::List(_) => {
                        ctx.iterate(&value)?.iter().map(|set| ctx.str(set)).collect::<Res<_>>()?
                    }
                    Val::Str(text) => char_sets(text),
                    _ => return Err(invalid_value("password", name, "list", &ctx.repr(&value)?)),
                }
            }
            "encrypt" => {
                let text = ctx.str(&value)?;
                self.encrypt = Some(text)
                    .filter(|text| !text.is_empty() && !matches!(value, Val::None | Val::Bool(false)))
            }
            "ident" => self.ident = Some(ctx.str(&value)?).filter(|_| !value.is_none()),
            "seed" => {
                self.seed = if value.is_none() { None } else { Some(Val::from(ctx.str(&value)?)) };
            }
            other => {
                return Err(error(format!("Unrecognized parameter(s) given to password lookup: {other}")));
            }
        }
        Ok(())
    }

    fn fresh(&self) -> Res<String> {
        let chars: String = self.chars.iter().map(|set| named(set)).collect();
        let chars: Vec<char> = chars.chars().filter(|char| !matches!(char, '"' | '\'')).collect();
        if chars.is_empty() && self.length > 0 {
            return Err(Fault::index_error("Cannot choose from an empty sequence"));
        }
        let mut source = filters::random::source(self.seed.as_ref())?;
        (0..self.length).map(|_| Ok(chars[source.index(chars.len())?])).collect()
    }
}

/// The path and the `key=value` pairs behind it.
fn parse(term: &str) -> Res<(String, Vec<(String, String)>)> {
    let Some((path, rest)) = term.split_once(' ') else { return Ok((term.to_owned(), Vec::new())) };
    let (pairs, raw) = key_values(rest)?;
    let path = if raw.is_empty() { path.to_owned() } else { format!("{path} {raw}") };
    if !term.starts_with(&path) {
        return Err(error("Unrecognized value after key=value parameters given to password lookup"));
    }
    Ok((path, pairs))
}

/// What the file holds: password, salt, ident.
fn stored(content: &str) -> (String, Option<String>, Option<String>) {
    let Some((password, rest)) = content.rsplit_once(" salt=") else {
        return (content.to_owned(), None, None);
    };
    match rest.rsplit_once(" ident=") {
        Some((salt, ident)) => (password.to_owned(), Some(salt.to_owned()), Some(ident.to_owned())),
        None => (password.to_owned(), Some(rest.to_owned()), None),
    }
}

pub(super) fn password(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let mut out = Vec::new();
    let given: Vec<(&str, Option<Val>)> =
        ["length", "chars", "encrypt", "ident", "seed"].map(|name| (name, options.take(name))).into();
    options.finish(ctx, "password");
    for term in terms {
        let mut params = Params::default();
        for (name, value) in &given {
            if let Some(value) = value.as_ref().filter(|value| !value.is_none()) {
                params.set(ctx, name, value.clone())?;
            }
        }
        let (path, pairs) = parse(&ctx.str(&term)?)?;
        if !pairs.is_empty() {
            // Ansible sets the options anew from these alone.
            params = Params::default();
        }
        for (name, value) in pairs {
            params.set(ctx, &name, Val::from(value))?;
        }
        out.push(Val::from(one(ctx, &path, &params)?));
    }
    Ok(out)
}

fn one(ctx: &mut Ctx<'_>, path: &str, params: &Params) -> Res<String> {
    let path = search::relative_to_play(ctx, path);
    let outside = ctx.templar().outside();
    let _made_by_one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let throwaway = path == "/dev/null";
    let content = outside.read(Path::new(&path)).ok().filter(|_| !throwaway);
    let mut changed = content.is_none();
    let (plain, mut salt, mut ident) = match content {
        Some(content) => stored(surrogates::decode(&content).trim_end()),
        None => (params.fresh()?, None, None),
    };
    if let Some(encrypt) = &params.encrypt {
        if salt.is_none() {
            let size = match encrypt.as_str() {
                "bcrypt" => 22,
                "sha256_crypt" | "sha512_crypt" => 16,
                _ => 8,
            };
            let chars: Vec<char> = LETTERS.chars().chain('0'..='9').chain(['.', '/']).collect();
            salt = Some((0..size).map(|_| Ok(chars[Os.index(chars.len())?])).collect::<Res<String>>()?);
            changed = true;
        }
        match (&ident, &params.ident) {
            (None, Some(wanted)) => ident = Some(wanted.clone()),
            (Some(known), Some(wanted)) if known != wanted => {
                return Err(error(format!(
                    "The ident parameter provided ({wanted}) does not match the stored one ({known})."
                )));
            }
            _ => {}
        }
        if ident.is_none() && encrypt == "bcrypt" {
            ident = Some("2b".into());
            changed = true;
        }
    }
    if changed && !throwaway {
        let mut line = plain.clone();
        if let Some(salt) = &salt {
            line.push_str(&format!(" salt={salt}"));
            if let Some(ident) = &ident {
                line.push_str(&format!(" ident={ident}"));
            }
        }
        outside
            .write_secret(Path::new(&path), format!("{line}\n").as_bytes())
            .map_err(|why| error(format!("cannot write the password file {path}: {why}")))?;
    }
    match &params.encrypt {
        Some(encrypt) => {
            let settings = crypt::Settings { salt, ident, ..crypt::Settings::default() };
            crypt::hash(plain.as_bytes(), encrypt, &settings, &mut Os, ctx.budget())
        }
        None => Ok(plain),
    }
}
