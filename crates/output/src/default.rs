//! The `default` callback, line for line as ansible-core prints it.

use crate::{
    Color, Layout, Screen,
    clean::{Shown, clean_debug},
    diagnostic, diff,
};
use rplay_engine::{
    Counters, CustomStats, Diagnostic, Event, JobState, PlayInfo, Recap, Sink, Status, TaskInfo, TaskResult,
};
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// Options of the `default` callback, by ansible-core's names.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `-v` count.
    pub verbosity: u8,
    /// Whether the run is a dry one.
    pub check: bool,
    /// `check_mode_markers`.
    pub check_mode_markers: bool,
    /// `display_ok_hosts`.
    pub ok_hosts: bool,
    /// `display_skipped_hosts`.
    pub skipped_hosts: bool,
    /// `show_custom_stats`.
    pub custom_stats: bool,
    /// `DEPRECATION_WARNINGS`.
    pub deprecations: bool,
    /// How results are laid out.
    pub layout: Layout,
    /// `display_failed_stderr`.
    pub failed_stderr: bool,
    /// `show_task_path_on_failure`.
    pub path_on_failure: bool,
    /// `show_per_host_start`.
    pub host_start: bool,
    /// `display_args_to_stdout`.
    pub args: bool,
}

impl std::default::Default for Options {
    fn default() -> Self {
        Self {
            verbosity: 0,
            check: false,
            check_mode_markers: false,
            ok_hosts: true,
            skipped_hosts: true,
            custom_stats: false,
            deprecations: true,
            layout: Layout::default(),
            failed_stderr: false,
            path_on_failure: false,
            host_start: false,
            args: false,
        }
    }
}

/// The `default` callback.
pub struct Default {
    screen: Screen,
    options: Options,
    banner_of: Option<Arc<TaskInfo>>,
    in_step: bool,
    last_error: Option<Diagnostic>,
}

impl Default {
    /// A callback that writes to `screen`.
    pub fn new(screen: Screen, options: Options) -> Self {
        Self { screen, options, banner_of: None, in_step: true, last_error: None }
    }

    fn play(&mut self, play: &PlayInfo) {
        self.in_step = play.in_step;
        let mark = self.mark(play.check_mode);
        let name = play.name.trim();
        let title = if name.is_empty() { format!("PLAY{mark}") } else { format!("PLAY [{name}]{mark}") };
        self.screen.banner(&title);
        self.screen.flush();
    }

