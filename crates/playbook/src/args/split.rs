//! Splitting text at white space that stands outside quotes and template blocks.

/// Text whose quotes or template blocks do not close.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed at splitting arguments, either an unbalanced jinja2 block or quotes: {text}")]
pub struct SplitError {
    /// The text that cannot be split.
    pub text: String,
}

/// Splits text at spaces and line ends outside quotes and `{{ }}`, `{% %}`, `{# #}`. White space that does
/// not separate (runs of spaces, line ends) stays at the end of the word before it, so that joining the words
/// gives the text back. A lone backslash outside quotes continues the line.
///
/// # Errors
/// When a quote or a block is not closed.
pub fn split(text: &str) -> Result<Vec<String>, SplitError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut splitter = Splitter::default();
    let lines: Vec<&str> = text.split('\n').collect();
    for (number, line) in lines.iter().enumerate() {
        let continued = splitter.line(line);
        if number + 1 < lines.len() && !continued {
            splitter.glue("\n");
        }
    }
    if splitter.inside_block() || splitter.quote.is_some() {
        return Err(SplitError { text: text.to_owned() });
    }
    Ok(splitter.words)
}

const BLOCKS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

#[derive(Default)]
struct Splitter {
    words: Vec<String>,
    quote: Option<char>,
    depths: [usize; BLOCKS.len()],
}

impl Splitter {
    /// Takes in one line; true when it ended its logical line with a lone backslash.
    fn line(&mut self, line: &str) -> bool {
        let mut continued = false;
        for (index, token) in line.split(' ').enumerate() {
            if token.is_empty() && index != 0 {
                self.glue(" ");
            } else if token == "\\" && self.quote.is_none() {
                continued = true;
            } else {
                self.token(token, index == 0);
            }
        }
        continued
    }

    fn token(&mut self, token: &str, first: bool) {
        let was_quoted = self.quote.is_some();
        self.quote = quote_after(token, self.quote);
        let quoted = self.quote.is_some();
        let mut placed = true;
        if quoted && !was_quoted && !self.inside_block() {
            self.words.push(token.to_owned());
        } else if self.inside_block() || quoted || was_quoted {
            if !first {
                self.glue(" ");
            }
            self.glue(token);
        } else {
            placed = false;
        }
        let before = self.depths;
        for (depth, (open, close)) in self.depths.iter_mut().zip(BLOCKS) {
            *depth = (*depth + token.matches(open).count()).saturating_sub(token.matches(close).count());
        }
        let plain = !self.inside_block() && !quoted && !token.is_empty();
        if !placed && (self.depths != before || plain) {
            self.words.push(token.to_owned());
        }
    }

    fn inside_block(&self) -> bool {
        self.depths.iter().any(|depth| *depth > 0)
    }

    fn glue(&mut self, text: &str) {
        match self.words.last_mut() {
            Some(word) => word.push_str(text),
            None => self.words.push(text.to_owned()),
        }
    }
}

fn quote_after(token: &str, mut quote: Option<char>) -> Option<char> {
    let mut before = None;
    for char in token.chars() {
        if matches!(char, '"' | '\'') && before != Some('\\') {
            match quote {
                Some(open) if open == char => quote = None,
                Some(_) => {}
                None => quote = Some(char),
            }
        }
        before = Some(char);
    }
    quote
}
