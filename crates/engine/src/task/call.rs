//! Calls to hosts: content that travels with them, sessions, results.

use super::{Resolved, outcome, target, utf8};
use crate::{
    actions::{Call, RawResult, Remote, short_name},
    engine::Engine,
    error::TaskError,
};
use rplay_connection::{BlobSource, CallError, OutSink, Session, Target};
use rplay_protocol::{Call as Frame, CallOptions, InlineBlob};
use rplay_template::Scope;
use rplay_value::{Dict, Value, surrogates};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// Contents up to this size travel inside the call: asking for them would cost a round trip.
const INLINE: usize = 128 * 1024;

/// Content a module may ask for.
#[derive(Clone, Debug)]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// A file of the controller.
    File {
        /// Its path.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
}

impl Content {
    /// Content in memory.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Content::Bytes(bytes.into())
    }

    /// A file of the controller; with `decrypt` in plain text, in memory, when it is a vault.
    pub fn file(engine: &Engine, path: PathBuf, decrypt: bool) -> Result<Self, TaskError> {
        let fault = |error: io::Error| TaskError::failed(format!("cannot read {}: {error}", path.display()));
        if decrypt && engine.content.is_vault(&path).map_err(fault)? {
            return Ok(Content::bytes(engine.content.decrypted(&path)?));
        }
        let size = path.metadata().map_err(fault)?.len();
        if size > INLINE as u64 {
            File::open(&path).map_err(fault)?;
            return Ok(Content::File { path, size });
        }
        Ok(Content::bytes(std::fs::read(&path).map_err(fault)?))
    }

    fn inline(&self) -> Option<&Arc<[u8]>> {
        match self {
            Content::Bytes(bytes) if bytes.len() <= INLINE => Some(bytes),
            _ => None,
        }
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Content::Bytes(bytes) => Ok(Box::new(io::Cursor::new(bytes.clone()))),
            Content::File { path, .. } => Ok(Box::new(File::open(path)?)),
        }
    }
}

/// Contents of a batch of calls, under ids that are unique in it.
#[derive(Default)]
struct Blobs(HashMap<String, Content>);

impl BlobSource for Blobs {
    fn open(&self, id: &str) -> io::Result<Box<dyn Read + Send>> {
        match self.0.get(id) {
            Some(content) => content.open(),
            None => Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no content '{id}'"))),
        }
    }
}

/// A host as a task talks to it. Connects when the first call is made.
pub(super) struct Host<'a> {
    engine: &'a Engine,
    keywords: &'a Resolved,
    target: RefCell<Option<Target>>,
    session: RefCell<Option<Arc<Session>>>,
    limit: Cell<Option<Duration>>,
    scope: Arc<dyn Scope>,
    task: &'a crate::tree::RunTask,
    name: &'a str,
}

impl<'a> Host<'a> {
    /// The host that `scope` belongs to, named `name`.
    pub(super) fn new(
        engine: &'a Engine,
        task: &'a crate::tree::RunTask,
        keywords: &'a Resolved,
        scope: Arc<dyn Scope>,
        name: &'a str,
    ) -> Self {
        let (target, session, limit) = (RefCell::default(), RefCell::default(), Cell::default());
        Self { engine, keywords, target, session, limit, scope, task, name }
    }

    fn target(&self) -> Result<Target, TaskError> {
        if let Some(target) = &*self.target.borrow() {
            return Ok(target.clone());
        }
        let target = target::target_of(self.engine, &self.task.keywords.own, &self.scope, self.name)?;
        *self.target.borrow_mut() = Some(target.clone());
        Ok(target)
    }

    fn session(&self) -> Result<Arc<Session>, TaskError> {
        if let Some(session) = &*self.session.borrow() {
            return Ok(session.clone());
        }
        let session = self.connected()?;
        *self.session.borrow_mut() = Some(session.clone());
        Ok(session)
    }

    fn connected(&self) -> Result<Arc<Session>, TaskError> {
        let target = self.target()?;
        let session = self.engine.connections.session_within(&target, self.limit.get());
        session.map_err(|error| call_error(&error.into()))
    }

    fn frame(&self, index: usize, call: &Call, blobs: &mut Blobs) -> Result<Frame, TaskError> {
        utf8::sendable(&call.args)?;
        let mut args = call.args.to_json();
        let mut inline = Vec::new();
        for (id, content) in &call.content {
            // Calls of a batch share one table: the id must be unique in it.
            let unique = format!("{index}/{id}");
            if args.get("_content").and_then(serde_json::Value::as_str) == Some(id) {
                args.insert("_content".into(), unique.clone().into());
            }
            match content.inline() {
                Some(bytes) => inline.push(InlineBlob { id: unique, bytes: bytes.to_vec() }),
                None => {
                    blobs.0.insert(unique, content.clone());
                }
            }
        }
        if let Some(limit) = self.file_limit()? {
            args.insert("_ansible_rlimit_nofile".into(), limit.into());
        }
        if let Some(program) = target::interpreter(self.engine, &self.scope)? {
            args.insert("_ansible_interpreter".into(), program.as_str().into());
        }
        let mut frame = Frame::new(short_name(&call.module), &args)
            .map_err(|error| TaskError::failed(format!("the arguments cannot be sent: {error}")))?;
        frame.options = self.options();
        frame.blobs = inline;
        Ok(frame)
    }

