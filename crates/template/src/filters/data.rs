//! JSON and YAML.

use super::{profile::Profile, util};
use crate::{
    Args, Ctx, Fault, Res, Val,
    python::{
        base64,
        json::{self, Options},
    },
};
use rplay_value::{Dict, Tag, surrogates};
use rplay_yaml::emit::{self, LineBreak, ScalarForm, Style};

fn given(value: Option<Val>) -> Option<Val> {
    value.filter(|value| !value.is_none())
}

/// Options that `json.dumps` takes by name.
fn json_options(ctx: &mut Ctx<'_>, args: &mut Args, options: &mut Options) -> Res<()> {
    if let Some(indent) = given(args.take_kw("indent")) {
        options.indent = Some(indent_text(ctx, &indent)?);
        options.item_separator = ",".into();
    }
    for (name, slot) in [
        ("sort_keys", &mut options.sort_keys),
        ("ensure_ascii", &mut options.ensure_ascii),
        ("allow_nan", &mut options.allow_nan),
    ] {
        if let Some(value) = args.take_kw(name) {
            *slot = ctx.truth(&value)?;
        }
    }
    if let Some(separators) = given(args.take_kw("separators")) {
        let parts = ctx.iterate(&separators)?;
        let [item, key] = parts.as_slice() else {
            return Err(Fault::value_error(format!(
                "{} values to unpack (expected 2)",
                if parts.len() < 2 { "not enough" } else { "too many" }
            )));
        };
        options.item_separator = ctx.str(item)?;
        options.key_separator = ctx.str(key)?;
    }
    // Ansible's encoder refuses odd keys before `skipkeys` could skip them; nothing here can be circular.
    for ignored in ["skipkeys", "check_circular"] {
        args.take_kw(ignored);
    }
    match args.kw.first() {
        None => Ok(()),
        Some((key, _)) => Err(Fault::type_error(format!(
            "JSONEncoder.__init__() got an unexpected keyword argument '{key}'"
        ))),
    }
}

fn indent_text(ctx: &Ctx<'_>, indent: &Val) -> Res<String> {
    match indent {
        Val::Str(text) => Ok(text.to_string()),
        other => {
            let width = util::count(Some(other.clone()), 0)?;
            ctx.budget().text(width)?;
            Ok(" ".repeat(width))
        }
    }
}

fn dumps(ctx: &mut Ctx<'_>, value: &Val, profile: Profile, options: &Options) -> Res<Val> {
    let value = profile.marked(storable(ctx, value, profile)?);
    json::dumps(&value, options).map(Val::from)
}

fn not_serializable(type_name: &str, profile: Profile) -> Fault {
    let profile = profile.name();
    Fault::type_error(format!(
        "Object of type '{type_name}' is not JSON serializable by the '{profile}' profile."
    ))
}

/// The profile that an argument names.
fn profile_of(ctx: &mut Ctx<'_>, name: Option<Val>) -> Res<Profile> {
    match name.unwrap_or(Val::None) {
        Val::Str(name) if !name.is_empty() => Profile::of(&name).ok_or_else(|| {
            Fault::value_error(format!("Unknown profile name {}.", rplay_value::str_repr(&name)))
        }),
        other if ctx.truth(&other)? => Err(Fault::type_error(format!(
            "Name is {} instead of <class 'str'> or <class 'module'>.",
            util::class(&other)
        ))),
        _ => Ok(Profile::Tagless),
    }
}

/// The parameters `names` of `function`, and the keywords it hands on.
fn handing_on<const N: usize>(args: Args, function: &str, names: [&str; N]) -> Res<([Option<Val>; N], Args)> {
    let (own, others) = args.kw.into_iter().partition(|(key, _)| names.contains(&key.as_str()));
    let bound = Args { pos: args.pos, kw: own }.bind(function, names, 1)?;
    Ok((bound, Args { pos: Vec::new(), kw: others }))
}

