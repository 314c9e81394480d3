//! Where output goes: two streams, colours, the width of the terminal, the live status line.

use crate::{
    Color,
    bottom::{self, Hold, Suspended},
    diagnostic,
    log::Log,
    punctual::Punctual,
    status::Status,
};
use rplay_engine::{Notice, NoticeKind};
use rplay_value::{Str, surrogates};
use std::{
    borrow::Cow,
    collections::HashSet,
    io::{self, IsTerminal, Write},
    time::{SystemTime, UNIX_EPOCH},
};
use unicode_width::UnicodeWidthChar;

/// What is said when text cannot be shown as it is.
const REPLACED: &str =
    r#"[WARNING]: Non UTF-8 encoded data replaced with "?" while displaying text to stdout/stderr."#;

/// How text is shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Columns a banner fills.
    pub columns: usize,
    /// Whether the hosts at work are shown while a task runs.
    pub status: bool,
}

impl Style {
    /// The style for this process: colours on a terminal unless `nocolor`, always when `force`
    /// (`ANSIBLE_NOCOLOR`, `NO_COLOR`, `ANSIBLE_FORCE_COLOR`); 79 columns where there is no terminal.
    pub fn detect(nocolor: bool, force: bool) -> Self {
        let tty = io::stdout().is_terminal();
        let width = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
        Self {
            color: force || (tty && !nocolor),
            columns: width.saturating_sub(1).max(79),
            status: tty && io::stderr().is_terminal(),
        }
    }
}

/// The terminal, or what stands in for it.
pub struct Screen {
    style: Style,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    status: Option<Status>,
    log: Option<Log>,
    verbosity: u8,
    /// Something was shown with `?` for what is no UTF-8.
    replaced: bool,
    /// A person was asked something; the status line stays away until there is more to say.
    asked: Option<Suspended>,
    /// Warnings there were already.
    told: HashSet<Notice>,
}

/// Comes before the first deprecation.
const NO_DEPRECATIONS: &str =
    "Deprecation warnings can be disabled by setting `deprecation_warnings=False` in ansible.cfg.";

impl Screen {
    /// Standard output and standard error.
    pub fn standard(style: Style) -> Self {
        let status = style.status.then(Status::new);
        Self {
            style,
            out: Box::new(Punctual::new(io::stdout())),
            err: Box::new(io::stderr()),
            status,
            log: None,
            verbosity: 0,
            replaced: false,
            asked: None,
            told: HashSet::new(),
        }
    }

    /// The same screen, with everything it shows written to a log as well.
    pub fn logged(mut self, log: Option<Log>) -> Self {
        self.log = log;
        self
    }

    /// The same screen, showing details up to this verbosity.
    pub fn detailed(mut self, verbosity: u8) -> Self {
        self.verbosity = verbosity;
        self
    }

    /// A detail: shown and logged as far as screen and log want to know.
    pub fn detail(&mut self, level: u8, text: &str) {
        if self.verbosity >= level {
            let painted = self.painted(text, Some(Color::Verbose));
            let _hold = self.clear_status();
            let _ = writeln!(self.out, "{painted}");
        }
        if let Some(log) = &mut self.log
            && log.verbosity >= level
        {
            log.write(text);
        }
    }

    /// A step of the engine's work, after the process and the time.
    pub fn trace(&mut self, text: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let line = format!("{:6} {:.5}: {text}", std::process::id(), now.as_secs_f64());
        self.line(&line, Some(Color::Debug));
    }

    fn log(&mut self, text: &str) {
        if let Some(log) = &mut self.log {
            log.write(text);
        }
    }

    /// A screen that writes to the given streams.
    pub fn to(style: Style, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self {
            style,
            out,
            err,
            status: None,
            log: None,
            verbosity: 0,
            replaced: false,
            asked: None,
            told: HashSet::new(),
        }
    }

    /// The style in use.
    pub fn style(&self) -> Style {
        self.style
    }

    /// The text for a stream; that bytes which are no UTF-8 cannot be shown is said once.
    fn painted(&mut self, text: &str, color: Option<Color>) -> String {
        let text = surrogates::shown(text);
        if matches!(text, Cow::Owned(_)) && !std::mem::replace(&mut self.replaced, true) {
            self.error_line(REPLACED, Color::Warn);
        }
        match color {
            Some(color) if self.style.color => color.paint(&text),
            _ => text.into_owned(),
        }
    }

    /// A line on standard output. Streams that are gone (a closed pipe) are no reason to stop a play.
    pub fn line(&mut self, text: &str, color: Option<Color>) {
        self.log(text);
        let text = self.painted(text, color);
        let hold = self.clear_status();
        let _ = self.out.write_all(text.as_bytes());
        let _ = self.out.write_all(b"\n");
        if hold.is_some() {
            let _ = self.out.flush();
        }
    }

    /// A line on standard error.
    pub fn error_line(&mut self, text: &str, color: Color) {
        self.log(text);
        let text = self.painted(text, Some(color));
        let _hold = self.clear_status();
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{text}");
    }

    /// A warning on standard error, once; of what is deprecated only where that is wanted.
    pub fn notice(&mut self, notice: &Notice, deprecations: bool) {
        let color = match notice.kind {
            NoticeKind::Warning => Color::Warn,
            NoticeKind::Deprecation(_) if !deprecations => return,
            NoticeKind::Deprecation(_) => Color::Deprecate,
        };
        if self.told.contains(notice) {
            return;
        }
        if color == Color::Deprecate {
            self.notice(&Notice::warning(NO_DEPRECATIONS, None), deprecations);
        }
        self.error_line(&diagnostic::notice(notice), color);
        self.told.insert(notice.clone());
    }

    /// Text on standard output as it is.
    pub fn raw(&mut self, text: &str) {
        self.log(text.trim_end());
        let _hold = self.clear_status();
        let _ = self.out.write_all(surrogates::shown(text).as_bytes());
    }

    /// A question, or something to wait for, on standard output.
    pub(crate) fn prompt(&mut self, text: &str) {
        self.line(text, None);
        self.flush();
        self.asked = self.status.as_ref().map(|_| bottom::suspend_status());
    }

    /// Data on standard output, byte for byte.
    ///
    /// # Errors
    /// When not all of it could be written: half a file is no file.
    pub fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        let _hold = self.clear_status();
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// A line on standard error that is neither warning nor error.
    pub fn note(&mut self, text: &str) {
        let _hold = self.clear_status();
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{text}");
    }

    /// A banner: blank line, text, stars to the end of the line.
    pub fn banner(&mut self, text: &str) {
        let text = text.trim();
        let width: usize = text.chars().filter_map(UnicodeWidthChar::width).sum();
        let stars = self.style.columns.saturating_sub(width).max(3);
        self.line(&format!("\n{text} {}", "*".repeat(stars)), None);
    }

    /// Pushes out what is buffered: a person waits for it.
    pub fn flush(&mut self) {
        let _ = self.out.flush();
    }

    /// Takes the status line away while something is written.
    fn clear_status(&mut self) -> Option<Hold> {
        self.asked = None;
        self.status.as_ref().map(|_| bottom::hold())
    }

    /// A host began to work on a task.
    pub(crate) fn host_starts(&mut self, host: &Str, task: &Str) {
        if let Some(status) = &self.status {
            status.start(host, task);
        }
    }

    /// A host is done with a task.
    pub(crate) fn host_ends(&mut self, host: &Str) {
        if let Some(status) = &self.status {
            status.end(host);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _hold = self.clear_status();
        let _ = self.out.flush();
    }
}
