//! Where one host stands in a play: a stack of blocks, and what happens when a task fails.

use crate::tree::{RunBlock, RunEntry, RunTask, TaskId};
use rplay_playbook::Role;
use rplay_value::Str;
use std::{collections::HashSet, sync::Arc};

/// The part of a block a host is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Body,
    Rescue,
    Always,
}

/// A block being run by a host.
#[derive(Clone, Debug)]
struct Frame {
    block: Arc<RunBlock>,
    section: Section,
    index: usize,
    /// A failure waits for the end of `always` to go on outwards.
    failed: bool,
    /// The block holds all handlers: only notified ones run.
    handlers: bool,
}

impl Frame {
    fn new(block: Arc<RunBlock>) -> Self {
        Self { block, section: Section::Body, index: 0, failed: false, handlers: false }
    }

    fn entries(&self) -> &[RunEntry] {
        match self.section {
            Section::Body => &self.block.body,
            Section::Rescue => &self.block.rescue,
            Section::Always => &self.block.always,
        }
    }

    fn enter(&mut self, section: Section) {
        self.section = section;
        self.index = 0;
    }
}

/// What a failure led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A `rescue` takes over.
    Rescued,
    /// Only `always` sections are left, then the host is out.
    Failed,
}

/// What a host does next.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Run a task.
    Task(Arc<RunTask>),
    /// A role came to its end on the host.
    RoleEnd(Arc<Role>),
    /// Nothing is left.
    Done,
}

/// A host's place in its play.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cursor {
    stack: Vec<Frame>,
    /// Names that tasks notified since the last flush; which handlers they mean is decided then.
    pending: Vec<Str>,
    /// Handlers that the flush under way is to run.
    notified: HashSet<TaskId>,
    failed: bool,
    ended: bool,
}

impl Cursor {
    /// A host at the beginning of a play.
    pub(crate) fn new(play: Arc<RunBlock>) -> Self {
        Self { stack: vec![Frame::new(play)], ..Self::default() }
    }

    /// The next step, without taking it. Enters and leaves blocks on the way.
    pub(crate) fn peek(&mut self) -> Next {
        if self.ended {
            return Next::Done;
        }
        loop {
            let Some(frame) = self.stack.last_mut() else { return Next::Done };
            if frame.handlers {
                skip_unnotified(frame, &self.notified);
            }
            match frame.entries().get(frame.index) {
                Some(RunEntry::Task(task)) => return Next::Task(task.clone()),
                Some(RunEntry::Block(block)) => {
                    let block = block.clone();
                    frame.index += 1;
                    self.stack.push(Frame::new(block));
                }
                None => {
                    if let Some(role) = self.leave_section() {
                        return Next::RoleEnd(role);
                    }
                }
            }
        }
    }

    /// The section at the top ran to its end: go on to `always` or out of the block.
    fn leave_section(&mut self) -> Option<Arc<Role>> {
        let frame = self.stack.last_mut()?;
        if frame.section != Section::Always && !frame.block.always.is_empty() {
            frame.enter(Section::Always);
            return None;
        }
        let frame = self.stack.pop()?;
        if frame.failed {
            self.unwind();
            return None;
        }
        frame.block.ends_role.clone()
    }

    /// Takes the step that [`Self::peek`] showed.
    pub(crate) fn advance(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        if let (true, Some(RunEntry::Task(handler))) = (frame.handlers, frame.entries().get(frame.index)) {
            self.notified.remove(&handler.id);
        }
        frame.index += 1;
    }

    /// The task just taken failed. It counts as rescued if any block around it may rescue.
    pub(crate) fn fail(&mut self) -> Failure {
        let rescuing = |frame: &Frame| frame.section == Section::Body && !frame.block.rescue.is_empty();
        let rescued = self.stack.iter().any(rescuing) || self.flushes_over_rescue();
        self.unwind();
        if rescued { Failure::Rescued } else { Failure::Failed }
    }

    /// For a handler that fails ansible-core asks whether the outermost block around the flush has a `rescue`,
    /// whatever section of it the host is in.
    fn flushes_over_rescue(&self) -> bool {
        let mut frames = self.stack.iter().skip(1).filter(|frame| frame.block.ends_role.is_none());
        self.in_handlers()
            && frames.next().is_some_and(|frame| !frame.handlers && !frame.block.rescue.is_empty())
    }

    fn unwind(&mut self) {
        while let Some(frame) = self.stack.last_mut() {
            if frame.section == Section::Body && !frame.block.rescue.is_empty() {
                frame.enter(Section::Rescue);
                return;
            }
            if frame.section != Section::Always && !frame.block.always.is_empty() {
                frame.enter(Section::Always);
                frame.failed = true;
                return;
            }
            self.stack.pop();
        }
        self.failed = true;
    }

    /// Passes over everything up to a task.
    pub(crate) fn skip_to(&mut self, task: TaskId) {
        loop {
            match self.peek() {
                Next::Task(next) if next.id != task => self.advance(),
                Next::RoleEnd(_) => {}
                Next::Task(_) | Next::Done => return,
            }
        }
    }

    /// Runs a block before anything else that is left (a dynamic include).
    pub(crate) fn insert(&mut self, block: Arc<RunBlock>) {
        self.stack.push(Frame::new(block));
    }

    /// Notes that a handler is to run in the flush under way; false if it was noted already.
    pub(crate) fn notify(&mut self, handler: TaskId) -> bool {
        self.notified.insert(handler)
    }

    /// Notes a name for the next flush.
    pub(crate) fn note(&mut self, name: &Str) {
        if !self.pending.contains(name) {
            self.pending.push(name.clone());
        }
    }

    /// Whether names were noted since the last flush.
    pub(crate) fn has_noted(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether handlers are still to run.
    pub(crate) fn has_handlers_left(&self) -> bool {
        !self.notified.is_empty()
    }

    /// The names noted since the last flush.
    pub(crate) fn take_noted(&mut self) -> Vec<Str> {
        std::mem::take(&mut self.pending)
    }

    /// Whether handlers are being run.
    pub(crate) fn in_handlers(&self) -> bool {
        self.stack.iter().any(|frame| frame.handlers)
    }

    /// Runs the notified ones among all handlers before anything else that is left. Handlers notified
    /// meanwhile run too if they stand later in the list.
    pub(crate) fn flush(&mut self, all: Arc<RunBlock>) {
        if !self.notified.is_empty() {
            self.stack.push(Frame { handlers: true, ..Frame::new(all) });
        }
    }

    /// Whether the host failed beyond rescue, `always` sections pending or not.
    pub(crate) fn failed(&self) -> bool {
        self.failed || self.stack.iter().any(|frame| frame.failed)
    }

    /// Nothing more runs on the host (`meta: end_host`, unreachable).
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the host was ended.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Leaves the blocks of the innermost role (`meta: end_role`).
    pub(crate) fn end_role(&mut self) -> Option<Arc<Role>> {
        let depth = self.stack.iter().rposition(|frame| frame.block.ends_role.is_some())?;
        let role = self.stack[depth].block.ends_role.clone();
        self.stack.truncate(depth);
        role
    }

    /// Forgets the failure (`meta: clear_host_errors`).
    pub(crate) fn clear_errors(&mut self) {
        self.failed = false;
        for frame in &mut self.stack {
            frame.failed = false;
        }
    }
}

fn skip_unnotified(frame: &mut Frame, notified: &HashSet<TaskId>) {
    while let Some(RunEntry::Task(handler)) = frame.entries().get(frame.index) {
        if notified.contains(&handler.id) {
            break;
        }
        frame.index += 1;
    }
}
