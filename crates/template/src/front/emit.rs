//! Writes the tags down again so that minijinja's parser reads them as Jinja reads the original.
//!
//! Literals and text become indexes into a table (their own lexing rules differ), bare tuples get
//! parentheses, unary plus becomes a noted minus, a test's missing argument list is spelled out, context
//! words are taken out and noted, blocks inside macros become filter blocks of a reserved name.

use super::{
    Constant, Form, Syntax, SyntaxFault,
    blocks::Blocks,
    scan::Piece,
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
    /// Offset in `text`, place in the original, of each tag's end (for errors at the end).
    pub(super) tags: Vec<(usize, usize, bool)>,
    /// Offsets in `text` of minus signs that stand for a plus.
    pub(super) plus: HashSet<usize>,
    /// Offset in `text` of a statement, notes on it.
    pub(super) notes: Vec<(usize, Notes)>,
}

/// Names of our own in the rewritten source.
pub(super) const DO: &str = "__rplay_do";
pub(super) const BLOCK: &str = "__rplay_block_";
pub(super) const ASSIGN: &str = "__rplay_name_";

/// Rewrites all pieces.
pub(super) fn emit<'t, 'a>(
    source: &'a str,
    pieces: &'t [Piece<'a>],
    form: Form,
    syntax: &Syntax,
) -> Result<Emitted<'t, 'a>, SyntaxFault> {
    let mut emitter = Emitter { out: Emitted::default(), syntax };
    let mut blocks = Blocks::default();
    // Whether each open block tag was turned into a filter block.
    let mut disguised = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Data(text) => emitter.data(text),
            Piece::Variable(tokens, at) => emitter.variable(tokens, *at, form)?,
            Piece::Block(tokens, at) => {
                blocks.tag(tokens, *at, syntax)?;
                emitter.statement(tokens, *at, &blocks, &mut disguised)?;
            }
        }
    }
    blocks.finish(source.len())?;
    Ok(emitter.out)
}

struct Emitter<'t, 'a, 's> {
    out: Emitted<'t, 'a>,
    syntax: &'s Syntax,
}

