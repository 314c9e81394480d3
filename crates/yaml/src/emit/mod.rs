//! Writing values as YAML, byte for byte as PyYAML's safe dumper (over libyaml) writes them.

mod astral;
mod represent;
mod resolve;
mod shared;

use libyaml_safer::{Break, Emitter, Encoding, Event};
use rplay_value::Value;
use shared::Shared;
use thiserror::Error;

/// Why a value could not be written.
#[derive(Debug, Error)]
pub enum EmitError {
    /// The emitter refused an event.
    #[error("cannot write YAML: {0}")]
    Emitter(String),
    /// The emitter produced bytes that are not text.
    #[error("the written YAML is not UTF-8")]
    NotText,
}

/// The scalar style asked for with PyYAML's `default_style`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarForm {
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// The options of PyYAML's `dump`, with its defaults (but `allow_unicode`, which Ansible always sets).
#[derive(Clone, Debug)]
pub struct Style {
    /// `None`: collections of plain scalars in flow style, others in block style.
    pub default_flow: Option<bool>,
    /// Style of all scalars.
    pub default_style: Option<ScalarForm>,
    /// Texts of several lines are written as blocks (`|`), where no style of all scalars is asked for.
    pub block_texts: bool,
    /// Spaces per level; outside 2..=9 libyaml takes 2.
    pub indent: i32,
    /// Line width after which text is folded; negative for no limit.
    pub width: i32,
    /// Keys in order instead of insertion order.
    pub sort_keys: bool,
    /// Print characters beyond ASCII as they are.
    pub allow_unicode: bool,
    /// Write `---`.
    pub explicit_start: bool,
    /// Write `%YAML` and this version.
    pub version: Option<(u8, u8)>,
    /// Write `...`.
    pub explicit_end: bool,
    /// YAML's canonical form.
    pub canonical: bool,
    /// What ends a line.
    pub line_break: LineBreak,
    /// Containers that are one and the same object (not merely equal) are written once, with an anchor, and
    /// referred to by aliases, as PyYAML does it.
    pub aliases: bool,
}

/// Line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineBreak {
    /// `\n`
    #[default]
    Lf,
    /// `\r`
    Cr,
    /// `\r\n`
    CrLf,
}

impl LineBreak {
    fn text(self) -> &'static str {
        match self {
            LineBreak::Lf => "\n",
            LineBreak::Cr => "\r",
            LineBreak::CrLf => "\r\n",
        }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self {
            default_flow: Some(false),
            default_style: None,
            block_texts: false,
            indent: 2,
            width: 80,
            sort_keys: true,
            allow_unicode: true,
            explicit_start: false,
            version: None,
            explicit_end: false,
            canonical: false,
            line_break: LineBreak::Lf,
            aliases: false,
        }
    }
}

/// One document.
///
/// # Errors
/// When the emitter refuses the value.
pub fn to_string(value: &Value, style: &Style) -> Result<String, EmitError> {
    let mut out = Vec::new();
    write_document(value, style, &mut out).map_err(|error| EmitError::Emitter(error.to_string()))?;
    let written = String::from_utf8(out).map_err(|_| EmitError::NotText)?;
    let written = astral::show(written);
    Ok(match style.version {
        Some((major, minor)) => format!("%YAML {major}.{minor}{}{written}", style.line_break.text()),
        None => written,
    })
}

fn write_document(value: &Value, style: &Style, out: &mut Vec<u8>) -> libyaml_safer::Result<()> {
    let mut emitter = Emitter::new();
    emitter.set_output_string(out);
    emitter.set_indent(style.indent);
    emitter.set_width(style.width);
    emitter.set_unicode(style.allow_unicode);
    emitter.set_canonical(style.canonical);
    emitter.set_break(match style.line_break {
        LineBreak::Lf => Break::Ln,
        LineBreak::Cr => Break::Cr,
        LineBreak::CrLf => Break::CrLn,
    });
    emitter.emit(Event::stream_start(Encoding::Utf8))?;
    // A document with a version begins explicitly.
    let implicit = !style.explicit_start && style.version.is_none();
    emitter.emit(Event::document_start(None, &[], implicit))?;
    let mut shared = if style.aliases { Shared::of(value, style) } else { Shared::default() };
    represent::represent(value, style, &mut shared).emit(&mut emitter)?;
    emitter.emit(Event::document_end(!style.explicit_end))?;
    emitter.emit(Event::stream_end())?;
    emitter.flush()
}

#[cfg(test)]
mod tests;
