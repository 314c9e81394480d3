//! Where one host stands in a play: a stack of blocks, and what happens when a task fails.

use crate::tree::{RunBlock, RunEntry, RunTask, TaskId};
use rplay_playbook::Role;
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
pub enum Failure {
    /// A `rescue` takes over.
    Rescued,
    /// Only `always` sections are left, then the host is out.
    Failed,
}

/// What a host does next.
#[derive(Clone, Debug)]
pub enum Next {
    /// Run a task.
    Task(Arc<RunTask>),
    /// A role came to its end on the host.
    RoleEnd(Arc<Role>),
    /// Nothing is left.
    Done,
}

/// A host's place in its play.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    stack: Vec<Frame>,
    /// Handlers that wait for the next flush.
    notified: HashSet<TaskId>,
    failed: bool,
    ended: bool,
}

impl Cursor {
    /// A host at the beginning of a play.
    pub fn new(play: Arc<RunBlock>) -> Self {
        Self { stack: vec![Frame::new(play)], ..Self::default() }
    }

    /// The next step, without taking it. Enters and leaves blocks on the way.
    pub fn peek(&mut self) -> Next {
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
    pub fn advance(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        if let (true, Some(RunEntry::Task(handler))) = (frame.handlers, frame.entries().get(frame.index)) {
            self.notified.remove(&handler.id);
        }
        frame.index += 1;
    }

    /// The task just taken failed.
    pub fn fail(&mut self) -> Failure {
        self.unwind()
    }

    fn unwind(&mut self) -> Failure {
        while let Some(frame) = self.stack.last_mut() {
            if frame.section == Section::Body && !frame.block.rescue.is_empty() {
                frame.enter(Section::Rescue);
                return Failure::Rescued;
            }
            if frame.section != Section::Always && !frame.block.always.is_empty() {
                frame.enter(Section::Always);
                frame.failed = true;
                return Failure::Failed;
            }
            self.stack.pop();
        }
        self.failed = true;
        Failure::Failed
    }

    /// Runs a block before anything else that is left (a dynamic include).
    pub fn insert(&mut self, block: Arc<RunBlock>) {
        self.stack.push(Frame::new(block));
    }

    /// Notes that a handler is to run at the next flush; false if it was noted already.
    pub fn notify(&mut self, handler: TaskId) -> bool {
        self.notified.insert(handler)
    }

    /// Whether any handler waits.
    pub fn has_notified(&self) -> bool {
        !self.notified.is_empty()
    }

    /// Runs the notified ones among all handlers before anything else that is left. Handlers notified
    /// meanwhile run too if they stand later in the list.
    pub fn flush(&mut self, all: Arc<RunBlock>) {
        if self.has_notified() {
            self.stack.push(Frame { handlers: true, ..Frame::new(all) });
        }
    }

    /// Whether the host failed beyond rescue, `always` sections pending or not.
    pub fn failed(&self) -> bool {
        self.failed || self.stack.iter().any(|frame| frame.failed)
    }

    /// Nothing more runs on the host (`meta: end_host`, unreachable).
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the host was ended.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Leaves the blocks of the innermost role (`meta: end_role`).
    pub fn end_role(&mut self) -> Option<Arc<Role>> {
        let depth = self.stack.iter().rposition(|frame| frame.block.ends_role.is_some())?;
        let role = self.stack[depth].block.ends_role.clone();
        self.stack.truncate(depth);
        role
    }

    /// Forgets the failure (`meta: clear_host_errors`).
    pub fn clear_errors(&mut self) {
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
