//! From source to our own syntax tree.
//!
//! `scan` cuts a source as Jinja's lexer does (white space control, raw blocks, own delimiters, literals);
//! `emit` writes the tags down again in the form that minijinja's parser reads as Jinja would read the
//! original; `lower` turns its tree into ours. Literals and template text travel in a table beside.

mod blocks;
mod emit;
mod escape;
mod lower;
mod options;
mod scan;
mod statements;
mod targets;
mod token;
mod translate;

pub use options::SyntaxOptions;
pub(crate) use options::{Syntax, header};

use crate::ast::Template;
use rplay_value::{Str, Value};
use scan::Stop;

/// A source that is not Jinja.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxFault {
    /// `TemplateSyntaxError` or `TemplateAssertionError`.
    pub(crate) kind: &'static str,
    /// Jinja's message.
    pub(crate) message: String,
    /// Byte offset in the (newline-normalised) source.
    pub(crate) at: usize,
}

impl SyntaxFault {
    fn new(message: impl Into<String>, at: usize) -> Self {
        Self { kind: "TemplateSyntaxError", message: message.into(), at }
    }
    /// An error that Ansible meets in the Python that Jinja makes of a template.
    fn generated(message: impl Into<String>, at: usize) -> Self {
        Self { kind: "SyntaxError", message: format!("{} (<template>, line 12)", message.into()), at }
    }
    fn assertion(message: impl Into<String>, at: usize) -> Self {
        Self { kind: "TemplateAssertionError", message: message.into(), at }
    }
}

/// What a source is read as.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Form {
    /// A template with tags.
    Template,
    /// A bare expression.
    Expression,
}

/// A literal or a piece of template text.
#[derive(Clone, Debug)]
pub(crate) enum Constant {
    /// Template text.
    Data(Str),
    /// A string literal.
    Text(Str),
    /// A number.
    Number(Value),
}

/// Parses a source. The stack is as large as it asks for, so that deep nesting ends in an error, not in an
/// overflow.
pub(crate) fn parse(source: &str, form: Form, syntax: &Syntax) -> Result<Template, SyntaxFault> {
    let source = scan::normalize(source, syntax.options.keep_trailing_newline || form == Form::Expression);
    let scanned = match form {
        Form::Template => scan::scan(&source, syntax),
        Form::Expression => scan::expression(&source, syntax),
    };
    let depth = scanned.pieces.iter().map(scan::Piece::weight).max().unwrap_or(0);
    let chain = scanned.pieces.len();
    if depth > MAX_TOKENS {
        return Err(SyntaxFault::new(format!("an expression of more than {MAX_TOKENS} tokens"), 0));
    }
    let emitted = emit::emit(&source, &scanned, form, syntax)?;
    // minijinja's parser recurses per unary operator and `elif`, without a guard of its own.
    let stack = (1 << 20) + depth * 8192 + chain * 2048;
    stacker::maybe_grow(stack, stack, || match &scanned.stop {
        None => lower::parse(&emitted, form, &source),
        Some(Stop::Ended(fault) | Stop::Refused(fault)) => {
            Err(lower::first_fault(&emitted, form, &source).unwrap_or_else(|| fault.clone()))
        }
    })
}

/// Tokens one expression may have.
const MAX_TOKENS: usize = 20_000;
