//! What happens while plays run, as outputs read it. Events are the only way anything is shown.

use rplay_value::{Dict, Origin, Str};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// A consumer of events. Called from one thread at a time, in the order things happened.
pub trait Sink: Send {
    /// Takes one event.
    fn event(&mut self, event: &Event);
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A playbook begins.
    PlaybookStart {
        /// The file as it was named.
        file: PathBuf,
        /// How many plays it has.
        plays: usize,
    },
    /// A play begins.
    PlayStart(Arc<PlayInfo>),
    /// The play's pattern matched no host (`skipping: no hosts matched`).
    NoHostsMatched,
    /// Every host of the play failed (`NO MORE HOSTS LEFT`).
    NoHostsRemaining,
    /// A task begins, before its first host.
    TaskStart(Arc<TaskInfo>),
    /// A host began to work on a task.
    HostStart {
        /// The host.
        host: Str,
        /// The task.
        task: Arc<TaskInfo>,
    },
    /// One item of a loop is done on a host.
    Item(Box<TaskResult>),
    /// A task is done on a host.
    Result(Box<TaskResult>),
    /// An attempt of `until` failed and will be repeated.
    Retry {
        /// The host label (`h` or `h -> target`).
        host: Str,
        /// The task.
        task: Arc<TaskInfo>,
        /// Attempts left.
        left: i64,
        /// Result of the attempt.
        result: Dict,
    },
    /// A job that is waited for (`async` with `poll`) was looked at.
    Job {
        /// The host.
        host: Str,
        /// The job's id.
        jid: String,
        /// How it is.
        state: JobState,
    },
    /// A file or role was included.
    Included {
        /// The task that included it.
        task: Arc<TaskInfo>,
        /// File path, or the role's name.
        name: String,
        /// The hosts that included it.
        hosts: Vec<Str>,
        /// Label of the loop item, if the include looped.
        item: Option<String>,
    },
    /// A task notified a name; the handlers are looked for at the next flush.
    NotificationSaved {
        /// The name.
        handler: Str,
    },
    /// A handler is to run on a host.
    Notified {
        /// The handler.
        handler: Str,
        /// The host.
        host: Str,
    },
    /// A warning that no host's result carries.
    Notice(Notice),
    /// A non-fatal error that no host's result carries.
    Error(Diagnostic),
    /// Something about the run for those who ask for more (`-v`).
    Verbose(String),
    /// A question that is answered on the same line.
    Ask(String),
    /// A line like those of plays and tasks (`--step`).
    Banner(String),
    /// A step of the work, for those who ask for that much (`-vvv`) on the screen or in the log.
    Detail {
        /// The verbosity it needs.
        level: u8,
        /// The text.
        text: String,
    },
    /// A step of the engine's own work (`DEFAULT_DEBUG`).
    Trace(String),
    /// Text a task asks to show (`pause` prompts).
    Prompt(String),
    /// All is done.
    End(Recap),
}

/// A warning with the place it speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    /// What kind of warning.
    pub kind: NoticeKind,
    /// The message.
    pub message: String,
    /// The place.
    pub origin: Option<Origin>,
    /// What to do about it.
    pub help: Option<String>,
}

/// What kind of warning a [`Notice`] is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// Something is odd.
    Warning,
    /// Something will stop working.
    Deprecation(Removal),
}

/// When something deprecated goes, and what it belongs to; nothing is known of forms that ansible-core dropped
/// already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Removal {
    /// The release without it.
    pub version: Option<String>,
    /// The date of the release without it.
    pub date: Option<String>,
    /// What it belongs to.
    pub owner: Option<Owner>,
}

/// The collection or plugin that deprecates something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// A collection's name (`ansible.builtin`), or a plugin's full one.
    pub name: String,
    /// The type of the plugin (`module`); none for collections.
    pub kind: Option<String>,
}

impl Notice {
    /// A warning.
    pub fn warning(message: impl Into<String>, origin: Option<Origin>) -> Self {
        Self { kind: NoticeKind::Warning, message: message.into(), origin, help: None }
    }

    /// Of a form that no current ansible-core knows.
    pub fn outdated(message: impl Into<String>, origin: Option<Origin>) -> Self {
        Self { kind: NoticeKind::Deprecation(Removal::default()), ..Self::warning(message, origin) }
    }

    /// Of a form that ansible-core drops in a release.
    pub fn dropped_in(version: &str, message: impl Into<String>, origin: Option<Origin>) -> Self {
        let removal =
            Removal { version: Some(version.to_owned()), date: None, owner: Some(Owner::ansible_core()) };
        Self { kind: NoticeKind::Deprecation(removal), ..Self::warning(message, origin) }
    }
}

impl Owner {
    fn ansible_core() -> Self {
        Self { name: "ansible.builtin".into(), kind: None }
    }

