//! JSON and YAML as Ansible's commands lay them out.

use crate::{Failure, exit};
use rplay_value::Value;
use rplay_yaml::emit::{self, Style};
use serde::Serialize;

/// JSON with sorted keys, four spaces a level.
pub(super) fn json(value: &Value) -> String {
    let mut json = value.to_json();
    json.sort_all_objects();
    let mut out = Vec::new();
    let layout = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let written = json.serialize(&mut serde_json::Serializer::with_formatter(&mut out, layout));
    // Writing JSON into memory has no way to fail.
    written.map(|()| String::from_utf8_lossy(&out).into_owned()).unwrap_or_default()
}

/// YAML in block style.
pub(super) fn yaml(value: &Value) -> Result<String, Failure> {
    emit::to_string(value, &Style::default()).map_err(|error| Failure::new(exit::ERROR, error.to_string()))
}

/// YAML on one line.
pub(super) fn yaml_line(value: &Value) -> Result<String, Failure> {
    let style = Style { default_flow: Some(true), width: -1, ..Style::default() };
    let text =
        emit::to_string(value, &style).map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
    Ok(text.trim_end().to_owned())
}