/// Whether a container made by the template holds `omit`, which is no JSON.
fn holds_omit(ctx: &mut Ctx<'_>, value: &Val) -> Res<bool> {
    let items = match value {
        Val::Omit => return Ok(true),
        Val::List(list) if list.untouched().is_none() => list.items(ctx)?,
        Val::Tuple(items) => items.to_vec(),
        Val::Dict(dict) if dict.untouched().is_none() => {
            dict.entries(ctx)?.into_iter().map(|(_, value)| value).collect()
        }
        _ => return Ok(false),
    };
    for item in &items {
        if ctx.deeper(|ctx| holds_omit(ctx, item))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The value as data, with Python's words for what is none.
fn storable(ctx: &mut Ctx<'_>, value: &Val, profile: Profile) -> Res<rplay_value::Value> {
    if let Val::Range(_) = value {
        let items = Val::from(ctx.iterate(value)?);
        return storable(ctx, &items, profile);
    }
    if ctx.accepting_markers(|ctx| holds_omit(ctx, value))? {
        return Err(not_serializable("_OmitType", profile));
    }
    ctx.finalize(value).map_err(|fault| match &fault {
        Fault::Raised(raised) if raised.kind == "AnsibleVariableTypeError" => {
            let name = raised.message.split('\'').nth(1).unwrap_or("object").to_owned();
            not_serializable(&name, profile)
        }
        _ => fault,
    })
}

pub(super) fn to_json(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    to_json_with(ctx, args, Options::default())
}

fn to_json_with(ctx: &mut Ctx<'_>, args: Args, mut options: Options) -> Res<Val> {
    let ([value, profile, vaults, unsafes], mut others) =
        handing_on(args, "to_json", ["a", "profile", "vault_to_text", "preprocess_unsafe"])?;
    // Deprecated arguments that have no meaning any more.
    let deprecated = [("vault_to_text", vaults), ("preprocess_unsafe", unsafes)];
    if let Some(profile) = &profile
        && ctx.truth(profile)?
        && let Some((name, _)) = deprecated.iter().find(|(_, given)| given.is_some())
    {
        return Err(Fault::value_error(format!("Only one of `{name}` or `profile` can be specified.")));
    }
    let profile = profile_of(ctx, profile)?;
    json_options(ctx, &mut others, &mut options)?;
    dumps(ctx, &value.unwrap_or(Val::None), profile, &options)
}

pub(super) fn to_nice_json(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let ([value, indent, sort_keys], mut others) =
        handing_on(args, "to_nice_json", ["a", "indent", "sort_keys"])?;
    others.take_kw("separators");
    others.pos.extend(value);
    let indent = match indent.unwrap_or(Val::Int(4)) {
        Val::None => None,
        indent => Some(indent_text(ctx, &indent)?),
    };
    let sort_keys = util::flag(ctx, sort_keys, true)?;
    to_json_with(ctx, others, Options { indent, sort_keys, item_separator: ",".into(), ..Options::default() })
}

pub(super) fn tojson(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, indent] = args.bind_in_context("do_tojson", ["value", "indent"], 1)?;
    let mut options = Options { sort_keys: true, html_safe: true, ..Options::default() };
    if let Some(indent) = given(indent) {
        options.indent = Some(indent_text(ctx, &indent)?);
        options.item_separator = ",".into();
    }
    dumps(ctx, &value.unwrap_or(Val::None), Profile::Tagless, &options).map(|text| text.markup_if(true))
}

pub(super) fn from_json(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, profile] = args.bind("from_json", ["a", "profile"], 1)?;
    let profile = profile_of(ctx, profile)?;
    let strict = ctx.templar().settings().strict_utf8;
    match value.unwrap_or(Val::None) {
        Val::Str(text) => {
            profile.parse(&text, strict).map(|value| Val::from_value(&profile.read(value, text.is_trusted())))
        }
        Val::Bytes(bytes) => profile
            .parse(&surrogates::decode(&bytes), strict)
            .map(|value| Val::from_value(&profile.read(value, false))),
        other => Err(Fault::type_error(format!(
            "the JSON object must be str, bytes or bytearray, not {}",
            other.type_name()
        ))),
    }
}

fn yaml_style(ctx: &mut Ctx<'_>, args: &mut Args, style: &mut Style) -> Res<()> {
    let small = |value: &Val| match value {
        // The emitter written in C cuts the fraction off.
        Val::Float(float) => Ok(*float as i32),
        value => util::integer(Some(value.clone()), 0).map(|int| i32::try_from(int).unwrap_or(i32::MAX)),
    };
    if let Some(flow) = args.take_kw("default_flow_style") {
        style.default_flow = if flow.is_none() { None } else { Some(ctx.truth(&flow)?) };
    }
    if let Some(indent) = given(args.take_kw("indent")) {
        style.indent = small(&indent)?;
    }
    if let Some(width) = given(args.take_kw("width")) {
        style.width = match &width {
            Val::Float(float) if *float > 1e9 => i32::MAX,
            width => small(width)?,
        };
    }
    for (name, slot) in [
        ("sort_keys", &mut style.sort_keys),
        ("explicit_start", &mut style.explicit_start),
        ("explicit_end", &mut style.explicit_end),
        ("canonical", &mut style.canonical),
    ] {
        if let Some(value) = args.take_kw(name) {
            *slot = ctx.truth(&value)?;
        }
    }
    if let Some(scalar) = given(args.take_kw("default_style")) {
        style.default_style = match scalar.as_str() {
            Some("'") => Some(ScalarForm::Single),
            Some("\"") => Some(ScalarForm::Double),
            Some("|") => Some(ScalarForm::Literal),
            Some(">") => Some(ScalarForm::Folded),
            _ => None,
        };
    }
    if let Some(end) = given(args.take_kw("line_break")) {
        style.line_break = match end.as_str() {
            Some("\r") => LineBreak::Cr,
            Some("\r\n") => LineBreak::CrLf,
            _ => LineBreak::Lf,
        };
    }
    if let Some(version) = given(args.take_kw("version")) {
        style.version = Some(yaml_version(ctx, &version)?);
    }
    match args.kw.iter().find(|(key, value)| !(matches!(&**key, "encoding" | "tags") && value.is_none())) {
        None => Ok(()),
        Some((key, _)) if &**key == "allow_unicode" => {
            Err(Fault::type_error("yaml.dump() got multiple values for keyword argument 'allow_unicode'"))
        }
        Some((key, _)) if matches!(&**key, "encoding" | "tags" | "Dumper") => {
            Err(Fault::plugin(format!("the YAML option '{key}' is not supported")))
        }
        Some((key, _)) => {
            Err(Fault::type_error(format!("dump_all() got an unexpected keyword argument '{key}'")))
        }
    }
}