    /// The name of the collection.
    pub fn collection(&self) -> &str {
        let end = self.name.match_indices('.').nth(1).map_or(self.name.len(), |(at, _)| at);
        &self.name[..end]
    }
}

/// A play as outputs show it.
#[derive(Clone, Debug)]
pub struct PlayInfo {
    /// Name, or the hosts pattern where it has none.
    pub name: Str,
    /// Whether every task runs in check mode.
    pub check_mode: bool,
    /// Whether all hosts are at the same task.
    pub in_step: bool,
}

/// A task as outputs show it.
#[derive(Clone, Debug)]
pub struct TaskInfo {
    /// `role : name`, `name`, or the action as written.
    pub name: Str,
    /// The action as written.
    pub action: Str,
    /// Whether it runs as a handler.
    pub handler: bool,
    /// `file:line` of the task.
    pub path: String,
    /// Whether it runs in check mode.
    pub check_mode: bool,
    /// Whether diffs are to be shown.
    pub diff: bool,
    /// The arguments as they are written; none under `no_log`.
    pub args: Option<Arc<Dict>>,
}

/// How a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It runs.
    Running {
        /// Whether it has begun.
        started: bool,
        /// Whether it has ended.
        finished: bool,
    },
    /// It ended well.
    Ok,
    /// It failed or took too long.
    Failed,
}

/// How a task ended on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing had to change.
    Ok,
    /// Something changed.
    Changed,
    /// A condition was false.
    Skipped,
    /// It failed.
    Failed,
    /// The host could not be reached.
    Unreachable,
}

/// The result of a task, or of one item of its loop, on a host.
#[derive(Clone, Debug)]
pub struct TaskResult {
    /// The host.
    pub host: Str,
    /// Where it ran, if it was delegated.
    pub delegated: Option<Str>,
    /// The task.
    pub task: Arc<TaskInfo>,
    /// How it ended.
    pub status: Status,
    /// A failure that `ignore_errors` or `ignore_unreachable` lets pass.
    pub ignored: bool,
    /// The result, censored already where `no_log` asks for it.
    pub result: Dict,
    /// The label of the item, for items.
    pub item: Option<String>,
    /// Whether the task looped (its items were shown one by one).
    pub looped: bool,
    /// Where a failure comes from.
    pub error: Option<Diagnostic>,
    /// What was told on the way, as the result has it.
    pub notices: Vec<Notice>,
}

/// An error as a chain: what failed, caused by what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// The links, outermost first.
    pub links: Vec<Link>,
}

/// One link of a [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What went wrong.
    pub message: String,
    /// The place.
    pub origin: Option<Origin>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A chain of one link.
    pub fn new(message: impl Into<String>, origin: Option<Origin>) -> Self {
        Self { links: vec![Link { message: message.into(), origin, help: None }] }
    }

    /// Puts a link around the chain.
    pub fn within(mut self, message: impl Into<String>, origin: Option<Origin>) -> Self {
        self.links.insert(0, Link { message: message.into(), origin, help: None });
        self
    }

    /// Says how the outermost link came about, where something is known of it.
    pub fn led_by(mut self, help: Option<String>) -> Self {
        if let (Some(help), Some(link)) = (help, self.links.first_mut())
            && link.help.is_none()
        {
            link.help = Some(help);
        }
        self
    }

    /// The whole chain in one line: `outer: inner`.
    pub fn summary(&self) -> String {
        Self::joined(&self.links)
    }

    /// Messages of links in one line. One whose cause is part of it already says it once.
    pub fn joined(links: &[Link]) -> String {
        let mut messages = links.iter().rev().map(|link| link.message.as_str());
        let innermost = messages.next().unwrap_or_default().to_owned();
        messages.fold(innermost, |inner, outer| {
            if outer.ends_with(&inner) {
                outer.to_owned()
            } else {
                format!("{}: {inner}", outer.trim_end_matches(['.', ' ']))
            }
        })
    }
}

/// Counters of one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Tasks that ended well, changed ones among them.
    pub ok: usize,
    /// Tasks that changed something.
    pub changed: usize,
    /// Times the host could not be reached.
    pub unreachable: usize,
    /// Failed tasks.
    pub failed: usize,
    /// Skipped tasks.
    pub skipped: usize,
    /// Failures that a `rescue` took over.
    pub rescued: usize,
    /// Failures that were ignored.
    pub ignored: usize,
}

/// The counters of all hosts, by name, and custom statistics.
#[derive(Clone, Debug, Default)]
pub struct Recap {
    /// Counters by host.
    pub hosts: BTreeMap<Str, Counters>,
    /// `set_stats` data.
    pub custom: CustomStats,
}

/// What `set_stats` told.
#[derive(Clone, Debug, Default)]
pub struct CustomStats {
    /// For the run.
    pub run: Dict,
    /// By host (`per_host`).
    pub hosts: BTreeMap<Str, Dict>,
}
