//! The parser's events, with its known faults mended and any other panic caught.

use crate::{Place, Span, source::Source};
use libyaml_safer::{Encoding, Error, Event, EventData, Mark, Parser, ScalarStyle};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

/// What went wrong below, without the source.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) problem: String,
    pub(crate) context: Option<(String, Option<Place>)>,
}

impl Fault {
    pub(crate) fn new(place: impl Into<Place>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into(), context: None }
    }

    pub(crate) fn within(mut self, context: impl Into<String>, place: impl Into<Place>) -> Self {
        self.context = Some((context.into(), Some(place.into())));
        self
    }
}

/// The text as the parser gets it: no byte order mark, and a line break at the end, without which the parser
/// panics on a block scalar that ends with the file.
pub(crate) struct Text {
    text: String,
    newline_added: bool,
}

impl Text {
    pub(crate) fn new(source: &Source) -> Self {
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
        let newline_added = !text.ends_with(is_break) && !text.is_empty();
        let newline = if newline_added { "\n" } else { "" };
        Self { text: format!("{text}{newline}"), newline_added }
    }

    /// The last line when the line break behind it is not the author's.
    fn unfinished_line(&self) -> Option<&str> {
        self.newline_added.then(|| {
            let text = &self.text[..self.text.len() - 1];
            text.rsplit(is_break).next().unwrap_or_default()
        })
    }
}

fn is_break(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A stream of events over a [`Text`].
pub(crate) struct Events<'a> {
    parser: Parser<&'a [u8]>,
    text: &'a Text,
}

impl<'a> Events<'a> {
    pub(crate) fn new(text: &'a Text) -> Self {
        let mut parser = Parser::new();
        parser.set_input(text.text.as_bytes());
        parser.set_encoding(Encoding::Utf8);
        Self { parser, text }
    }

    /// The next event; after the end of the stream, that end again.
    pub(crate) fn next(&mut self) -> Result<(EventData, Span), Fault> {
        let event = quietly(|| self.parser.parse());
        match event {
            Some(Ok(event)) => Ok(self.mended(event)),
            Some(Err(error)) => Err(self.fault(&error)),
            None => Err(Fault::new(Place { line: 1, column: 1 }, "the text cannot be read as YAML")),
        }
    }

    /// Takes the added line break out of a block scalar that ends with the file.
    fn mended(&self, mut event: Event) -> (EventData, Span) {
        if let EventData::Scalar { value, style: ScalarStyle::Literal | ScalarStyle::Folded, .. } =
            &mut event.data
            && event.end_mark.index == self.text.text.len() as u64
            && let Some(line) = self.text.unfinished_line()
            && self.holds_added_break(line, value, &event.start_mark)
        {
            value.pop();
        }
        (event.data, span(event.start_mark, event.end_mark))
    }

    fn holds_added_break(&self, line: &str, value: &str, start: &Mark) -> bool {
        let Some(content) = value.strip_suffix('\n') else { return false };
        if line.contains(|char| char != ' ') {
            return true;
        }
        let block = self.text.text.get(start.index as usize..).unwrap_or_default();
        let header = block.lines().next().unwrap_or_default();
        let header = header.split_whitespace().find(|word| word.starts_with(['|', '>'])).unwrap_or_default();
        if header.contains('+') {
            return true;
        }
        let first = block.lines().skip(1).find(|line| line.contains(|char| char != ' '));
        let last = content.rsplit('\n').next().unwrap_or_default();
        match first {
            Some(first) if !header.contains(|char: char| char.is_ascii_digit()) => {
                line.len() > first.len() - first.trim_start_matches(' ').len()
            }
            _ => !last.is_empty() && last.chars().all(|char| char == ' '),
        }
    }

    fn fault(&self, error: &Error) -> Fault {
        let Some(mark) = error.problem_mark() else { return self.reader_fault(error) };
        let context = error.context().map(|text| (text.to_owned(), error.context_mark().map(place)));
        let problem = error.problem().to_owned();
        let at_end = problem.contains("end of stream");
        Fault { place: if at_end { self.within_text(place(mark)) } else { place(mark) }, problem, context }
    }

    /// The added line break must not move an "end of stream" behind the author's last line.
    fn within_text(&self, place: Place) -> Place {
        match self.text.unfinished_line() {
            Some(line) if place.column == 1 && place.line as usize > self.text.text.lines().count() => {
                Place { line: place.line - 1, column: line.chars().count() as u32 + 1 }
            }
            _ => place,
        }
    }

    /// The reader gives no mark: the first character it refuses is looked for here.
    fn reader_fault(&self, error: &Error) -> Fault {
        let mut place = Place { line: 1, column: 1 };
        for char in self.text.text.chars() {
            if is_refused(char) {
                let problem =
                    format!("unacceptable character #x{:04x}: {}", u32::from(char), error.problem());
                return Fault::new(place, problem);
            }
            match char {
                '\n' => place = Place { line: place.line + 1, column: 1 },
                _ => place.column += 1,
            }
        }
        Fault::new(place, error.problem())
    }
}

fn is_refused(char: char) -> bool {
    !matches!(char, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn place(mark: Mark) -> Place {
    let Span { line, column, .. } = span(mark, mark);
    Place { line, column }
}

fn span(start: Mark, end: Mark) -> Span {
    let from_one = |count: u64| u32::try_from(count).unwrap_or(u32::MAX - 1) + 1;
    Span {
        line: from_one(start.line),
        column: from_one(start.column),
        end_line: from_one(end.line),
        end_column: from_one(end.column),
    }
}

thread_local! { static QUIET: Cell<bool> = const { Cell::new(false) }; }

/// Runs the parser; `None` where it panicked. The panic message, which would mean nothing to the reader, is
/// kept off the terminal on this thread only.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    result.ok()
}