/// The two numbers of `%YAML`, of which libyaml knows two pairs.
fn yaml_version(ctx: &mut Ctx<'_>, version: &Val) -> Res<(u8, u8)> {
    match ctx.iterate(version)?.as_slice() {
        [Val::Int(1), Val::Int(1)] => Ok((1, 1)),
        [Val::Int(1), Val::Int(2)] => Ok((1, 2)),
        _ => Err(Fault::raised("EmitterError", "incompatible %YAML directive")),
    }
}

fn dump_yaml(ctx: &mut Ctx<'_>, mut args: Args, mut style: Style, positional_indent: bool) -> Res<Val> {
    if positional_indent && args.pos.len() > 1 {
        let indent = args.pos.remove(1);
        if args.kw.iter().any(|(key, _)| &**key == "indent") {
            return Err(Fault::type_error("to_nice_yaml() got multiple values for argument 'indent'"));
        }
        args.kw.push(("indent".into(), indent));
    }
    yaml_style(ctx, &mut args, &mut style)?;
    let value = args.pos.into_iter().next().unwrap_or(Val::None);
    let value = ctx.finalize(&value).map_err(|fault| match fault {
        Fault::Raised(raised) => Fault::raised("RepresenterError", raised.message),
        other => other,
    })?;
    value.check_utf8().map_err(|error| base64::not_utf8(&error))?;
    emit::to_string(&value, &style)
        .map(Val::from)
        .map_err(|error| Fault::raised("EmitterError", error.to_string()))
}

pub(super) fn to_yaml(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    dump_yaml(ctx, args, Style { default_flow: None, ..Style::default() }, false)
}

pub(super) fn to_nice_yaml(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    dump_yaml(ctx, args, Style { indent: 4, ..Style::default() }, true)
}

/// Ansible reads the text as untrusted data unless the text itself may be a template.
fn documents(text: &rplay_value::Str) -> Res<Vec<Val>> {
    let source = rplay_yaml::Source::new("<unicode string>", text.as_str());
    let trust = if text.is_trusted() { rplay_yaml::Trust::Trusted } else { rplay_yaml::Trust::Untrusted };
    let documents = rplay_yaml::load_all(&source, trust)
        .map_err(|error| Fault::raised("AnsibleYAMLParserError", error.message()))?;
    Ok(documents.iter().map(|document| Val::from_value(&document.root.to_value())).collect())
}

pub(super) fn from_yaml(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    match util::only(args, "from_yaml")? {
        Val::Str(text) => {
            let mut documents = documents(&text)?;
            if documents.len() > 1 {
                return Err(Fault::raised(
                    "AnsibleYAMLParserError",
                    "YAML parsing failed: Expected a single document in the stream.",
                ));
            }
            Ok(documents.pop().unwrap_or(Val::None))
        }
        Val::None => Ok(Val::None),
        other => {
            ctx.deprecated(&format!(
                "The from_yaml filter ignored non-string input of type '{}'.",
                other.type_name()
            ));
            Ok(other)
        }
    }
}

pub(super) fn from_toml(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let text = match util::only(args, "from_toml")? {
        Val::Str(text) => text,
        other => {
            let found = other.type_name();
            return Err(Fault::plugin(format!(
                "Invalid input type for from_toml: {found}, string is required"
            )));
        }
    };
    let tag = Tag { trusted: text.is_trusted(), ..Tag::default() };
    Dict::from_toml(&text, &tag)
        .map(|document| Val::from_value(&document.into()))
        .map_err(|error| Fault::raised("TOMLDecodeError", error.to_string()))
}

pub(super) fn from_yaml_all(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    match util::only(args, "from_yaml_all")? {
        Val::Str(text) => documents(&text).map(Val::from),
        Val::None => Ok(Val::from(Vec::new())),
        other => {
            ctx.deprecated(&format!(
                "The from_yaml_all filter ignored non-string input of type '{}'.",
                other.type_name()
            ));
            Ok(other)
        }
    }
}