impl<'t, 'a> Emitter<'t, 'a, '_> {
    fn constant(&mut self, constant: Constant) -> usize {
        self.out.constants.push(constant);
        self.out.constants.len() - 1
    }

    fn data(&mut self, text: &str) {
        let text = match self.syntax.options.newline_sequence.as_str() {
            "\n" => Str::from(text),
            sequence => Str::from(text.replace('\n', sequence)),
        };
        let index = self.constant(Constant::Data(text));
        let _ = write!(self.out.text, "{{{{\"{index}\"}}}}");
    }

    fn push(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    fn variable(&mut self, tokens: &'t [Token<'a>], at: usize, form: Form) -> Result<(), SyntaxFault> {
        if tokens.is_empty() {
            let end = if form == Form::Expression { "end of template" } else { "end of print statement" };
            let message = if form == Form::Expression {
                format!("unexpected '{end}'")
            } else {
                format!("Expected an expression, got '{end}'")
            };
            return Err(SyntaxFault::new(message, at));
        }
        self.push("{{ ");
        self.tuple(tokens, form == Form::Template)?;
        self.out.tags.push((self.out.text.len(), at, true));
        self.push("}}");
        Ok(())
    }

    /// An expression that may be a tuple without parentheses.
    fn tuple(&mut self, tokens: &'t [Token<'a>], may: bool) -> Result<(), SyntaxFault> {
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

    fn statement(
        &mut self,
        tokens: &'t [Token<'a>],
        at: usize,
        blocks: &Blocks,
        disguised: &mut Vec<bool>,
    ) -> Result<(), SyntaxFault> {
        let Some((first, rest)) = tokens.split_first() else { return Ok(()) };
        self.push("{% ");
        let start = self.out.text.len();
        match first.text {
            "do" => {
                self.push("set ");
                self.push(DO);
                self.push(" = ");
                self.nonempty(rest, at)?;
                self.tuple(rest, true)?;
            }
            "print" => {
                // The tag becomes an expression: minijinja has no print statement.
                self.out.text.truncate(start - "{% ".len());
                return self.variable(rest, at, Form::Template);
            }
            "if" | "elif" => {
                self.token(first);
                self.nonempty(rest, at)?;
                self.tuple(rest, true)?;
            }
            "filter" if rest.is_empty() => {
                return Err(SyntaxFault::new("expected token 'name', got 'end of statement block'", at));
            }
            "for" => self.for_statement(first, rest, at)?,
            "set" => self.set_statement(first, rest, at, blocks)?,
            "include" | "import" | "from" => {
                let (rest, context) = context_words(rest);
                self.out.notes.push((start, Notes { context, ..Notes::default() }));
                self.token(first);
                self.tokens(rest)?;
            }
            "block" => self.block_statement(first, rest, start, blocks, disguised)?,
            "endblock" if disguised.pop().unwrap_or(false) => self.push("endfilter "),
            _ => {
                self.token(first);
                self.tokens(rest)?;
            }
        }
        self.out.tags.push((self.out.text.len(), at, false));
        self.push("%}");
        Ok(())
    }

    fn nonempty(&self, tokens: &'t [Token<'a>], at: usize) -> Result<(), SyntaxFault> {
        if tokens.is_empty() {
            return Err(SyntaxFault::new("Expected an expression, got 'end of statement block'", at));
        }
        Ok(())
    }

    fn for_statement(
        &mut self,
        first: &'t Token<'a>,
        rest: &'t [Token<'a>],
        at: usize,
    ) -> Result<(), SyntaxFault> {
        self.nonempty(rest, at)?;
        self.token(first);
        let Some(split) = rest.iter().position(|token| token.is_name("in")) else { return self.tokens(rest) };
        assignable(&rest[..split])?;
        self.tokens(&rest[..=split])?;
        let rest = &rest[split + 1..];
        let mut end = top_level_name(rest, "if").unwrap_or(rest.len());
        if end == rest.len() && rest.last().is_some_and(|token| token.is_name("recursive")) {
            end -= 1;
        }
        self.nonempty(&rest[..end], at)?;
        self.tuple(&rest[..end], true)?;
        self.tokens(&rest[end..])
    }

    fn set_statement(
        &mut self,
        first: &'t Token<'a>,
        rest: &'t [Token<'a>],
        at: usize,
        blocks: &Blocks,
    ) -> Result<(), SyntaxFault> {
        self.nonempty(rest, at)?;
        let split = top_level(rest, "=").or_else(|| top_level(rest, "|")).unwrap_or(rest.len());
        assignable(&rest[..split])?;
        if rest.get(split).is_some_and(|token| token.is_op("=")) {
            self.nonempty(&rest[split + 1..], at)?;
        }
        self.token(first);
        for token in &rest[..split] {
            if token.is_name("loop") && blocks.in_loop() {
                return Err(SyntaxFault::assertion(
                    "Can't assign to special loop variable in for-loop target",
                    token.at,
                ));
            }
            if token.is_name("loop") || token.is_name("self") {
                self.push(ASSIGN);
            }
            self.token(token);
        }
        self.tokens(&rest[split..])
    }

    fn block_statement(
        &mut self,
        first: &'t Token<'a>,
        rest: &'t [Token<'a>],
        start: usize,
        blocks: &Blocks,
        disguised: &mut Vec<bool>,
    ) -> Result<(), SyntaxFault> {
        let words = rest.get(1..).unwrap_or_default();
        let mut notes = Notes::default();
        let mut used = 0;
        for word in words {
            match word.text {
                "scoped" if !notes.scoped && !notes.required => notes.scoped = true,
                "required" if !notes.required => notes.required = true,
                _ => break,
            }
            used += 1;
        }
        let in_macro = blocks.in_macro();
        disguised.push(in_macro);
        self.out.notes.push((start, notes));
        if in_macro {
            self.push("filter ");
            self.push(BLOCK);
        } else {
            self.token(first);
        }
        self.tokens(rest.get(..1).unwrap_or_default())?;
        self.tokens(&words[used..])
    }

    /// Tokens of expressions, rewritten where minijinja would read them otherwise.
    fn tokens(&mut self, tokens: &'t [Token<'a>]) -> Result<(), SyntaxFault> {
        let mut at = 0;
        // For each open bracket, whether its closing one needs a parenthesis before it.
        let mut open: Vec<bool> = Vec::new();
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
                (Kind::Op, "[") if before.is_some_and(ends_operand) => {
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
                (Kind::Name, "is") if before.is_some_and(ends_operand) => at = self.test(tokens, at)?,
                _ => self.token(token),
            }
            at += 1;
        }
        Ok(())
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
        let index = self.constant(Constant::Text(Str::from(text)));
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

    fn token(&mut self, token: &'t Token<'a>) {
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
fn ends_operand(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Op => matches!(token.text, ")" | "]" | "}"),
        Kind::Name => {
            !matches!(token.text, "and" | "or" | "not" | "in" | "if" | "else" | "is" | "elif" | "for")
        }
        _ => true,
    }
}

/// The index of an operator outside of brackets.
fn top_level(tokens: &[Token<'_>], op: &str) -> Option<usize> {
    find(tokens, |token| token.is_op(op))
}

fn top_level_name(tokens: &[Token<'_>], name: &str) -> Option<usize> {
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
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if matches!(token.kind, Kind::Op) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
        }
        if depth == 0 {
            return &tokens[open + 1..index];
        }
    }
    &tokens[open + 1..]
}

/// Refuses to assign to literals.
fn assignable(tokens: &[Token<'_>]) -> Result<(), SyntaxFault> {
    for token in tokens {
        let constant = match token.kind {
            Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) => true,
            Kind::Name => matches!(token.text, "true" | "True" | "false" | "False" | "none" | "None"),
            Kind::Op => false,
        };
        if constant {
            return Err(SyntaxFault::new("can't assign to 'const'", token.at));
        }
    }
    Ok(())
}

/// `with context` and `without context` at the end of an import or include.
fn context_words<'t, 'a>(tokens: &'t [Token<'a>]) -> (&'t [Token<'a>], Option<bool>) {
    match tokens {
        [rest @ .., word, context] if context.is_name("context") && word.is_name("with") => {
            (rest, Some(true))
        }
        [rest @ .., word, context] if context.is_name("context") && word.is_name("without") => {
            (rest, Some(false))
        }
        all => (all, None),
    }
}
