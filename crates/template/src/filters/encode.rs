//! Encodings, hashes, passwords, UUIDs and URLs.

use super::{number::parse_int, util};
use crate::{
    Args, Ctx, Fault, HashKey, Res, Val,
    python::{base64, crypt, hashes, random::Os, url},
};
use rplay_value::{Str, surrogates};

pub(super) fn b64encode(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, encoding, url_safe] = args.bind("b64encode", ["string", "encoding", "urlsafe"], 1)?;
    let bytes = match value.unwrap_or(Val::None) {
        Val::Bytes(bytes) => bytes.to_vec(),
        other => {
            let text = ctx.str(&other)?;
            base64::encode_text(&text, &codec(encoding, "encode")?)?
        }
    };
    Ok(Val::from(base64::encode(&bytes, util::flag(ctx, url_safe, false)?)))
}

pub(super) fn b64decode(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, encoding, url_safe] = args.bind("b64decode", ["string", "encoding", "urlsafe"], 1)?;
    let text = util::to_text(ctx, &value.unwrap_or(Val::None))?;
    let bytes = base64::decode(&text, util::flag(ctx, url_safe, false)?)?;
    let encoding = codec(encoding, "decode")?;
    // Python does not look for the codec of nothing.
    if bytes.is_empty() { Ok(Val::from("")) } else { base64::decode_text(&bytes, &encoding).map(Val::from) }
}

/// The name of an encoding, as the method `function` takes it.
fn codec(name: Option<Val>, function: &str) -> Res<Str> {
    match name {
        None => Ok("utf-8".into()),
        Some(Val::Str(name)) => Ok(name),
        Some(other) => {
            let name = if other.is_none() { "None" } else { other.type_name() };
            Err(Fault::type_error(format!("{function}() argument 'encoding' must be str, not {name}")))
        }
    }
}

pub(super) fn hash(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data, kind] = args.bind("get_hash", ["data", "hashtype"], 1)?;
    let kind = match kind.unwrap_or_else(|| Val::from("sha1")) {
        Val::Str(kind) => kind,
        other => {
            // The name is looked up in a dictionary first.
            HashKey::new(other).map_err(|fault| Fault::plugin(fault.cause().message))?;
            return Err(Fault::plugin("name must be a string"));
        }
    };
    let data = util::to_bytes(ctx, &data.unwrap_or(Val::None))?;
    hashes::hex_digest(&kind, &data).map(Val::from).map_err(|fault| Fault::plugin(fault.cause().message))
}

fn digest(ctx: &mut Ctx<'_>, data: Option<Val>, kind: &str) -> Res<Val> {
    let data = util::to_bytes(ctx, &data.unwrap_or(Val::None))?;
    hashes::hex_digest(kind, &data).map(Val::from)
}

pub(super) fn md5(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data] = args.bind("md5s", ["data"], 1)?;
    digest(ctx, data, "md5")
}

pub(super) fn sha1(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data, function] = args.bind("secure_hash_s", ["data", "hash_func"], 1)?;
    if let Some(other) = function {
        // A template has no function of this kind to give.
        return Err(Fault::type_error(format!("'{}' object is not callable", other.type_name())));
    }
    digest(ctx, data, "sha1")
}

pub(super) fn password_hash(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [password, kind, salt, size, rounds, ident] = args.bind(
        "get_encrypted_password",
        ["password", "hashtype", "salt", "salt_size", "rounds", "ident"],
        1,
    )?;
    let kind = util::text(ctx, kind, "sha512")?;
    crypt::check_algorithm(&kind)?;
    let secret = match password.unwrap_or(Val::None) {
        Val::Str(text) => text.as_bytes().to_vec(),
        Val::Bytes(bytes) => bytes.to_vec(),
        other => {
            return Err(Fault::type_error(format!(
                "secret must be unicode or bytes, not {}",
                other.type_name()
            )));
        }
    };
    let number = |value: Option<Val>, what: &str| match value {
        None | Some(Val::None) => Ok(None),
        Some(Val::Int(int)) => Ok(Some(int)),
        Some(Val::Str(text)) => {
            let int = parse_int(&text, 10).and_then(|int| i64::try_from(int).ok());
            int.map(Some).ok_or_else(|| {
                let shown = rplay_value::str_repr(&text);
                let why = format!("invalid literal for int() with base 10: {shown}");
                Fault::raised("AnsibleError", format!("Could not hash the secret: {why}"))
            })
        }
        Some(_) => Err(Fault::type_error(format!("{what} must be an integer"))),
    };
    let mut written = |value: Option<Val>| -> Res<Option<String>> {
        value.filter(|value| !value.is_none()).map(|value| ctx.str(&value)).transpose()
    };
    let settings = crypt::Settings {
        salt: written(salt)?,
        ident: written(ident)?,
        salt_size: number(size, "salt_size")?,
        rounds: number(rounds, "rounds")?,
    };
    crypt::hash(&secret, &kind, &settings, &mut Os, ctx.budget()).map(Val::from)
}