    fn mark(&self, check: bool) -> &'static str {
        if check && self.options.check_mode_markers { " [CHECK MODE]" } else { "" }
    }

    fn task(&mut self, task: &Arc<TaskInfo>) {
        // Hosts that go on by themselves are told of with their results.
        if !self.in_step {
            return;
        }
        self.banner_of = None;
        if self.options.ok_hosts && self.options.skipped_hosts {
            self.task_banner(task);
        }
        self.screen.flush();
    }

    /// The banner of a task, once.
    fn task_banner(&mut self, task: &Arc<TaskInfo>) {
        if self.banner_of.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, task)) {
            return;
        }
        let kind = if task.handler { "RUNNING HANDLER" } else { "TASK" };
        let mark = self.mark(task.check_mode);
        let args = if self.options.args { args(task) } else { String::new() };
        self.screen.banner(&format!("{kind} [{}{args}]{mark}", task.name.trim()));
        if self.options.verbosity >= 2 {
            self.task_path(task);
        }
        self.banner_of = Some(task.clone());
    }

    fn task_path(&mut self, task: &TaskInfo) {
        self.screen.line(&format!("task path: {}", task.path), Some(Color::Debug));
    }

    /// What went wrong, where the options want it.
    fn failure(&mut self, text: &str, color: Color) {
        if self.options.failed_stderr {
            self.screen.error_line(text, color);
        } else {
            self.screen.line(text, Some(color));
        }
    }

    fn notices(&mut self, result: &TaskResult) {
        result.notices.iter().for_each(|notice| self.screen.notice(notice, self.options.deprecations));
        let Some(error) = &result.error else { return };
        // The same error on many hosts is explained once.
        if self.last_error.as_ref() != Some(error) {
            self.failure(&diagnostic::error(error), Color::Error);
            self.last_error = Some(error.clone());
        }
    }

    fn item(&mut self, item: &TaskResult) {
        if item.status == Status::Skipped && !self.options.skipped_hosts
            || item.status == Status::Ok && !self.options.ok_hosts
        {
            return;
        }
        self.diff(item);
        self.task_banner(&item.task);
        self.notices(item);
        let (host, label) = (label(item), item.item.as_deref().unwrap_or_default());
        let mut shown = item.result.clone();
        clean_debug(&mut shown, &item.task.action);
        let verbose = self.verbose(&item.result);
        let dumped = || self.dump(&shown);
        let tail = if verbose { format!(" => {}", dumped()) } else { String::new() };
        let (text, color) = match item.status {
            Status::Ok => (format!("ok: [{host}] => (item={label}){tail}"), Color::Ok),
            Status::Changed => (format!("changed: [{host}] => (item={label}){tail}"), Color::Changed),
            Status::Skipped => (format!("skipping: [{}] => (item={label}) {tail}", item.host), Color::Skip),
            Status::Failed | Status::Unreachable => {
                (format!("failed: [{host}] (item={label}) => {}", dumped()), Color::Error)
            }
        };
        match item.status {
            Status::Failed | Status::Unreachable => self.failure(&text, color),
            _ => self.screen.line(&text, Some(color)),
        }
    }

    fn result(&mut self, result: &TaskResult) {
        self.screen.host_ends(&result.host);
        match result.status {
            Status::Ok if !self.options.ok_hosts => return,
            Status::Skipped if !self.options.skipped_hosts => return,
            _ => {}
        }
        if !result.looped {
            self.diff(result);
        }
        self.task_banner(&result.task);
        if !(result.looped && matches!(result.status, Status::Failed)) {
            self.notices(result);
        }
        self.result_line(result);
        if result.ignored {
            self.screen.line("...ignoring", Some(Color::Skip));
        }
    }

    fn result_line(&mut self, result: &TaskResult) {
        let host = label(result);
        let mut shown = result.result.clone();
        clean_debug(&mut shown, &result.task.action);
        let tail =
            if self.verbose(&result.result) { format!(" => {}", self.dump(&shown)) } else { String::new() };
        let (text, color) = match result.status {
            // Items said it all.
            Status::Ok | Status::Changed if result.looped => return,
            Status::Failed if result.looped && (shown.contains("results") || shown.contains("censored")) => {
                return;
            }
            Status::Ok => (format!("ok: [{host}]{tail}"), Color::Ok),
            Status::Changed => (format!("changed: [{host}]{tail}"), Color::Changed),
            Status::Skipped => {
                shown.remove("results");
                let tail = if self.verbose(&result.result) {
                    format!(" => {}", self.dump(&shown))
                } else {
                    String::new()
                };
                (format!("skipping: [{}]{tail}", result.host), Color::Skip)
            }
            Status::Failed => {
                if self.options.path_on_failure && self.options.verbosity < 2 {
                    self.task_path(&result.task);
                }
                (format!("fatal: [{host}]: FAILED! => {}", self.dump(&shown)), Color::Error)
            }
            Status::Unreachable => {
                (format!("fatal: [{host}]: UNREACHABLE! => {}", self.dump(&shown)), Color::Unreachable)
            }
        };
        match result.status {
            Status::Failed | Status::Unreachable => self.failure(&text, color),
            _ => self.screen.line(&text, Some(color)),
        }
    }

    fn diff(&mut self, result: &TaskResult) {
        if !result.task.diff || result.status != Status::Changed {
            return;
        }
        if let Some(found) = result.result.get("diff") {
            let text = diff::render(found, self.screen.style().color, self.options.layout);
            if !text.is_empty() {
                self.task_banner(&result.task);
                self.screen.line(text.strip_suffix('\n').unwrap_or(&text), None);
            }
        }
    }

    fn verbose(&self, result: &Dict) -> bool {
        let flag = |name: &str| result.get(name).is_some_and(Value::is_true);
        (self.options.verbosity > 0 || flag("_ansible_verbose_always")) && !flag("_ansible_verbose_override")
    }

    fn dump(&self, result: &Dict) -> String {
        let always = result.get("_ansible_verbose_always").is_some_and(Value::is_true);
        let shown = Shown { verbosity: self.options.verbosity }.of(result);
        self.options.layout.result(&shown, None, always || self.options.verbosity > 2)
    }

    fn included(&mut self, name: &str, hosts: &[Str], item: Option<&str>) {
        hosts.iter().for_each(|host| self.screen.host_ends(host));
        let hosts: Vec<&str> = hosts.iter().map(Str::as_str).collect();
        let mut text = format!("included: {name} for {}", hosts.join(", "));
        if let Some(item) = item.filter(|item| !item.is_empty()) {
            text.push_str(&format!(" => (item={item})"));
        }
        self.screen.line(&text, Some(Color::Skip));
    }

    fn custom_stats(&mut self, custom: &CustomStats) {
        if custom.run.is_empty() && custom.hosts.is_empty() {
            return;
        }
        self.screen.banner("CUSTOM STATS: ");
        for (host, stats) in &custom.hosts {
            self.screen.line(&self.custom_line(host, stats), None);
        }
        if !custom.run.is_empty() {
            self.screen.line("", None);
            self.screen.line(&self.custom_line("RUN", &custom.run), None);
        }
        self.screen.line("", None);
    }

    fn custom_line(&self, name: &str, stats: &Dict) -> String {
        format!("\t{name}: {}", self.options.layout.result(stats, Some(1), false).replace('\n', ""))
    }

    fn recap(&mut self, recap: &Recap) {
        self.screen.banner("PLAY RECAP");
        let color = self.screen.style().color;
        for (host, counters) in &recap.hosts {
            self.screen.line(&recap_line(host, counters, color), None);
        }
        self.screen.line("", None);
        if self.options.custom_stats {
            self.custom_stats(&recap.custom);
        }
        if self.options.check && self.options.check_mode_markers {
            self.screen.banner("DRY RUN");
        }
        self.screen.flush();
    }
}

