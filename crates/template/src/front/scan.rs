//! Cuts a source into text and tags: Jinja's root lexer with its white space rules.

use super::{Syntax, SyntaxFault, token};
use token::Token;

/// A part of a template.
pub(super) enum Piece<'a> {
    /// Text to print.
    Data(&'a str),
    /// `{{ … }}`: its tokens, its place and the place of its end.
    Variable(Vec<Token<'a>>, usize),
    /// `{% … %}`.
    Block(Vec<Token<'a>>, usize),
}

impl Piece<'_> {
    /// How many tokens it has.
    pub(super) fn weight(&self) -> usize {
        match self {
            Piece::Data(..) => 0,
            Piece::Variable(tokens, _) | Piece::Block(tokens, _) => tokens.len(),
        }
    }
}

/// Why a source cannot be cut any further.
pub(super) enum Stop {
    /// It ends inside a tag.
    Ended(SyntaxFault),
    /// Something is no token, or a bracket has no partner.
    Refused(SyntaxFault),
}

/// A source in pieces: all of it, or those up to where it stops. A tag that it stops in is the last piece,
/// with the tokens in front: Jinja parses while it reads, so what is wrong with those comes first.
pub(super) struct Scanned<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) stop: Option<Stop>,
    /// Whether the last piece is a tag that was begun only.
    pub(super) partial: bool,
}

type Step<T> = Result<T, Stop>;

/// All newlines as `\n`; the last one dropped unless it is to be kept.
pub(super) fn normalize(source: &str, keep_last: bool) -> String {
    let mut text = if source.contains('\r') {
        source.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        source.to_owned()
    };
    if !keep_last && text.ends_with('\n') {
        text.pop();
    }
    text
}

/// White space as Python's regular expressions have it.
fn is_space(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\x1c'..='\x1f')
}

fn skip_space(source: &str, at: usize) -> usize {
    source.len() - source[at..].trim_start_matches(is_space).len()
}

#[derive(Clone, Copy, PartialEq)]
enum Tag {
    Block,
    Variable,
    Comment,
    LineStatement,
    LineComment,
}

/// A start string and its next place, from where the search for it has come to.
struct Start<'s> {
    tag: Tag,
    text: &'s str,
    /// None: it does not come any more.
    next: Option<usize>,
}

impl<'s> Start<'s> {
    fn new(tag: Tag, text: &'s str, source: &str) -> Self {
        Self { tag, text, next: source.find(text) }
    }

    /// Its next place from `at` on. Each part of the source is searched once: a start string that comes
    /// seldom must not be looked for to the end of the source at every tag.
    fn from(&mut self, at: usize, source: &str) -> Option<usize> {
        if self.next.is_some_and(|next| next < at) {
            self.next = source[at..].find(self.text).map(|found| at + found);
        }
        self.next
    }
}

struct Scanner<'a, 's> {
    source: &'a str,
    syntax: &'s Syntax,
    starts: Vec<Start<'s>>,
    at: usize,
    line_starting: bool,
    pieces: Vec<Piece<'a>>,
    partial: bool,
}

/// Cuts a template.
pub(super) fn scan<'a>(source: &'a str, syntax: &Syntax) -> Scanned<'a> {
    let options = &syntax.options;
    let mut starts = vec![
        Start::new(Tag::Comment, &options.comment_start_string, source),
        Start::new(Tag::Block, &options.block_start_string, source),
        Start::new(Tag::Variable, &options.variable_start_string, source),
    ];
    // At one place the longest start wins.
    starts.sort_by_key(|start| std::cmp::Reverse(start.text.len()));
    let mut scanner = Scanner::new(source, syntax, starts);
    let stop = scanner.run().err();
    Scanned { pieces: scanner.pieces, stop, partial: scanner.partial }
}

/// Cuts a bare expression.
pub(super) fn expression<'a>(source: &'a str, syntax: &Syntax) -> Scanned<'a> {
    let (tokens, end) = Scanner::new(source, syntax, Vec::new()).tokens(0, None, syntax.raw_strings);
    let stop = end.err();
    Scanned { pieces: vec![Piece::Variable(tokens, 0)], partial: stop.is_some(), stop }
}

impl<'a, 's> Scanner<'a, 's> {
    fn new(source: &'a str, syntax: &'s Syntax, starts: Vec<Start<'s>>) -> Self {
        Self { source, syntax, starts, at: 0, line_starting: true, pieces: Vec::new(), partial: false }
    }

    fn run(&mut self) -> Step<()> {
        while let Some((tag, begin, end)) = self.find_tag() {
            match tag {
                Tag::Comment => self.comment(begin, end)?,
                Tag::LineComment => {
                    self.data(begin, None, true);
                    self.at = self.source[end..].find('\n').map_or(self.source.len(), |at| end + at);
                    self.line_starting = false;
                }
                Tag::LineStatement => self.line_statement(begin, end)?,
                Tag::Variable => self.variable(begin, end)?,
                Tag::Block => self.block(begin, end)?,
            }
        }
        if self.at < self.source.len() {
            self.pieces.push(Piece::Data(&self.source[self.at..]));
        }
        Ok(())
    }

