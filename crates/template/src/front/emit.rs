//! Writes the tags down again so that minijinja's parser reads them as Jinja reads the original.
//!
//! Literals and text become indexes into a table (their own lexing rules differ), bare tuples get
//! parentheses, unary plus becomes a noted minus, a test's missing argument list is spelled out, context
//! words are taken out and noted, blocks inside macros become filter blocks of a reserved name. `statements`
//! has what is particular to each statement.

use super::{
    Constant, Form, Syntax, SyntaxFault,
    blocks::Blocks,
    scan::{Piece, Scanned, Stop},
    token::{Kind, Token},
};
use rplay_value::{Str, Value};
use std::{collections::HashSet, fmt::Write};

/// Notes on a statement that minijinja's tree has no room for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes {
    /// `with context` (true) or `without context` (false), where given.
    pub(super) context: Option<bool>,
    pub(super) scoped: bool,
    pub(super) required: bool,
}

/// The rewritten source with its tables.
#[derive(Default)]
pub(super) struct Emitted<'t, 'a> {
    pub(super) text: String,
    pub(super) constants: Vec<Constant>,
    /// Offset in `text`, token of the original.
    pub(super) tokens: Vec<(usize, &'t Token<'a>)>,
    /// Offset in `text`, place in the original and Jinja's name of each tag's end (for errors at the end).
    pub(super) tags: Vec<(usize, usize, &'static str)>,
    /// Up to which offset in `text` a fault comes before the place where the source stops.
    pub(super) limit: usize,
    /// Offsets in `text` of minus signs that stand for a plus.
    pub(super) plus: HashSet<usize>,
    /// Offset in `text` of a statement, notes on it.
    pub(super) notes: Vec<(usize, Notes)>,
}

/// Names of our own in the rewritten source.
pub(super) const DO: &str = "__rplay_do";
pub(super) const BLOCK: &str = "__rplay_block_";
pub(super) const ASSIGN: &str = "__rplay_name_";

/// Jinja's name for the end of the source.
const END_OF_TEMPLATE: &str = "end of template";

/// Rewrites all pieces.
pub(super) fn emit<'t, 'a>(
    source: &'a str,
    scanned: &'t Scanned<'a>,
    form: Form,
    syntax: &Syntax,
) -> Result<Emitted<'t, 'a>, SyntaxFault> {
    let mut emitter = Emitter { out: Emitted::default(), syntax, end: END_OF_TEMPLATE };
    let mut blocks = Blocks::default();
    // Whether each open block tag was turned into a filter block.
    let mut disguised = Vec::new();
    let (last, partial) = match scanned.pieces.split_last() {
        Some((last, before)) if scanned.partial => (before, Some(last)),
        _ => (scanned.pieces.as_slice(), None),
    };
    for piece in last {
        emitter.piece(piece, form, &mut blocks, &mut disguised)?;
    }
    if let (Some(piece), Some(stop)) = (partial, &scanned.stop) {
        emitter.partial(piece, stop, &mut blocks, &mut disguised)?;
    } else {
        emitter.out.limit = emitter.out.text.len();
    }
    if scanned.stop.is_none() {
        blocks.finish(source.len())?;
    }
    Ok(emitter.out)
}

pub(super) struct Emitter<'t, 'a, 's> {
    pub(super) out: Emitted<'t, 'a>,
    pub(super) syntax: &'s Syntax,
    /// Jinja's name for the end of the tag at hand.
    pub(super) end: &'static str,
}