    /// `ansible_python_module_rlimit_nofile`: content uses it to limit what modules start, Python or not.
    fn file_limit(&self) -> Result<Option<i64>, TaskError> {
        target::file_limit(self.engine, &self.scope)
    }

    fn options(&self) -> CallOptions {
        let keywords = self.keywords;
        let environment = &keywords.environment;
        CallOptions {
            check: keywords.check,
            diff: keywords.diff,
            no_log: keywords.no_log,
            verbosity: self.engine.settings.verbosity,
            environment: environment
                .iter()
                .map(|(key, value)| (key.as_value().to_text(), value.to_text()))
                .collect(),
            timeout_secs: keywords.timeout,
            ..CallOptions::default()
        }
    }

    /// Runs calls one after another on the host, sent together; results as each is ready.
    pub(super) fn batch(
        &self,
        calls: &[Call],
        sink: &mut dyn OutSink,
        on_result: &mut dyn FnMut(usize, Dict),
    ) -> Result<(), TaskError> {
        let mut blobs = Blobs::default();
        let frames = calls
            .iter()
            .enumerate()
            .map(|(index, call)| self.frame(index, call, &mut blobs))
            .collect::<Result<Vec<_>, _>>()?;
        self.tell(calls);
        let session = self.session()?;
        for user in calls.iter().filter_map(user_of) {
            self.engine.connections.leave_user(&self.target()?, &user);
        }
        session
            .call_many(frames, &blobs, sink, &mut |index, map| {
                let mut result = Dict::from(map);
                outcome::split_streams(&mut result);
                outcome::complete(&mut result);
                on_result(index, result);
            })
            .map_err(|error| {
                *self.session.borrow_mut() = None;
                call_error(&error)
            })
    }

    /// Says what is run on the host; arguments may be secret and are left out.
    fn tell(&self, calls: &[Call]) {
        if self.engine.settings.detail < 3 {
            return;
        }
        let through = self.target().ok().and_then(|target| target.r#become);
        let through = through.map_or_else(String::new, |how| format!(" through {}", how.shown()));
        for call in calls {
            let text = format!("<{}> EXEC {}{through}", self.name, call.module);
            self.engine.emit(crate::Event::Detail { level: 3, text });
        }
    }

    fn one(&self, call: Call, sink: &mut dyn OutSink) -> Result<Dict, TaskError> {
        let mut answer = Dict::new();
        self.batch(&[call], sink, &mut |_, result| answer = result)?;
        Ok(answer)
    }
}

/// The user that a call of `user` works on: its tools refuse to touch a user with running processes.
fn user_of(call: &Call) -> Option<String> {
    (short_name(&call.module) == "user").then(|| call.args.get("name").map(Value::to_text)).flatten()
}

/// Sends content from the host into a writer.
struct Into<'a>(&'a mut dyn Write);

impl OutSink for Into<'_> {
    fn out(&mut self, _index: usize, _id: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}

impl Remote for Host<'_> {
    fn call(&self, call: Call) -> Result<Dict, TaskError> {
        self.one(call, &mut ())
    }

    fn calls(&self, calls: Vec<Call>) -> Result<Vec<Dict>, TaskError> {
        let mut results = Vec::with_capacity(calls.len());
        self.batch(&calls, &mut (), &mut |_, result| results.push(result))?;
        Ok(results)
    }

    fn receive(&self, call: Call, sink: &mut dyn Write) -> Result<Dict, TaskError> {
        self.one(call, &mut Into(sink))
    }

    fn raw(&self, command: &str, stdin: Option<&[u8]>) -> Result<RawResult, TaskError> {
        let session = self.connected()?;
        let output = session.raw(command, stdin).map_err(|error| call_error(&error))?;
        Ok(RawResult {
            rc: i64::from(output.rc),
            stdout: surrogates::decode(&output.stdout),
            stderr: surrogates::decode(&output.stderr),
        })
    }

    fn reset(&self) {
        *self.session.borrow_mut() = None;
        if let Ok(target) = self.target() {
            self.engine.connections.reset(&target);
        }
    }

    fn connect_within(&self, limit: Duration) {
        self.limit.set(Some(limit));
    }

    fn sleep(&self, time: Duration) -> Result<(), TaskError> {
        self.engine.sleep(time)
    }
}

fn call_error(error: &CallError) -> TaskError {
    let message = error.to_string();
    if error.unreachable() { TaskError::Unreachable(message) } else { TaskError::failed(message) }
}