    /// The next tag: its kind, where it begins and where its start string ends.
    fn find_tag(&mut self) -> Option<(Tag, usize, usize)> {
        let mut best: Option<(Tag, usize, usize)> = None;
        for start in &mut self.starts {
            if let Some(begin) = start.from(self.at, self.source)
                && best.is_none_or(|(_, at, _)| begin < at)
            {
                best = Some((start.tag, begin, begin + start.text.len()));
            }
        }
        for (tag, prefix) in [
            (Tag::LineStatement, &self.syntax.options.line_statement_prefix),
            (Tag::LineComment, &self.syntax.options.line_comment_prefix),
        ] {
            let Some(prefix) = prefix.as_deref().filter(|prefix| !prefix.is_empty()) else { continue };
            if let Some((begin, end)) = self.find_line_prefix(prefix, tag)
                && best.is_none_or(|(_, at, _)| begin <= at)
            {
                best = Some((tag, begin, end));
            }
        }
        best
    }

    fn find_line_prefix(&self, prefix: &str, tag: Tag) -> Option<(usize, usize)> {
        let mut from = self.at;
        while let Some(found) = self.source[from..].find(prefix) {
            let at = from + found;
            let blank = self.source[self.at..at].trim_end_matches([' ', '\t', '\x0b']);
            let begin = self.at + blank.len();
            let line_start = begin == 0 || self.source[..begin].ends_with('\n');
            if line_start || (tag == Tag::LineComment && begin > 0) {
                return Some((begin, at + prefix.len()));
            }
            from = at + prefix.len();
        }
        None
    }

    /// Pushes the text before a tag, trimmed by its sign and by `lstrip_blocks`.
    fn data(&mut self, end: usize, sign: Option<char>, may_strip: bool) {
        let mut text = &self.source[self.at..end];
        if sign == Some('-') {
            text = text.trim_end_matches(is_space);
        } else if sign != Some('+') && may_strip && self.syntax.options.lstrip_blocks {
            let line = text.rfind('\n').map_or(0, |at| at + 1);
            if (line > 0 || self.line_starting) && text[line..].chars().all(is_space) {
                text = &text[..line];
            }
        }
        if !text.is_empty() {
            self.pieces.push(Piece::Data(text));
        }
    }

    fn sign(&self, at: usize) -> Option<char> {
        self.source[at..].chars().next().filter(|char| matches!(char, '-' | '+'))
    }

    fn moved_to(&mut self, at: usize) {
        self.at = at;
        self.line_starting = self.source[..at].ends_with('\n');
    }

    fn comment(&mut self, begin: usize, start_end: usize) -> Step<()> {
        let sign = self.sign(start_end);
        self.data(begin, sign, true);
        let body = start_end + sign.map_or(0, char::len_utf8);
        let end = self.syntax.options.comment_end_string.as_str();
        let found = self.source[body..].find(end).map(|at| body + at);
        let found =
            found.ok_or_else(|| Stop::Refused(SyntaxFault::new("Missing end of comment tag", begin)))?;
        let sign = self.source[body..found].chars().next_back();
        self.moved_to(self.after_end(found + end.len(), sign, true));
        Ok(())
    }

    /// Where text goes on after a tag's end: `-` eats white space, a statement's end its newline.
    fn after_end(&self, at: usize, sign: Option<char>, may_trim: bool) -> usize {
        match sign {
            Some('-') => skip_space(self.source, at),
            Some('+') => at,
            _ if may_trim && self.syntax.options.trim_blocks && self.source[at..].starts_with('\n') => at + 1,
            _ => at,
        }
    }

    fn variable(&mut self, begin: usize, start_end: usize) -> Step<()> {
        let sign = self.sign(start_end);
        self.data(begin, sign, false);
        let body = start_end + sign.map_or(0, char::len_utf8);
        let (tokens, end) = self.tokens(body, Some((Tag::Variable, begin)), self.syntax.raw_strings);
        self.tag(Piece::Variable(tokens, begin), end)
    }

    /// Takes note of a tag, which may be one that the source stops in.
    fn tag(&mut self, piece: Piece<'a>, end: Step<usize>) -> Step<()> {
        self.pieces.push(piece);
        self.partial = end.is_err();
        self.moved_to(end?);
        Ok(())
    }

    fn block(&mut self, begin: usize, start_end: usize) -> Step<()> {
        let sign = self.sign(start_end);
        self.data(begin, sign, true);
        let body = start_end + sign.map_or(0, char::len_utf8);
        if let Some(after) = self.raw_begin(body) {
            return self.raw(begin, after);
        }
        let (tokens, end) = self.tokens(body, Some((Tag::Block, begin)), false);
        self.tag(Piece::Block(tokens, begin), end)
    }

    /// The place after `raw %}` when the tag is that.
    fn raw_begin(&self, at: usize) -> Option<usize> {
        let at = skip_space(self.source, at);
        let rest = self.source[at..].strip_prefix("raw")?;
        let at = skip_space(self.source, self.source.len() - rest.len());
        let end = self.syntax.options.block_end_string.as_str();
        let rest = &self.source[at..];
        if let Some(after) = rest.strip_prefix('-').and_then(|rest| rest.strip_prefix(end)) {
            return Some(skip_space(self.source, self.source.len() - after.len()));
        }
        rest.strip_prefix(end).map(|after| self.source.len() - after.len())
    }

