//! Which statements may stand where, with Jinja's words for those that may not.

use super::{Syntax, SyntaxFault, token::Token};

/// A statement that is open.
struct Open {
    name: String,
    /// The tags that may follow inside or end it.
    ends: &'static [&'static str],
}

/// The open statements.
#[derive(Default)]
pub(super) struct Blocks {
    open: Vec<Open>,
    names: Vec<String>,
}

const IF: &[&str] = &["elif", "else", "endif"];
const ELSE: &[&str] = &["endif"];
const FOR: &[&str] = &["endfor", "else"];
const FOR_ELSE: &[&str] = &["endfor"];

impl Blocks {
    /// Whether a macro or call block is open.
    pub(super) fn in_macro(&self) -> bool {
        self.open.iter().any(|open| matches!(open.name.as_str(), "macro" | "call"))
    }

    /// Whether a loop is open.
    pub(super) fn in_loop(&self) -> bool {
        self.open.iter().any(|open| open.name == "for")
    }

    /// Whether a statement with a scope of its own is open.
    pub(super) fn in_scope(&self) -> bool {
        self.open.iter().any(|open| open.name != "if")
    }

    /// Takes note of a tag, or refuses it.
    pub(super) fn tag(
        &mut self,
        tokens: &[Token<'_>],
        at: usize,
        syntax: &Syntax,
    ) -> Result<(), SyntaxFault> {
        let Some(first) = tokens.first() else {
            return Err(SyntaxFault::new("tag name expected", at));
        };
        if !matches!(first.kind, super::token::Kind::Name) {
            return Err(SyntaxFault::new("tag name expected", first.at));
        }
        let name = first.text;
        if self.open.last().is_some_and(|open| open.ends.contains(&name)) {
            self.inner(name);
            return Ok(());
        }
        let ends: &[&str] = match name {
            "if" => IF,
            "for" => FOR,
            "macro" => &["endmacro"],
            "call" => &["endcall"],
            "filter" => &["endfilter"],
            "with" => &["endwith"],
            "autoescape" => &["endautoescape"],
            "block" => &["endblock"],
            "set" if !is_assignment(tokens) => &["endset"],
            "set" | "include" | "import" | "from" | "extends" | "print" => return Ok(()),
            "do" if syntax.do_statement => return Ok(()),
            "break" | "continue" if syntax.loop_controls => return Ok(()),
            _ => return Err(self.unknown(name, first.at)),
        };
        if name == "block" {
            self.note_block(tokens)?;
        }
        self.open.push(Open { name: name.to_owned(), ends });
        Ok(())
    }

    fn inner(&mut self, name: &str) {
        let Some(open) = self.open.last_mut() else { return };
        match (name, open.name.as_str()) {
            ("else", "if") => open.ends = ELSE,
            ("else", "for") => open.ends = FOR_ELSE,
            ("elif", _) => {}
            _ => {
                self.open.pop();
            }
        }
    }

    fn note_block(&mut self, tokens: &[Token<'_>]) -> Result<(), SyntaxFault> {
        let Some(name) = tokens.get(1) else { return Ok(()) };
        if self.names.iter().any(|known| known == name.text) {
            return Err(SyntaxFault::assertion(
                format!("block {} defined twice", rplay_value::str_repr(name.text)),
                name.at,
            ));
        }
        self.names.push(name.text.to_owned());
        Ok(())
    }

    fn expectation(&self) -> Option<String> {
        let innermost = self.open.last()?;
        let wanted: Vec<String> = innermost.ends.iter().map(|end| format!("'{end}'")).collect();
        Some(format!(
            "Jinja was looking for the following tags: {}. The innermost block that needs to be closed is '{}'.",
            wanted.join(" or "),
            innermost.name
        ))
    }

    fn unknown(&self, name: &str, at: usize) -> SyntaxFault {
        let mut message = format!("Encountered unknown tag '{name}'.");
        if let Some(expectation) = self.expectation() {
            let nesting = self.open.iter().any(|open| open.ends.contains(&name));
            if nesting {
                message.push_str(" You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ");
                message = message + &expectation["Jinja was looking for the following tags: ".len()..];
            } else {
                message = format!("{message} {expectation}");
            }
        }
        SyntaxFault::new(message, at)
    }

    /// Refuses a template that leaves something open.
    pub(super) fn finish(&self, at: usize) -> Result<(), SyntaxFault> {
        match self.expectation() {
            None => Ok(()),
            Some(expectation) => {
                Err(SyntaxFault::new(format!("Unexpected end of template. {expectation}"), at))
            }
        }
    }
}

/// Whether a `set` has a value rather than a body.
pub(super) fn is_assignment(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0;
    for token in tokens {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "|" if depth == 0 && token.is_op("|") => return false,
            "=" if depth == 0 && token.is_op("=") => return true,
            _ => {}
        }
    }
    // `{% set %}` fails in the parser with its own message.
    tokens.len() < 2
}
