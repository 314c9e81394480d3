//! From values to emitter events, as PyYAML's representer and serializer do it.

use super::{
    ScalarForm, Style,
    astral::hide,
    resolve::resolve,
    shared::{Place, Shared},
};
use base64::Engine;
use libyaml_safer::{Emitter, Event, MappingStyle, ScalarStyle, SequenceStyle};
use rplay_value::{Dict, Key, Value, float_repr};
use std::cmp::Ordering;

/// What ends a line of YAML.
const BREAKS: &[char] = &['\n', '\u{85}', '\u{2028}', '\u{2029}'];

const TAG: &str = "tag:yaml.org,2002:";

/// A node with its style decided.
pub(super) enum Node {
    Scalar {
        tag: &'static str,
        text: String,
        style: ScalarStyle,
    },
    Sequence {
        items: Vec<Node>,
        flow: bool,
    },
    Mapping {
        entries: Vec<(Node, Node)>,
        flow: bool,
    },
    /// A node that stands at several places.
    Anchored(String, Box<Node>),
    /// The node of that anchor again.
    Alias(String),
}

pub(super) fn represent(value: &Value, style: &Style, shared: &mut Shared) -> Node {
    match shared.place(value) {
        Place::Plain => content(value, style, shared),
        Place::Anchor(name) => Node::Anchored(name, Box::new(content(value, style, shared))),
        Place::Alias(name) => Node::Alias(name),
    }
}

fn content(value: &Value, style: &Style, shared: &mut Shared) -> Node {
    match value {
        Value::None => scalar("null", "null".into(), style),
        Value::Bool(bool) => scalar("bool", bool.to_string(), style),
        Value::Int(int) => scalar("int", int.to_string(), style),
        Value::BigInt(int) => scalar("int", int.to_string(), style),
        Value::Float(float) => scalar("float", float_text(*float), style),
        Value::Str(text) if let Some(ciphertext) = text.tag().and_then(|tag| tag.ciphertext.as_deref()) => {
            literal("!vault", ciphertext.to_owned())
        }
        Value::Str(text) if style.block_texts && text.contains(BREAKS) => literal("str", text.to_string()),
        Value::Str(text) => scalar("str", text.to_string(), style),
        Value::Date(_) | Value::DateTime(_) => scalar("timestamp", value.to_text(), style),
        Value::Bytes(bytes) => literal("binary", base64_lines(bytes)),
        Value::Vaulted(vaulted) => literal("!vault", vaulted.ciphertext.to_string()),
        Value::List(items) => {
            let items: Vec<Node> = items.iter().map(|item| represent(item, style, shared)).collect();
            let flow = style.default_flow.unwrap_or_else(|| items.iter().all(Node::is_plain));
            Node::Sequence { items, flow }
        }
        Value::Dict(dict) => mapping(dict, style, shared),
    }
}

/// The entries of a dictionary in the order they are written in.
pub(super) fn entries<'d>(dict: &'d Dict, style: &Style) -> Vec<(&'d Key, &'d Value)> {
    let mut entries: Vec<(&Key, &Value)> = dict.iter().collect();
    if style.sort_keys {
        sort_by_key(&mut entries);
    }
    entries
}

fn mapping(dict: &Dict, style: &Style, shared: &mut Shared) -> Node {
    let entries: Vec<(Node, Node)> = entries(dict, style)
        .into_iter()
        .map(|(key, value)| (represent(key.as_value(), style, shared), represent(value, style, shared)))
        .collect();
    let flow = style
        .default_flow
        .unwrap_or_else(|| entries.iter().all(|(key, value)| key.is_plain() && value.is_plain()));
    Node::Mapping { entries, flow }
}

/// Sorts as Python would; keys that Python cannot compare leave the order alone.
fn sort_by_key(entries: &mut [(&Key, &Value)]) {
    let kind = |key: &Key| match key.as_value() {
        Value::Str(_) => 1,
        Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => 2,
        Value::Bytes(_) => 3,
        Value::Date(_) => 4,
        Value::DateTime(_) => 5,
        _ => 0,
    };
    let kinds: Vec<u8> = entries.iter().map(|(key, _)| kind(key)).collect();
    if kinds.windows(2).all(|pair| pair[0] == pair[1] && pair[0] != 0) {
        entries.sort_by(|a, b| compare(a.0.as_value(), b.0.as_value()));
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::DateTime(a), Value::DateTime(b)) => a.civil.cmp(&b.civil),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        _ => as_float(a).partial_cmp(&as_float(b)).unwrap_or(Ordering::Equal),
    }
}

fn as_float(value: &Value) -> f64 {
    match value {
        Value::Bool(bool) => f64::from(u8::from(*bool)),
        Value::Int(int) => *int as f64,
        Value::Float(float) => *float,
        other => other.to_text().parse().unwrap_or(f64::NAN),
    }
}

fn scalar(tag: &'static str, text: String, style: &Style) -> Node {
    let style = match style.default_style {
        None => ScalarStyle::Any,
        Some(ScalarForm::Single) => ScalarStyle::SingleQuoted,
        Some(ScalarForm::Double) => ScalarStyle::DoubleQuoted,
        Some(ScalarForm::Literal) => ScalarStyle::Literal,
        Some(ScalarForm::Folded) => ScalarStyle::Folded,
    };
    Node::Scalar { tag, text, style }
}

fn literal(tag: &'static str, text: String) -> Node {
    Node::Scalar { tag, text, style: ScalarStyle::Literal }
}

fn float_text(float: f64) -> String {
    if float.is_nan() {
        return ".nan".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let text = float_repr(float);
    if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
}

fn base64_lines(bytes: &[u8]) -> String {
    let encode = |chunk| base64::engine::general_purpose::STANDARD.encode(chunk) + "\n";
    bytes.chunks(57).map(encode).collect()
}

impl Node {
    fn is_plain(&self) -> bool {
        matches!(self, Node::Scalar { style: ScalarStyle::Any, .. })
    }

    pub(super) fn emit(self, emitter: &mut Emitter<'_>) -> libyaml_safer::Result<()> {
        self.emit_with(None, emitter)
    }

    fn emit_with(self, anchor: Option<&str>, emitter: &mut Emitter<'_>) -> libyaml_safer::Result<()> {
        match self {
            Node::Anchored(name, node) => node.emit_with(Some(&name), emitter),
            Node::Alias(name) => emitter.emit(Event::alias(&name)),
            Node::Scalar { tag, text, style } => emitter.emit(scalar_event(anchor, tag, &text, style)),
            Node::Sequence { items, flow } => {
                let style = if flow { SequenceStyle::Flow } else { SequenceStyle::Block };
                emitter.emit(Event::sequence_start(anchor, Some(&format!("{TAG}seq")), true, style))?;
                for item in items {
                    item.emit(emitter)?;
                }
                emitter.emit(Event::sequence_end())
            }
            Node::Mapping { entries, flow } => {
                let style = if flow { MappingStyle::Flow } else { MappingStyle::Block };
                emitter.emit(Event::mapping_start(anchor, Some(&format!("{TAG}map")), true, style))?;
                for (key, value) in entries {
                    key.emit(emitter)?;
                    value.emit(emitter)?;
                }
                emitter.emit(Event::mapping_end())
            }
        }
    }
}

fn scalar_event(anchor: Option<&str>, tag: &str, text: &str, style: ScalarStyle) -> Event {
    let full = if tag.starts_with('!') { tag.to_owned() } else { format!("{TAG}{tag}") };
    Event::scalar(anchor, Some(&full), &hide(text), tag == resolve(text), tag == "str", style)
}
