//! Delimiters, white space settings and the `#jinja2:` header.

use super::SyntaxFault;
use std::sync::Arc;

/// How a source is cut and printed; Ansible's defaults.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxOptions {
    /// Start of a statement.
    pub block_start_string: String,
    /// End of a statement.
    pub block_end_string: String,
    /// Start of an expression.
    pub variable_start_string: String,
    /// End of an expression.
    pub variable_end_string: String,
    /// Start of a comment.
    pub comment_start_string: String,
    /// End of a comment.
    pub comment_end_string: String,
    /// What begins a line that is a statement.
    pub line_statement_prefix: Option<String>,
    /// What begins a comment to the end of the line.
    pub line_comment_prefix: Option<String>,
    /// Whether the newline after a statement is dropped.
    pub trim_blocks: bool,
    /// Whether the white space before a statement on its line is dropped.
    pub lstrip_blocks: bool,
    /// What newlines of the template's text become.
    pub newline_sequence: String,
    /// Whether the template's last newline is kept.
    pub keep_trailing_newline: bool,
}

impl Default for SyntaxOptions {
    fn default() -> Self {
        Self {
            block_start_string: "{%".into(),
            block_end_string: "%}".into(),
            variable_start_string: "{{".into(),
            variable_end_string: "}}".into(),
            comment_start_string: "{#".into(),
            comment_end_string: "#}".into(),
            line_statement_prefix: None,
            line_comment_prefix: None,
            trim_blocks: true,
            lstrip_blocks: false,
            newline_sequence: "\n".into(),
            keep_trailing_newline: false,
        }
    }
}

impl SyntaxOptions {
    /// Whether a source has anything to render: other files stay as they are, to their newlines.
    pub(crate) fn may_be_template(&self, source: &str) -> bool {
        let starts = [&self.block_start_string, &self.variable_start_string, &self.comment_start_string];
        source.starts_with(HEADER) || starts.iter().any(|start| source.contains(start.as_str()))
    }
}

/// What a source with options of its own begins with.
const HEADER: &str = "#jinja2:";

/// Everything a parse depends on beside the source.
#[derive(Debug)]
pub(crate) struct Syntax {
    pub(crate) options: Arc<SyntaxOptions>,
    /// Backslashes in the strings of `{{ }}` are no escapes (YAML has done those already).
    pub(crate) raw_strings: bool,
    /// The `do` statement is enabled.
    pub(crate) do_statement: bool,
    /// `break` and `continue` are enabled.
    pub(crate) loop_controls: bool,
}

/// Splits the `#jinja2:` header off a source and applies it to the options.
pub(crate) fn header<'a>(
    source: &'a str,
    options: &SyntaxOptions,
) -> Result<(&'a str, SyntaxOptions), SyntaxFault> {
    let Some(rest) = source.strip_prefix(HEADER) else { return Ok((source, options.clone())) };
    let fault = |message: String| SyntaxFault { kind: "ValueError", message, at: 0 };
    let Some((line, body)) = rest.split_once('\n') else {
        return Err(fault("Missing newline after '#jinja2:' override.".into()));
    };
    let mut options = options.clone();
    for pair in line.split(',') {
        if pair.trim().is_empty() {
            return Err(fault("Empty '#jinja2:' override pair not allowed.".into()));
        }
        let Some((key, value)) = pair.split_once(':') else {
            return Err(fault(format!(
                "Missing key-value separator `:` in '#jinja2:' override pair {}.",
                rplay_value::str_repr(pair)
            )));
        };
        set(&mut options, key.trim(), value.trim())?;
    }
    let starts = [&options.block_start_string, &options.variable_start_string, &options.comment_start_string];
    if starts[0] == starts[1] || starts[1] == starts[2] || starts[0] == starts[2] {
        return Err(fault("Block, variable and comment start strings must be different.".into()));
    }
    if starts.iter().any(|start| start.is_empty()) {
        return Err(fault("A start string must not be empty.".into()));
    }
    Ok((body, options))
}

fn set(options: &mut SyntaxOptions, key: &str, value: &str) -> Result<(), SyntaxFault> {
    match key {
        "block_start_string" => options.block_start_string = text(key, value)?,
        "block_end_string" => options.block_end_string = text(key, value)?,
        "variable_start_string" => options.variable_start_string = text(key, value)?,
        "variable_end_string" => options.variable_end_string = text(key, value)?,
        "comment_start_string" => options.comment_start_string = text(key, value)?,
        "comment_end_string" => options.comment_end_string = text(key, value)?,
        "line_statement_prefix" => options.line_statement_prefix = optional_text(key, value)?,
        "line_comment_prefix" => options.line_comment_prefix = optional_text(key, value)?,
        "newline_sequence" => {
            let sequence = text(key, value)?;
            if !matches!(sequence.as_str(), "\n" | "\r\n" | "\r") {
                let message = format!(
                    "TemplateOverrides.{key} must be one of ('\\n', '\\r\\n', '\\r') instead of {}",
                    rplay_value::str_repr(&sequence)
                );
                return Err(SyntaxFault { kind: "ValueError", message, at: 0 });
            }
            options.newline_sequence = sequence;
        }
        "trim_blocks" => options.trim_blocks = boolean(key, value)?,
        "lstrip_blocks" => options.lstrip_blocks = boolean(key, value)?,
        "keep_trailing_newline" => options.keep_trailing_newline = boolean(key, value)?,
        _ => {
            let message = format!("Invalid '#jinja2:' override key {}.", rplay_value::str_repr(key));
            return Err(SyntaxFault { kind: "ValueError", message, at: 0 });
        }
    }
    Ok(())
}

fn boolean(key: &str, value: &str) -> Result<bool, SyntaxFault> {
    match value {
        "True" => Ok(true),
        "False" => Ok(false),
        // Ansible reads Python literals only; `true` and `false` are what people mean.
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong_type(key, "bool", value)),
    }
}

fn optional_text(key: &str, value: &str) -> Result<Option<String>, SyntaxFault> {
    if value == "None" { Ok(None) } else { text(key, value).map(Some) }
}

fn text(key: &str, value: &str) -> Result<String, SyntaxFault> {
    let quoted = value
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .or_else(|| value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')));
    match quoted {
        Some(body) => {
            super::escape::decode(body).map_err(|message| SyntaxFault { kind: "SyntaxError", message, at: 0 })
        }
        None => Err(wrong_type(key, "str", value)),
    }
}

fn wrong_type(key: &str, wanted: &str, value: &str) -> SyntaxFault {
    let given = match value.as_bytes() {
        [b'\'' | b'"', ..] => "str",
        b"None" => "NoneType",
        b"True" | b"False" => "bool",
        [digit, ..] if digit.is_ascii_digit() => "int",
        _ => "unknown",
    };
    let message = format!("TemplateOverrides.{key} must be <class '{wanted}'> instead of <class '{given}'>");
    SyntaxFault { kind: "TypeError", message, at: 0 }
}
