//! JSON and YAML.

use super::{profile::Profile, util};
use crate::{
    Args, Ctx, Fault, Res, Val,
    python::{
        base64,
        json::{self, Options},
    },
};
use rplay_value::surrogates;
use rplay_yaml::emit::{self, LineBreak, ScalarForm, Style};

fn given(value: Option<Val>) -> Option<Val> {
    value.filter(|value| !value.is_none())
}

/// Options that `json.dumps` takes by name.
fn json_options(ctx: &mut Ctx<'_>, args: &mut Args, options: &mut Options) -> Res<()> {
    if let Some(indent) = given(args.take_kw("indent")) {
        options.indent = Some(indent_text(&indent)?);
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
    for ignored in ["skipkeys", "check_circular", "vault_to_text", "preprocess_unsafe"] {
        args.take_kw(ignored);
    }
    match given(args.take_kw("profile")).as_ref().map(Val::as_str) {
        None | Some(Some("tagless")) => {}
        Some(other) => {
            let shown = other.unwrap_or("?");
            return Err(Fault::plugin(format!(
                "the JSON profile '{shown}' is not supported, only 'tagless' is"
            )));
        }
    }
    match args.kw.first() {
        None => Ok(()),
        Some((key, _)) => Err(Fault::type_error(format!(
            "JSONEncoder.__init__() got an unexpected keyword argument '{key}'"
        ))),
    }
}

fn indent_text(indent: &Val) -> Res<String> {
    match indent {
        Val::Str(text) => Ok(text.to_string()),
        other => {
            let width = util::integer(Some(other.clone()), 0)?;
            Ok(" ".repeat(usize::try_from(width).unwrap_or(0).min(1000)))
        }
    }
}

fn dumps(ctx: &mut Ctx<'_>, value: &Val, options: &Options) -> Res<Val> {
    let value = storable(ctx, value)?;
    json::dumps(&value, options).map(Val::from)
}

fn not_serializable(type_name: &str) -> Fault {
    Fault::type_error(format!(
        "Object of type '{type_name}' is not JSON serializable by the 'tagless' profile."
    ))
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
fn storable(ctx: &mut Ctx<'_>, value: &Val) -> Res<rplay_value::Value> {
    if ctx.accepting_markers(|ctx| holds_omit(ctx, value))? {
        return Err(not_serializable("_OmitType"));
    }
    ctx.finalize(value).map_err(|fault| match &fault {
        Fault::Raised(raised) if raised.kind == "AnsibleVariableTypeError" => {
            let name = raised.message.split('\'').nth(1).unwrap_or("object").to_owned();
            Fault::type_error(format!(
                "Object of type '{name}' is not JSON serializable by the 'tagless' profile."
            ))
        }
        _ => fault,
    })
}

pub(super) fn to_json(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let mut options = Options::default();
    json_options(ctx, &mut args, &mut options)?;
    let [value, _, _, _] = args.bind("to_json", ["a", "profile", "vault_to_text", "preprocess_unsafe"], 1)?;
    dumps(ctx, &value.unwrap_or(Val::None), &options)
}

pub(super) fn to_nice_json(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let mut options = Options { indent: Some("    ".into()), sort_keys: true, ..Options::default() };
    args.take_kw("separators");
    if args.kw.iter().any(|(key, value)| &**key == "indent" && value.is_none()) {
        options.indent = None;
    }
    json_options(ctx, &mut args, &mut options)?;
    let [value, indent, sort_keys] = args.bind("to_nice_json", ["a", "indent", "sort_keys"], 1)?;
    match indent {
        Some(Val::None) => options.indent = None,
        Some(indent) => options.indent = Some(indent_text(&indent)?),
        None => {}
    }
    options.sort_keys = util::flag(ctx, sort_keys, options.sort_keys)?;
    options.item_separator = ",".into();
    dumps(ctx, &value.unwrap_or(Val::None), &options)
}

pub(super) fn tojson(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, indent] = args.bind("do_tojson", ["value", "indent"], 1)?;
    let mut options = Options { sort_keys: true, html_safe: true, ..Options::default() };
    if let Some(indent) = given(indent) {
        options.indent = Some(indent_text(&indent)?);
        options.item_separator = ",".into();
    }
    dumps(ctx, &value.unwrap_or(Val::None), &options).map(|text| text.markup_if(true))
}

pub(super) fn from_json(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, profile] = args.bind("from_json", ["a", "profile"], 1)?;
    let profile = match given(profile) {
        None => Profile::Tagless,
        Some(profile) => {
            let name = ctx.str(&profile)?;
            Profile::of(&name).ok_or_else(|| {
                let known = "there are 'tagless', 'legacy' and 'inventory_legacy'";
                Fault::plugin(format!("the JSON profile '{name}' is not supported, {known}"))
            })?
        }
    };
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
    let small =
        |value: &Val| util::integer(Some(value.clone()), 0).map(|int| i32::try_from(int).unwrap_or(i32::MAX));
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
    match args
        .kw
        .iter()
        .find(|(key, value)| !(matches!(&**key, "encoding" | "version" | "tags") && value.is_none()))
    {
        None => Ok(()),
        Some((key, _)) if &**key == "allow_unicode" => {
            Err(Fault::type_error("yaml.dump() got multiple values for keyword argument 'allow_unicode'"))
        }
        Some((key, _)) if matches!(&**key, "encoding" | "version" | "tags" | "Dumper") => {
            Err(Fault::plugin(format!("the YAML option '{key}' is not supported")))
        }
        Some((key, _)) => {
            Err(Fault::type_error(format!("dump_all() got an unexpected keyword argument '{key}'")))
        }
    }
}

fn dump_yaml(ctx: &mut Ctx<'_>, mut args: Args, mut style: Style, positional_indent: bool) -> Res<Val> {
    if positional_indent && args.pos.len() > 1 {
        let indent = args.pos.remove(1);
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
