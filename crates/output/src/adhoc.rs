//! Outputs of ad-hoc commands: `minimal`, and `oneline` for `-o` and `--tree`.

use crate::{
    Color, Layout, Screen,
    clean::{Shown, clean_debug},
    diagnostic, diff, json,
};
use rplay_engine::{Event, Sink, Status, TaskResult};
use rplay_value::{Dict, Value};

/// Modules whose output is shown as it is (`MODULE_NO_JSON`).
const PLAIN: &[&str] = &["command", "win_command", "shell", "win_shell", "raw", "script"];

fn is_plain(result: &TaskResult) -> bool {
    PLAIN.contains(&rplay_engine::actions::short_name(&result.task.action))
        && !result.result.contains("ansible_job_id")
}

fn text(result: &Dict, key: &str) -> String {
    result.get(key).map(Value::to_text).unwrap_or_default()
}

fn rc(result: &Dict) -> String {
    result.get("rc").map_or_else(|| "-1".into(), Value::to_text)
}

fn state(status: Status) -> (&'static str, Color) {
    match status {
        Status::Ok => ("SUCCESS", Color::Ok),
        Status::Changed => ("CHANGED", Color::Changed),
        Status::Skipped => ("SKIPPED", Color::Skip),
        Status::Failed => ("FAILED", Color::Error),
        Status::Unreachable => ("UNREACHABLE!", Color::Unreachable),
    }
}

/// The `minimal` callback.
pub struct Minimal {
    screen: Screen,
    verbosity: u8,
    deprecations: bool,
}

impl Minimal {
    /// A callback that writes to `screen`.
    pub fn new(screen: Screen, verbosity: u8, deprecations: bool) -> Self {
        Self { screen, verbosity, deprecations }
    }

    fn result(&mut self, result: &TaskResult) {
        self.screen.host_ends(&result.host);
        result.notices.iter().for_each(|notice| self.screen.notice(notice, self.deprecations));
        if let Some(error) = &result.error {
            self.screen.line(&diagnostic::error(error), Some(Color::Error));
        }
        if result.task.diff
            && let Some(found) = result.result.get("diff")
        {
            let shown = diff::render(found, self.screen.style().color, Layout::default());
            if !shown.is_empty() {
                self.screen.line(shown.trim_end_matches('\n'), None);
                self.screen.line("", None);
            }
        }
        let (word, color) = state(result.status);
        let line = match result.status {
            Status::Skipped => format!("{} | SKIPPED", result.host),
            Status::Unreachable => format!("{} | UNREACHABLE! => {}", result.host, self.dump(result)),
            _ if is_plain(result) && !result.result.contains("module_stderr") => plain(result, word),
            Status::Failed => format!("{} | FAILED! => {}", result.host, self.dump(result)),
            _ => format!("{} | {word} => {}", result.host, self.dump(result)),
        };
        self.screen.line(&line, Some(color));
        self.screen.flush();
    }

    fn dump(&self, result: &TaskResult) -> String {
        let mut shown = result.result.clone();
        if result.status == Status::Failed {
            return json::dump_dict(&Shown { verbosity: self.verbosity }.of(&shown), Some(4));
        }
        clean_debug(&mut shown, &result.task.action);
        json::dump_dict(&Shown { verbosity: self.verbosity }.of(&shown), Some(4))
    }
}

/// `host | STATE | rc=0 >>` and the output as it came.
fn plain(result: &TaskResult, word: &str) -> String {
    let shown = &result.result;
    format!(
        "{} | {word} | rc={} >>\n{}{}{}",
        result.host,
        rc(shown),
        text(shown, "stdout"),
        text(shown, "stderr"),
        text(shown, "msg")
    )
}

impl Sink for Minimal {
    fn event(&mut self, event: &Event) {
        match event {
            Event::HostStart { host, task } => self.screen.host_starts(host, &task.name),
            Event::Result(result) => self.result(result),
            other => crate::screen_notice(&mut self.screen, other, self.deprecations),
        }
    }
}

/// The `oneline` callback.
pub struct Oneline {
    screen: Screen,
    verbosity: u8,
    deprecations: bool,
}

impl Oneline {
    /// A callback that writes to `screen`.
    pub fn new(screen: Screen, verbosity: u8, deprecations: bool) -> Self {
        Self { screen, verbosity, deprecations }
    }

    fn result(&mut self, result: &TaskResult) {
        let (word, color) = state(result.status);
        let dump = || {
            let shown = Shown { verbosity: self.verbosity }.of(&result.result);
            json::dump_dict(&shown, Some(0)).replace('\n', "")
        };
        let line = match result.status {
            Status::Skipped => format!("{} | SKIPPED", result.host),
            Status::Unreachable => format!("{} | UNREACHABLE!: {}", result.host, text(&result.result, "msg")),
            // Failed commands are told twice, as ansible-core tells them.
            Status::Failed if is_plain(result) => {
                format!("{}\n{} | FAILED! => {}", plain_line(result, word), result.host, dump())
            }
            _ if is_plain(result) => plain_line(result, word),
            Status::Failed => format!("{} | FAILED! => {}", result.host, dump()),
            _ => format!("{} | {word} => {}", result.host, dump()),
        };
        self.screen.line(&line, Some(color));
        self.screen.flush();
    }
}

fn plain_line(result: &TaskResult, word: &str) -> String {
    let escaped = |key: &str| text(&result.result, key).replace('\n', "\\n").replace('\r', "\\r");
    let (stdout, stderr) = (escaped("stdout"), escaped("stderr"));
    let line = format!("{} | {word} | rc={} | (stdout) {stdout}", result.host, rc(&result.result));
    if stderr.is_empty() { line } else { format!("{line} (stderr) {stderr}") }
}

impl Sink for Oneline {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Result(result) => self.result(result),
            other => crate::screen_notice(&mut self.screen, other, self.deprecations),
        }
    }
}