/// The line about a job that is waited for.
fn job_line(host: &str, jid: &str, state: JobState) -> String {
    let python = |flag| if flag { "True" } else { "False" };
    match state {
        JobState::Running { started, finished } => {
            format!(
                "ASYNC POLL on {host}: jid={jid} started={} finished={}",
                python(started),
                python(finished)
            )
        }
        JobState::Ok => format!("ASYNC OK on {host}: jid={jid}"),
        JobState::Failed => format!("ASYNC FAILED on {host}: jid={jid}"),
    }
}

/// The arguments of a task as banners show them; nothing of one that may not be logged.
fn args(task: &TaskInfo) -> String {
    let Some(args) = &task.args else { return String::new() };
    let args: Vec<String> =
        args.iter().map(|(key, value)| format!("{}={}", key.as_value().to_text(), value.to_text())).collect();
    format!(" {}", args.join(", "))
}

fn label(result: &TaskResult) -> String {
    match &result.delegated {
        Some(target) if *target != result.host => format!("{} -> {target}", result.host),
        _ => result.host.to_string(),
    }
}

/// One line of the recap.
pub(crate) fn recap_line(host: &str, counters: &Counters, color: bool) -> String {
    let field = |name: &str, number: usize, paint: Color| {
        let text = format!("{name}={number:<4}");
        if color && number != 0 { paint.paint(&text) } else { text }
    };
    let Counters { ok, changed, unreachable, failed, skipped, rescued, ignored } = *counters;
    let name = if color {
        let paint = match () {
            () if failed != 0 || unreachable != 0 => Color::Error,
            () if changed != 0 => Color::Changed,
            () => Color::Ok,
        };
        format!("{:<37}", paint.paint(host))
    } else {
        format!("{host:<26}")
    };
    [
        format!("{name} :"),
        field("ok", ok, Color::Ok),
        field("changed", changed, Color::Changed),
        field("unreachable", unreachable, Color::Unreachable),
        field("failed", failed, Color::Error),
        field("skipped", skipped, Color::Skip),
        field("rescued", rescued, Color::Ok),
        field("ignored", ignored, Color::Warn),
    ]
    .join(" ")
}

impl Sink for Default {
    fn event(&mut self, event: &Event) {
        match event {
            Event::PlaybookStart { file, plays } => {
                if self.options.verbosity > 1 {
                    let name = file.file_name().unwrap_or_default().to_string_lossy();
                    self.screen.banner(&format!("PLAYBOOK: {name}"));
                    self.screen.line(&format!("{plays} plays in {}", file.display()), Some(Color::Verbose));
                }
                if self.options.check && self.options.check_mode_markers {
                    self.screen.banner("DRY RUN");
                }
            }
            Event::PlayStart(play) => self.play(play),
            Event::NoHostsMatched => self.screen.line("skipping: no hosts matched", Some(Color::Skip)),
            Event::NoHostsRemaining => self.screen.banner("NO MORE HOSTS LEFT"),
            Event::TaskStart(task) => self.task(task),
            Event::HostStart { host, task } => {
                self.screen.host_starts(host, &task.name);
                if self.options.host_start {
                    let text = format!(" [started TASK: {} on {host}]", task.name);
                    self.screen.line(&text, Some(Color::Ok));
                }
            }
            Event::Item(item) => self.item(item),
            Event::Result(result) => self.result(result),
            Event::Retry { host, task, left, result } => {
                let mut text = format!("FAILED - RETRYING: [{host}]: {} ({left} retries left).", task.name);
                let always = result.get("_ansible_verbose_always").is_some_and(Value::is_true);
                if self.options.verbosity > 2 || always {
                    text.push_str(&format!("Result was: {}", self.dump(result)));
                }
                self.screen.line(&text, Some(Color::Debug));
            }
            Event::Job { host, jid, state } => {
                self.screen.line(&job_line(host, jid, *state), Some(Color::Debug));
            }
            Event::Included { task, name, hosts, item } => {
                self.task_banner(task);
                self.included(name, hosts, item.as_deref());
            }
            Event::NotificationSaved { handler } => {
                if self.options.verbosity > 1 {
                    let text = format!("Notification for handler {handler} has been saved.");
                    self.screen.line(&text, Some(Color::Verbose));
                }
            }
            Event::Notified { handler, host } => {
                if self.options.verbosity > 1 {
                    let text = format!("NOTIFIED HANDLER {handler} for {host}");
                    self.screen.line(&text, Some(Color::Verbose));
                }
            }
            other => crate::screen_notice(&mut self.screen, other, self.options.deprecations),
        }
        if let Event::End(recap) = event {
            self.recap(recap);
        }
    }
}