impl<'t, 'a> Emitter<'t, 'a, '_> {
    fn constant(&mut self, constant: Constant) -> usize {
        self.out.constants.push(constant);
        self.out.constants.len() - 1
    }

    /// Text with the newlines that the options ask for.
    fn newlines(&self, text: &str) -> Str {
        match self.syntax.options.newline_sequence.as_str() {
            "\n" => Str::from(text),
            sequence => Str::from(text.replace('\n', sequence)),
        }
    }

    fn data(&mut self, text: &str) {
        let text = self.newlines(text);
        let index = self.constant(Constant::Data(text));
        let _ = write!(self.out.text, "{{{{\"{index}\"}}}}");
    }

    pub(super) fn push(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    fn piece(
        &mut self,
        piece: &'t Piece<'a>,
        form: Form,
        blocks: &mut Blocks,
        disguised: &mut Vec<bool>,
    ) -> Result<(), SyntaxFault> {
        match piece {
            Piece::Data(text) => {
                self.data(text);
                Ok(())
            }
            Piece::Variable(tokens, at) => {
                self.end = if form == Form::Expression { END_OF_TEMPLATE } else { "end of print statement" };
                self.variable(tokens, *at, form == Form::Template)
            }
            Piece::Block(tokens, at) => {
                self.end = "end of statement block";
                blocks.tag(tokens, *at, self.syntax)?;
                self.statement(tokens, *at, blocks, disguised)
            }
        }
    }

    /// A tag that was begun only: what is wrong with its tokens comes before what stopped the source.
    fn partial(
        &mut self,
        piece: &'t Piece<'a>,
        stop: &Stop,
        blocks: &mut Blocks,
        disguised: &mut Vec<bool>,
    ) -> Result<(), SyntaxFault> {
        self.end = END_OF_TEMPLATE;
        let (Piece::Variable(tokens, at) | Piece::Block(tokens, at)) = piece else { return Ok(()) };
        let rewritten = match piece {
            Piece::Block(..) => blocks
                .tag(tokens, *at, self.syntax)
                .and_then(|()| self.statement(tokens, *at, blocks, disguised)),
            _ => self.variable(tokens, *at, true),
        };
        self.out.limit = match stop {
            Stop::Ended(_) => self.out.text.len(),
            Stop::Refused(_) => self.out.tags.last().map_or(0, |(offset, ..)| *offset),
        };
        match (rewritten, stop) {
            // The tag's end is not what was met.
            (Err(fault), Stop::Refused(_)) if fault.at == *at => {
                self.out.limit = 0;
                Ok(())
            }
            (rewritten, _) => rewritten,
        }
    }

    /// `{{ … }}`, or an expression alone, which has no tuples without parentheses.
    pub(super) fn variable(
        &mut self,
        tokens: &'t [Token<'a>],
        at: usize,
        may_be_tuple: bool,
    ) -> Result<(), SyntaxFault> {
        self.nonempty(tokens, at)?;
        self.push("{{ ");
        self.tuple(tokens, may_be_tuple)?;
        self.out.tags.push((self.out.text.len(), at, self.end));
        self.push("}}");
        Ok(())
    }

    /// An expression that may be a tuple without parentheses.
    pub(super) fn tuple(&mut self, tokens: &'t [Token<'a>], may: bool) -> Result<(), SyntaxFault> {
        let wrap = may && top_level(tokens, ",").is_some();
        if wrap {
            self.push("(");
        }
        self.tokens(tokens)?;
        if wrap {
            self.push(")");
        }
        Ok(())
    }

    /// Refuses to read an expression out of no tokens.
    pub(super) fn nonempty(&self, tokens: &'t [Token<'a>], at: usize) -> Result<(), SyntaxFault> {
        if !tokens.is_empty() {
            return Ok(());
        }
        let end = self.end;
        Err(match end {
            END_OF_TEMPLATE => SyntaxFault::new(format!("unexpected '{end}'"), at),
            _ => SyntaxFault::new(format!("Expected an expression, got '{end}'"), at),
        })
    }

    /// Tokens of expressions, rewritten where minijinja would read them otherwise.
    pub(super) fn tokens(&mut self, tokens: &'t [Token<'a>]) -> Result<(), SyntaxFault> {
        let mut at = 0;
        // For each open bracket, whether its closing one needs a parenthesis before it.
        let mut open: Vec<bool> = Vec::new();
        let mut test_ended = false;
        while let Some(token) = tokens.get(at) {
            let before = at.checked_sub(1).map(|at| &tokens[at]);
            match (&token.kind, token.text) {
                (Kind::Op, "+") if !before.is_some_and(ends_operand) => {
                    self.out.plus.insert(self.out.text.len());
                    self.out.tokens.push((self.out.text.len(), token));
                    self.push("- ");
                }
                (Kind::Op, ".")
                    if before.is_some_and(ends_operand) && self.index_after_dot(tokens, at)? =>
                {
                    at += 1;
                }
                // After a test's name it is a list, the test's argument.
                (Kind::Op, "[") if !test_ended && before.is_some_and(ends_operand) => {
                    let inner = inside(tokens, at);
                    let wrap = top_level(inner, ",").is_some() && top_level(inner, ":").is_none();
                    open.push(wrap);
                    self.token(token);
                    if wrap {
                        self.push("( ");
                    }
                    if inner.is_empty() {
                        self.push("() ");
                    }
                }
                (Kind::Op, "(" | "{" | "[") => {
                    open.push(false);
                    self.token(token);
                }
                (Kind::Op, ")" | "]" | "}") => {
                    if open.pop().unwrap_or(false) {
                        self.push(") ");
                    }
                    self.token(token);
                }
                (Kind::Text(_), _) => at = self.string(tokens, at),
                (Kind::Name, "is") if before.is_some_and(ends_operand) => {
                    at = self.test(tokens, at)?;
                    test_ended = true;
                    at += 1;
                    continue;
                }
                (Kind::Name, "not")
                    if before.is_some_and(ends_operand)
                        && !tokens.get(at + 1).is_some_and(|next| next.is_name("in")) =>
                {
                    return Err(self.unwanted(token, &open));
                }
                _ => self.token(token),
            }
            test_ended = false;
            at += 1;
        }
        Ok(())
    }

    /// The fault of a token where an expression should end.
    fn unwanted(&self, token: &Token<'a>, open: &[bool]) -> SyntaxFault {
        let wanted = if open.is_empty() { self.end } else { "," };
        SyntaxFault::new(
            match wanted {
                END_OF_TEMPLATE => "chunk after expression".to_owned(),
                wanted => format!("expected token '{wanted}', got '{}'", token.describe()),
            },
            token.at,
        )
    }

    /// `a.0` as `a[0]`; other things that may not follow a dot are refused.
    fn index_after_dot(&mut self, tokens: &'t [Token<'a>], at: usize) -> Result<bool, SyntaxFault> {
        let token = &tokens[at];
        match tokens.get(at + 1) {
            Some(next) if matches!(next.kind, Kind::Name) => Ok(false),
            Some(next @ Token { kind: Kind::Integer(_), .. }) => {
                self.push("[ ");
                self.token(next);
                self.push("] ");
                Ok(true)
            }
            other => Err(SyntaxFault::new("expected name or number", other.map_or(token.at, |next| next.at))),
        }
    }

    /// A string literal with those right behind it; returns the last one's index.
    fn string(&mut self, tokens: &'t [Token<'a>], at: usize) -> usize {
        let mut last = at;
        let mut text = String::new();
        while let Some(Token { kind: Kind::Text(part), .. }) = tokens.get(last) {
            text.push_str(part);
            last += 1;
        }
        let text = self.newlines(&text);
        let index = self.constant(Constant::Text(text));
        self.out.tokens.push((self.out.text.len(), &tokens[at]));
        let _ = write!(self.out.text, "\"{index}\" ");
        last - 1
    }

    /// `is [not] name`: no argument for an operator that follows; returns the index of the last token taken.
    fn test(&mut self, tokens: &'t [Token<'a>], at: usize) -> Result<usize, SyntaxFault> {
        self.token(&tokens[at]);
        let mut last = at;
        let mut next = at + 1;
        if tokens.get(next).is_some_and(|token| token.is_name("not")) {
            self.token(&tokens[next]);
            last = next;
            next += 1;
        }
        while let Some(name) = tokens.get(next).filter(|token| matches!(token.kind, Kind::Name)) {
            self.token(name);
            last = next;
            match tokens.get(next + 1) {
                Some(dot) if dot.is_op(".") => {
                    self.token(dot);
                    last = next + 1;
                    next += 2;
                }
                _ => break,
            }
        }
        match tokens.get(last + 1) {
            Some(token) if token.is_name("is") => {
                Err(SyntaxFault::new("You cannot chain multiple tests with is", token.at))
            }
            Some(token) if token.is_op("-") || token.is_op("+") => {
                self.push("() ");
                Ok(last)
            }
            _ => Ok(last),
        }
    }

    fn number(&mut self, number: Value) {
        let index = self.constant(Constant::Number(number));
        let _ = write!(self.out.text, "{index} ");
    }

    pub(super) fn token(&mut self, token: &'t Token<'a>) {
        self.out.tokens.push((self.out.text.len(), token));
        match &token.kind {
            Kind::Integer(number) => self.number(number.clone()),
            Kind::Float(number) => self.number(Value::Float(*number)),
            Kind::Text(text) => {
                let index = self.constant(Constant::Text(Str::from(&**text)));
                let _ = write!(self.out.text, "\"{index}\" ");
            }
            // minijinja's lexer does not know it; a stray bracket fails in the same place.
            Kind::Op if token.text == ";" => self.push("} "),
            _ => {
                self.push(token.text);
                self.push(" ");
            }
        }
    }
}

