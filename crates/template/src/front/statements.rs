//! Statements written down again for minijinja's parser, and what Jinja says to those that are none.

use super::{
    SyntaxFault,
    blocks::{Blocks, is_assignment},
    emit::{ASSIGN, BLOCK, DO, Emitter, Notes, ends_operand, top_level, top_level_name},
    targets,
    token::{Kind, Token},
};

type Tokens<'t, 'a> = &'t [Token<'a>];

impl<'t, 'a> Emitter<'t, 'a, '_> {
    /// `{% … %}`.
    pub(super) fn statement(
        &mut self,
        tokens: Tokens<'t, 'a>,
        at: usize,
        blocks: &Blocks,
        disguised: &mut Vec<bool>,
    ) -> Result<(), SyntaxFault> {
        let tokens = without_colon(tokens);
        let Some((first, rest)) = tokens.split_first() else { return Ok(()) };
        if first.text == "print" {
            return self.print(rest, at);
        }
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
            "if" | "elif" => {
                self.token(first);
                self.nonempty(rest, at)?;
                self.tuple(rest, true)?;
            }
            "filter" if rest.is_empty() => return Err(self.wanted("name", None, at)),
            "for" => self.for_statement(first, rest, at, blocks)?,
            "set" => self.set_statement(first, rest, at, blocks)?,
            "with" => self.with_statement(first, rest, at)?,
            "include" => self.include(first, rest, start)?,
            "import" => self.import(first, rest, start, at)?,
            "from" => self.from_import(first, rest, start, at)?,
            "extends" if blocks.in_scope() => {
                return Err(SyntaxFault::assertion("cannot use extend from a non top-level scope", at));
            }
            "macro" | "call" => self.signature(first, rest, at)?,
            "block" => self.block_statement(first, rest, (start, at), blocks, disguised)?,
            "endblock" if disguised.pop().unwrap_or(false) => self.push("endfilter "),
            _ => {
                self.token(first);
                self.tokens(rest)?;
            }
        }
        self.out.tags.push((self.out.text.len(), at, self.end));
        self.push("%}");
        Ok(())
    }

    /// The fault of something else than was wanted; `at` is the place of the tag's end.
    fn wanted(&self, wanted: &str, got: Option<&Token<'a>>, at: usize) -> SyntaxFault {
        match (got, self.end) {
            (Some(token), _) => {
                SyntaxFault::new(format!("expected token '{wanted}', got '{}'", token.describe()), token.at)
            }
            (None, "end of template") => {
                SyntaxFault::new(format!("unexpected end of template, expected '{wanted}'."), at)
            }
            (None, end) => SyntaxFault::new(format!("expected token '{wanted}', got '{end}'"), at),
        }
    }

    /// Each expression becomes a tag of its own: minijinja has no print statement.
    fn print(&mut self, tokens: Tokens<'t, 'a>, at: usize) -> Result<(), SyntaxFault> {
        let mut rest = tokens;
        while !rest.is_empty() {
            let end = top_level(rest, ",").unwrap_or(rest.len());
            self.variable(&rest[..end], at, false)?;
            let Some(after) = rest.get(end + 1..) else { break };
            if after.is_empty() {
                return Err(SyntaxFault::new(format!("unexpected '{}'", self.end), at));
            }
            rest = after;
        }
        Ok(())
    }

    /// A target's tokens. Names that minijinja keeps for itself get another one, which is undone later.
    fn target(&mut self, tokens: Tokens<'t, 'a>, in_loop: bool) -> Result<(), SyntaxFault> {
        let attribute = tokens.get(1).is_some_and(|token| token.is_op("."));
        for token in tokens {
            if token.is_name("loop") && in_loop && !attribute {
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
        Ok(())
    }

    fn for_statement(
        &mut self,
        first: &'t Token<'a>,
        rest: Tokens<'t, 'a>,
        at: usize,
        blocks: &Blocks,
    ) -> Result<(), SyntaxFault> {
        let split = targets::target(rest, false, self.end, at)?;
        match rest.get(split) {
            Some(token) if token.is_name("in") => {}
            // Jinja's parser takes an `in` after a comma for a name.
            other => return Err(self.wanted("in", other, at)),
        }
        self.token(first);
        self.target(&rest[..split], blocks.in_loop())?;
        self.token(&rest[split]);
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
        rest: Tokens<'t, 'a>,
        at: usize,
        blocks: &Blocks,
    ) -> Result<(), SyntaxFault> {
        let split = targets::target(rest, true, self.end, at)?;
        let (target, value) = rest.split_at(split);
        match value.first() {
            Some(token) if token.is_op("=") => self.nonempty(&value[1..], at)?,
            Some(token) if token.is_op("|") => {
                if let Some(assign) = top_level(value, "=") {
                    return Err(self.wanted("end of statement block", value.get(assign), at));
                }
            }
            Some(token) => return Err(self.wanted("end of statement block", Some(token), at)),
            None => {}
        }
        self.token(first);
        self.target(target, blocks.in_loop())?;
        self.tokens(value)
    }

    fn with_statement(
        &mut self,
        first: &'t Token<'a>,
        rest: Tokens<'t, 'a>,
        at: usize,
    ) -> Result<(), SyntaxFault> {
        self.token(first);
        let mut rest = rest;
        let mut more = false;
        while !rest.is_empty() || more {
            let split = targets::target(rest, false, self.end, at)?;
            let (target, value) = rest.split_at(split);
            let value = match value.split_first() {
                Some((token, value)) if token.is_op("=") => value,
                other => return Err(self.wanted("=", other.map(|(token, _)| token), at)),
            };
            let several = top_level(target, ",").is_some();
            self.push(if several { "( " } else { "" });
            self.target(target, false)?;
            self.push(if several { ") = " } else { "= " });
            let end = top_level(value, ",").unwrap_or(value.len());
            self.tokens(&value[..end])?;
            more = end < value.len();
            self.push(if more { ", " } else { "" });
            rest = value.get(end + 1..).unwrap_or_default();
        }
        Ok(())
    }

    fn include(
        &mut self,
        first: &'t Token<'a>,
        rest: Tokens<'t, 'a>,
        start: usize,
    ) -> Result<(), SyntaxFault> {
        let (rest, context) = context_words(rest);
        let (name, ignore) = match rest {
            [name @ .., ignore, missing] if ignore.is_name("ignore") && missing.is_name("missing") => {
                (name, Some([ignore, missing]))
            }
            name => (name, None),
        };
        self.end_before_words(name)?;
        self.out.notes.push((start, Notes { context, ..Notes::default() }));
        self.token(first);
        self.tokens(name)?;
        ignore.into_iter().flatten().for_each(|word| self.token(word));
        Ok(())
    }

    /// Refuses words of an import or include that stand where they may not.
    fn end_before_words(&self, tokens: Tokens<'t, 'a>) -> Result<(), SyntaxFault> {
        let words = ["with", "without", "ignore", "missing", "context"];
        for pair in tokens.windows(2) {
            let [before, word] = pair else { continue };
            if ends_operand(before) && words.iter().any(|name| word.is_name(name)) {
                return Err(self.wanted("end of statement block", Some(word), word.at));
            }
        }
        Ok(())
    }

    fn import(
        &mut self,
        first: &'t Token<'a>,
        rest: Tokens<'t, 'a>,
        start: usize,
        at: usize,
    ) -> Result<(), SyntaxFault> {
        let (rest, context) = context_words(rest);
        if let Some(index) = top_level_name(rest, "as") {
            match rest.get(index + 1) {
                Some(name) if matches!(name.kind, Kind::Name) => {}
                other => return Err(self.wanted("name", other, at)),
            }
            if let Some(token) = rest.get(index + 2) {
                return Err(self.wanted("end of statement block", Some(token), at));
            }
        }
        self.out.notes.push((start, Notes { context, ..Notes::default() }));
        self.token(first);
        self.tokens(rest)
    }

    fn from_import(
        &mut self,
        first: &'t Token<'a>,
        rest: Tokens<'t, 'a>,
        start: usize,
        at: usize,
    ) -> Result<(), SyntaxFault> {
        let Some(split) = top_level_name(rest, "import") else {
            self.token(first);
            return self.tokens(rest);
        };
        let (names, context) = context_words(&rest[split + 1..]);
        let names = match names {
            [names @ .., comma] if comma.is_op(",") && context.is_some() => names,
            names => names,
        };
        if !(names.is_empty() && context.is_some()) {
            self.imported_names(names, at)?;
        }
        self.out.notes.push((start, Notes { context, ..Notes::default() }));
        self.token(first);
        self.tokens(&rest[..=split])?;
        self.tokens(names)
    }

    /// Refuses what is no list of names with their aliases.
    fn imported_names(&self, tokens: Tokens<'t, 'a>, at: usize) -> Result<(), SyntaxFault> {
        let name = |token: Option<&Token<'a>>| match token {
            Some(token) if matches!(token.kind, Kind::Name) => Ok(()),
            other => Err(self.wanted("name", other, at)),
        };
        let mut next = 0;
        loop {
            name(tokens.get(next))?;
            next += 1;
            if tokens.get(next).is_some_and(|token| token.is_name("as")) {
                name(tokens.get(next + 1))?;
                next += 2;
            }
            match tokens.get(next) {
                None => return Ok(()),
                Some(token) if token.is_op(",") => next += 1,
                Some(token) => return Err(self.wanted("end of statement block", Some(token), at)),
            }
        }
    }

    /// `macro name(…)`, `call(…) …`: parameters may bear the names that minijinja keeps for itself.
    fn signature(
        &mut self,
        first: &'t Token<'a>,
        rest: Tokens<'t, 'a>,
        at: usize,
    ) -> Result<(), SyntaxFault> {
        self.token(first);
        let open = usize::from(first.text == "macro");
        if !rest.get(open).is_some_and(|token| token.is_op("(")) {
            return self.tokens(rest);
        }
        let len = targets::group(&rest[open..]);
        let (head, tail) = rest.split_at(open + len);
        let parameters = head.get(open + 1..).unwrap_or_default();
        for (index, token) in parameters.iter().enumerate() {
            let starts = index == 0 || parameters[index - 1].is_op(",");
            let closes = index > 0 && index + 1 == parameters.len() && token.is_op(")");
            if starts && closes {
                return Err(self.wanted("name", Some(token), at));
            }
        }
        self.tokens(&head[..=open])?;
        let mut rest = parameters;
        while let [name, after @ ..] = rest {
            self.target(std::slice::from_ref(name), false)?;
            let end = top_level(after, ",").map_or(after.len(), |comma| comma + 1);
            self.tokens(&after[..end])?;
            rest = &after[end..];
        }
        self.tokens(tail)
    }

    fn block_statement(
        &mut self,
        first: &'t Token<'a>,
        rest: Tokens<'t, 'a>,
        (start, at): (usize, usize),
        blocks: &Blocks,
        disguised: &mut Vec<bool>,
    ) -> Result<(), SyntaxFault> {
        let mut words = rest.get(1..).unwrap_or_default();
        let mut take = |word: &str| match words.split_first() {
            Some((token, after)) if token.is_name(word) => {
                words = after;
                true
            }
            _ => false,
        };
        let notes = Notes { scoped: take("scoped"), required: take("required"), ..Notes::default() };
        match words.first() {
            Some(token) if token.is_op("-") => {
                return Err(SyntaxFault::new(
                    "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an \
                     underscore instead.",
                    token.at,
                ));
            }
            Some(token) => return Err(self.wanted("end of statement block", Some(token), at)),
            None => {}
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
        self.tokens(rest.get(..1).unwrap_or_default())
    }
}

/// A statement without the colon that may stand at the end of one that has a body.
fn without_colon<'t, 'a>(tokens: Tokens<'t, 'a>) -> Tokens<'t, 'a> {
    let has_body = tokens.first().is_some_and(|first| match first.text {
        "if" | "elif" | "else" | "for" | "macro" | "call" | "filter" | "block" | "autoescape" => true,
        "set" => !is_assignment(tokens),
        _ => false,
    });
    match tokens {
        [statement @ .., colon] if has_body && colon.is_op(":") => statement,
        all => all,
    }
}

/// `with context` and `without context` at the end of an import or include.
fn context_words<'t, 'a>(tokens: Tokens<'t, 'a>) -> (Tokens<'t, 'a>, Option<bool>) {
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
