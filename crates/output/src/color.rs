//! Colours, as ansible-core's defaults have them.

/// What a colour stands for (`COLOR_*` of the configuration).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// `COLOR_OK`.
    Ok,
    /// `COLOR_CHANGED`.
    Changed,
    /// `COLOR_SKIP` and `COLOR_INCLUDED`.
    Skip,
    /// `COLOR_ERROR`.
    Error,
    /// `COLOR_UNREACHABLE`.
    Unreachable,
    /// `COLOR_WARN`.
    Warn,
    /// `COLOR_DEPRECATE`.
    Deprecate,
    /// `COLOR_DEBUG`.
    Debug,
    /// `COLOR_VERBOSE`.
    Verbose,
    /// `COLOR_DIFF_LINES`.
    DiffLines,
}

impl Color {
    /// The parameters of the SGR sequence.
    fn code(self) -> &'static str {
        match self {
            Color::Ok => "0;32",
            Color::Changed => "0;33",
            Color::Skip | Color::DiffLines => "0;36",
            Color::Error => "0;31",
            Color::Unreachable => "1;31",
            Color::Warn => "1;35",
            Color::Deprecate => "0;35",
            Color::Debug => "1;30",
            Color::Verbose => "0;34",
        }
    }

    /// The text in the colour, line by line.
    pub fn paint(self, text: &str) -> String {
        let lines: Vec<String> =
            text.split('\n').map(|line| format!("\x1b[{}m{line}\x1b[0m", self.code())).collect();
        lines.join("\n")
    }
}