/// Whether an operand may end with this token, so that what follows is an operator or a subscript.
pub(super) fn ends_operand(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Op => matches!(token.text, ")" | "]" | "}"),
        Kind::Name => {
            !matches!(token.text, "and" | "or" | "not" | "in" | "if" | "else" | "is" | "elif" | "for")
        }
        _ => true,
    }
}

/// The index of an operator outside of brackets.
pub(super) fn top_level(tokens: &[Token<'_>], op: &str) -> Option<usize> {
    find(tokens, |token| token.is_op(op))
}

pub(super) fn top_level_name(tokens: &[Token<'_>], name: &str) -> Option<usize> {
    find(tokens, |token| token.is_name(name))
}

fn find(tokens: &[Token<'_>], wanted: impl Fn(&Token<'_>) -> bool) -> Option<usize> {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        if depth == 0 && wanted(token) {
            return Some(index);
        }
        if matches!(token.kind, Kind::Op) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
        }
    }
    None
}

/// The tokens between the bracket at `open` and its partner.
fn inside<'t, 'a>(tokens: &'t [Token<'a>], open: usize) -> &'t [Token<'a>] {
    let end = super::targets::partner(&tokens[open..]).map_or(tokens.len(), |at| open + at);
    &tokens[open + 1..end]
}