    fn raw(&mut self, begin: usize, body: usize) -> Step<()> {
        let start = self.syntax.options.block_start_string.as_str();
        let end = self.syntax.options.block_end_string.as_str();
        self.moved_to(body);
        if body == self.source.len() {
            // Jinja's lexer is at its end before it misses anything.
            return Ok(());
        }
        let mut from = body;
        while let Some(found) = self.source[from..].find(start) {
            let tag = from + found;
            from = tag + start.len();
            let sign = self.sign(from);
            let name = skip_space(self.source, from + sign.map_or(0, char::len_utf8));
            let Some(rest) = self.source[name..].strip_prefix("endraw") else { continue };
            let close = skip_space(self.source, self.source.len() - rest.len());
            let closing = self.sign(close);
            let close = close + closing.map_or(0, char::len_utf8);
            if !self.source[close..].starts_with(end) {
                continue;
            }
            self.data(tag, sign, true);
            self.moved_to(self.after_end(close + end.len(), closing, true));
            return Ok(());
        }
        Err(Stop::Refused(SyntaxFault::new("Missing end of raw directive", begin)))
    }

    fn line_statement(&mut self, begin: usize, start_end: usize) -> Step<()> {
        self.data(begin, None, true);
        let (tokens, end) = self.tokens(start_end, Some((Tag::LineStatement, begin)), false);
        self.tag(Piece::Block(tokens, begin), end)
    }

    /// Where the tag's end leads, if it is here.
    fn tag_end(&self, tag: Tag, at: usize) -> Option<usize> {
        let options = &self.syntax.options;
        let rest = &self.source[at..];
        let (end, trims) = match tag {
            Tag::LineStatement => return self.source[at..].starts_with('\n').then_some(at + 1),
            Tag::Variable => (options.variable_end_string.as_str(), false),
            _ => (options.block_end_string.as_str(), true),
        };
        if rest.starts_with(end) {
            return Some(self.after_end(at + end.len(), None, trims));
        }
        let sign = rest.chars().next().filter(|char| *char == '-' || (*char == '+' && trims))?;
        rest[1..].starts_with(end).then(|| self.after_end(at + 1 + end.len(), Some(sign), trims))
    }

    /// The tokens up to the end of the tag (or of the source, for an expression), and where that leads.
    fn tokens(&self, from: usize, tag: Option<(Tag, usize)>, raw: bool) -> (Vec<Token<'a>>, Step<usize>) {
        let mut tokens = Vec::new();
        let end = self.read_tokens(from, tag, raw, &mut tokens);
        (tokens, end)
    }

    fn read_tokens(
        &self,
        from: usize,
        tag: Option<(Tag, usize)>,
        raw: bool,
        tokens: &mut Vec<Token<'a>>,
    ) -> Step<usize> {
        let mut open: Vec<&'static str> = Vec::new();
        let mut at = from;
        loop {
            if let Some((tag, _)) = tag
                && open.is_empty()
            {
                if tag == Tag::LineStatement {
                    let blank = self.source[at..].trim_start_matches([' ', '\t']);
                    at = self.source.len() - blank.len();
                }
                if let Some(end) = self.tag_end(tag, at) {
                    return Ok(end);
                }
            }
            let skipped = skip_space(self.source, at);
            if skipped != at {
                at = skipped;
                continue;
            }
            if at >= self.source.len() {
                return match tag {
                    None | Some((Tag::LineStatement, _)) => Ok(at),
                    Some((tag, begin)) => Err(Stop::Ended(unclosed(tag, begin))),
                };
            }
            let token = token::next(self.source, at, raw).map_err(Stop::Refused)?;
            balance(&mut open, &token).map_err(Stop::Refused)?;
            at += token.text.len();
            tokens.push(token);
        }
    }
}

/// The fault of a tag that the source ends in, if all is well with its tokens.
fn unclosed(tag: Tag, at: usize) -> SyntaxFault {
    let end = if tag == Tag::Variable { "end of print statement" } else { "end of statement block" };
    SyntaxFault::new(format!("unexpected end of template, expected '{end}'."), at)
}

fn balance(open: &mut Vec<&'static str>, token: &Token<'_>) -> Result<(), SyntaxFault> {
    if !matches!(token.kind, token::Kind::Op) {
        return Ok(());
    }
    match token.text {
        "(" => open.push(")"),
        "[" => open.push("]"),
        "{" => open.push("}"),
        close @ (")" | "]" | "}") => match open.pop() {
            None => return Err(SyntaxFault::new(format!("unexpected '{close}'"), token.at)),
            Some(expected) if expected != close => {
                let message = format!("unexpected '{close}', expected '{expected}'");
                return Err(SyntaxFault::new(message, token.at));
            }
            Some(_) => {}
        },
        _ => {}
    }
    Ok(())
}