pub(super) fn to_uuid(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, namespace] = args.bind("to_uuid", ["string", "namespace"], 1)?;
    let namespace = util::text(ctx, namespace, hashes::ANSIBLE_NAMESPACE)?;
    let name = util::to_text(ctx, &value.unwrap_or(Val::None))?;
    hashes::uuid5(&namespace, &name).map(Val::from).map_err(|fault| {
        Fault::plugin(format!("Invalid value '{namespace}' for 'namespace': {}", fault.cause().message))
    })
}

fn quote(text: &str, safe: &str) -> Res<String> {
    surrogates::check(text).map_err(|error| base64::not_utf8(&error))?;
    Ok(url::quote(text, safe))
}

pub(super) fn urlencode(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_urlencode")?;
    let pairs = match &value {
        Val::Dict(dict) => {
            dict.entries(ctx)?.into_iter().map(|(key, value)| (key.value().clone(), value)).collect()
        }
        Val::List(_) | Val::Tuple(_) | Val::Range(_) => {
            let mut pairs = Vec::new();
            for pair in ctx.iterate(&value)? {
                let pair = ctx.iterate(&pair).map_err(|fault| match fault {
                    Fault::Raised(_) => {
                        Fault::type_error(format!("cannot unpack non-iterable {} object", pair.type_name()))
                    }
                    other => other,
                })?;
                let [key, value] = pair.as_slice() else {
                    let what = if pair.len() < 2 { "not enough" } else { "too many" };
                    let got = if pair.len() < 2 { format!(", got {}", pair.len()) } else { String::new() };
                    return Err(Fault::value_error(format!("{what} values to unpack (expected 2{got})")));
                };
                pairs.push((key.clone(), value.clone()));
            }
            pairs
        }
        other => return Ok(Val::from(quote(&util::to_text(ctx, other)?, "/")?)),
    };
    let mut out = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let mut part =
            |value: &Val| -> Res<String> { Ok(quote(&util::to_text(ctx, value)?, "")?.replace("%20", "+")) };
        out.push(format!("{}={}", part(&key)?, part(&value)?));
    }
    Ok(Val::from(out.join("&")))
}

pub(super) fn urldecode(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, _, _] = args.bind("unquote_plus", ["string", "encoding", "errors"], 1)?;
    match value.unwrap_or(Val::None) {
        Val::Str(text) => Ok(Val::from(url::unquote_plus(&text))),
        other => {
            Err(Fault::attribute_error(format!("'{}' object has no attribute 'replace'", other.type_name())))
        }
    }
}

pub(super) fn urlsplit(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, query, alias] = args.bind("split_url", ["value", "query", "alias"], 1)?;
    let value = value.unwrap_or(Val::None);
    let Val::Str(text) = &value else {
        return Err(Fault::type_error(format!(
            "Cannot mix str and non-str arguments: {}",
            value.type_name()
        )));
    };
    let parts = url::split(text)?;
    let port = parts.port()?.map(|port| Val::Int(i64::from(port)));
    let all = [
        ("fragment", Val::from(parts.fragment.as_str())),
        ("hostname", Val::from(parts.hostname())),
        ("netloc", Val::from(parts.netloc.as_str())),
        ("password", Val::from(parts.password())),
        ("path", Val::from(parts.path.as_str())),
        ("port", port.unwrap_or(Val::None)),
        ("query", Val::from(parts.query.as_str())),
        ("scheme", Val::from(parts.scheme.as_str())),
        ("username", Val::from(parts.username())),
    ];
    let query = query.unwrap_or(Val::None);
    if !ctx.truth(&query)? {
        return Ok(Val::dict(all));
    }
    let query = ctx.str(&query)?;
    match all.into_iter().find(|(name, _)| *name == query) {
        Some((_, value)) => Ok(value),
        None => {
            let alias = util::text(ctx, alias, "urlsplit")?;
            Err(Fault::value_error(format!("{alias}: unknown URL component: {query}")))
        }
    }
}
