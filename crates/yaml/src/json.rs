//! JSON texts, which Ansible reads as JSON before it tries YAML (`1e3` is a float there).

use crate::{Kind, Node, Source, Span, Trust};
use rplay_value::{Origin, Str, Tag, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// The node of a text that is a JSON object or list; `None` for anything else. Places are not known: all
/// nodes stand at the beginning.
pub(crate) fn read(source: &Source, trust: Trust) -> Option<Node> {
    if !source.text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let json = serde_json::from_str(&source.text).ok()?;
    let origin = Origin { file: source.name.clone(), line: 1, column: 1 };
    let tag = Tag { trusted: trust == Trust::Trusted, origin: Some(origin), ..Tag::default() };
    Some(node(json, &tag))
}

fn node(json: Json, tag: &Tag) -> Node {
    let kind = match json {
        Json::String(text) => Kind::Scalar(string(text, tag)),
        Json::Array(items) => Kind::Seq(Arc::new(items.into_iter().map(|item| node(item, tag)).collect())),
        Json::Object(entries) => Kind::Map(Arc::new(
            entries
                .into_iter()
                .map(|(key, value)| (Node::scalar(Span::at(1, 1), string(key, tag)), node(value, tag)))
                .collect(),
        )),
        other => Kind::Scalar(Value::from(other)),
    };
    Node { span: Span::at(1, 1), kind }
}

fn string(text: String, tag: &Tag) -> Value {
    Value::Str(Str::tagged(text, tag.clone()))
}
