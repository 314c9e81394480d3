//! From a wire to a speaking agent: become, find or upload the agent, wait for its greeting.

use std::io;
use std::time::{Duration, Instant};

use rplay_protocol::{Decoder, Hello, ToController, VERSION};

use crate::r#become::{Verdict, method, random_prompt};
use crate::error::{BecomeError, ConnectError, ConnectErrorKind as Kind};
use crate::link::Link;
use crate::options::{Loaded, Options};
use crate::script::{Attempt, LEAD, NO_DIRECTORY, Said, directories, parse, script};
use crate::shell::{quote, random_word};
use crate::stream::{ByteStream, Ending, Source, Wire, would_block};
use crate::target::{Become, Target, Transport};

/// Most that is read before the greeting; a host that prints more is not going to greet.
const MAX_NOISE: usize = 8 * 1024 * 1024;

/// Longest silence tolerated while the agent is being uploaded.
const UPLOAD_STALL: Duration = Duration::from_secs(30);

/// Starts an agent for `target` over `wire`.
pub(crate) fn start_agent(wire: &dyn Wire, target: &Target, options: &Options) -> Result<Link, ConnectError> {
    let fail = |kind| ConnectError::new(&target.host, kind);
    let mut attempt = Attempt { pty: wants_pty(target), ..Attempt::default() };
    let mut tried = Vec::new();
    let last = directories(&target.remote_tmp).len();
    // Each round either ends or moves on: cached agent, fresh upload, next directory.
    for _ in 0..=last + 1 {
        let mut start = Start::begin(wire, target, options, attempt).map_err(fail)?;
        match start.run().map_err(fail)? {
            Outcome::Ready(decoder) => return Ok(start.into_link(decoder)),
            Outcome::Damaged => attempt.fresh = true,
            Outcome::NextDirectory { after, words } => {
                tried.append(&mut start.failed);
                tried.extend(words);
                attempt.fresh = true;
                attempt.skip = after;
            }
            Outcome::NoDirectory => {
                tried.append(&mut start.failed);
                break;
            }
        }
    }
    Err(fail(Kind::AgentCannotRun { tried }))
}

/// The command that runs `script` on the host as the wanted user.
pub(crate) fn wrapped(target: &Target, script: &str, prompt: &str) -> String {
    match &target.r#become {
        Some(how) => method(how).command(how, script, prompt),
        // `exec` in front, here and in the methods: not every shell replaces itself, and a shell in
        // between would hide by which signal the agent ended.
        None => format!("exec /bin/sh -c {}", quote(script)),
    }
}

pub(crate) fn wants_pty(target: &Target) -> bool {
    target.r#become.as_ref().is_some_and(|how| method(how).needs_pty(how))
}

enum Outcome {
    Ready(Decoder),
    /// A cached agent did not run, or is not the one wanted.
    Damaged,
    NextDirectory {
        after: usize,
        words: Option<String>,
    },
    NoDirectory,
}

/// One try at starting the agent.
struct Start<'a> {
    target: &'a Target,
    options: &'a Options,
    stream: Box<dyn ByteStream>,
    token: String,
    gate: Gate<'a>,
    attempt: Attempt,
    stdout: Vec<u8>,
    noise: Vec<u8>,
    /// Number and path of the directory an upload went to.
    uploaded: Option<(usize, String)>,
    failed: Vec<String>,
    /// The agent is this very program: no file to compare with.
    own_program: bool,
}

impl<'a> Start<'a> {
    fn begin(
        wire: &dyn Wire,
        target: &'a Target,
        options: &'a Options,
        attempt: Attempt,
    ) -> Result<Self, Kind> {
        let token = random_word().map_err(|error| Kind::Start(error.to_string()))?;
        let own_program = target.transport == Transport::Local && !attempt.fresh;
        let text = if own_program {
            local_script(options, &token).map_err(|error| Kind::Start(error.to_string()))?
        } else {
            script(&token, &target.remote_tmp, &options.agents, attempt).map_err(Kind::Config)?
        };
        let gate = Gate::new(target, options.start_timeout)?;
        let text = announced(&token, &text);
        let stream = wire.start(&wrapped(target, &text, &gate.prompt), attempt.pty)?;
        let (stdout, noise, failed) = (Vec::new(), Vec::new(), Vec::new());
        let uploaded = None;
        Ok(Self {
            target,
            options,
            stream,
            token,
            gate,
            attempt,
            stdout,
            noise,
            uploaded,
            failed,
            own_program,
        })
    }

    fn run(&mut self) -> Result<Outcome, Kind> {
        let mut buffer = vec![0; 64 * 1024];
        let mut deadline = Instant::now() + self.gate.limit;
        loop {
            let ended = self.read_all(&mut buffer)?;
            while let Some(line) = self.take_line() {
                if line == format!("agent {}", self.token) {
                    self.gate.open = true;
                    return self.greeting(deadline);
                }
                // Only the wanted user's script speaks: the way to that user is open.
                self.gate.open = true;
                match parse(&line, &self.token) {
                    Some(Said::Need { arch, index, directory }) => {
                        self.uploaded = Some((index, directory));
                        self.upload(&arch)?;
                        deadline = Instant::now() + self.options.start_timeout;
                    }
                    Some(Said::Fail { words, .. }) => self.failed.push(words),
                    Some(Said::Machine(machine)) => return Err(self.no_agent(machine)),
                    None => {}
                }
            }
            if ended {
                return self.ended();
            }
            self.gate.judge(self.stream.as_mut())?;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.timed_out());
            }
            self.stream.wait(false, left.min(Duration::from_secs(1))).map_err(|e| self.broken(&e))?;
        }
    }

    /// Reads what is there; true at the end of the output.
    fn read_all(&mut self, buffer: &mut [u8]) -> Result<bool, Kind> {
        // Errors first: whatever the script complains of, it announced itself before, so the
        // announcement is in what is read next and no complaint passes for a prompt.
        self.gate.read_stderr(self.stream.as_mut(), buffer);
        let ended = loop {
            match self.stream.read(Source::Stdout, buffer) {
                Ok(0) => break true,
                Ok(count) => self.stdout.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(error) if would_block(&error) => break false,
                Err(error) => return Err(self.broken(&error)),
            }
            if self.stdout.len() + self.noise.len() > MAX_NOISE {
                return Err(Kind::Start("the login prints without end and no agent answers".to_owned()));
            }
        };
        if self.attempt.pty {
            self.gate.text_from(&self.stdout);
        }
        Ok(ended)
    }

    /// The next line that the script or the agent said; what stands before it is noise.
    fn take_line(&mut self) -> Option<String> {
        let start = self.stdout.windows(LEAD.len()).position(|window| window == LEAD)?;
        let from = start + LEAD.len();
        let length = self.stdout.get(from..)?.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8_lossy(self.stdout.get(from..from + length)?).into_owned();
        self.noise.extend(self.stdout.drain(..start));
        self.stdout.drain(..from + length + 1 - start);
        Some(line.trim_end_matches('\r').to_owned())
    }

    fn greeting(&mut self, deadline: Instant) -> Result<Outcome, Kind> {
        let mut decoder = Decoder::default();
        decoder.push(&std::mem::take(&mut self.stdout));
        let mut buffer = vec![0; 4096];
        let hello = loop {
            match decoder.next_frame::<ToController>() {
                Ok(Some(ToController::Hello(hello))) => break hello,
                Ok(Some(_)) => return Err(Kind::Start("the agent does not introduce itself".to_owned())),
                Ok(None) => {}
                Err(error) => return Err(Kind::Start(error.to_string())),
            }
            match self.stream.read(Source::Stdout, &mut buffer) {
                Ok(0) => return self.ended(),
                Ok(count) => decoder.push(buffer.get(..count).unwrap_or_default()),
                Err(error) if would_block(&error) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(self.timed_out());
                    }
                    self.stream.wait(false, left).map_err(|error| self.broken(&error))?;
                }
                Err(error) => return Err(self.broken(&error)),
            }
        };
        self.check(&hello, decoder)
    }

    fn check(&mut self, hello: &Hello, decoder: Decoder) -> Result<Outcome, Kind> {
        let known = |hello: &Hello| {
            let sums = self.options.agents.iter().filter_map(|agent| agent.load().ok()).map(|l| l.sum);
            sums.into_iter().any(|sum| hello.file == Some(sum))
        };
        if !self.own_program && !known(hello) {
            return self.ended();
        }
        if hello.version != VERSION {
            return Err(Kind::Version {
                found: format!("{} protocol {}", hello.build, hello.version),
                wanted: format!("{} protocol {VERSION}", env!("CARGO_PKG_VERSION")),
            });
        }
        Ok(Outcome::Ready(decoder))
    }

    fn loaded(&self, arch: &str) -> Result<&'a Loaded, Kind> {
        let agent = self.options.agents.iter().find(|agent| agent.arch == arch);
        let agent = agent.ok_or_else(|| self.no_agent(arch.to_owned()))?;
        agent.load().map_err(Kind::Config)
    }

    fn no_agent(&self, machine: String) -> Kind {
        Kind::NoAgentFor { machine, have: self.options.agents.iter().map(|a| a.arch.clone()).collect() }
    }

    /// Sends the agent's bytes. A script that gives up meanwhile says so in its next line.
    fn upload(&mut self, arch: &str) -> Result<(), Kind> {
        let mut rest = self.loaded(arch)?.bytes.as_slice();
        let mut buffer = vec![0; 4096];
        let mut last_progress = Instant::now();
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    last_progress = Instant::now();
                    continue;
                }
                Err(error) if would_block(&error) => {}
                Err(_) => return Ok(()),
            }
            if self.read_all(&mut buffer)? || self.stdout.windows(LEAD.len()).any(|window| window == LEAD) {
                return Ok(());
            }
            if last_progress.elapsed() > UPLOAD_STALL {
                return Err(Kind::Start(format!(
                    "the upload of the agent stalled for {} seconds",
                    UPLOAD_STALL.as_secs()
                )));
            }
            self.stream.wait(true, Duration::from_secs(1)).map_err(|error| self.broken(&error))?;
        }
        Ok(())
    }

    /// The command ended without a greeting.
    fn ended(&mut self) -> Result<Outcome, Kind> {
        let mut buffer = vec![0; 4096];
        let ending = self.stream.ending(Duration::from_secs(2));
        self.gate.read_stderr(self.stream.as_mut(), &mut buffer);
        self.gate.judge(self.stream.as_mut())?;
        if let Some((after, directory)) = self.uploaded.take() {
            let words = self.gate.words();
            let why = ending.map_or_else(String::new, |ending| format!(" ({ending})"));
            // The script itself said why it failed, unless it had already handed over.
            let words =
                self.failed.is_empty().then(|| format!("{directory}: the agent did not run{why}: {words}"));
            return Ok(Outcome::NextDirectory { after, words });
        }
        if !self.failed.is_empty() || ending == Some(Ending::Exit(NO_DIRECTORY)) {
            return Ok(Outcome::NoDirectory);
        }
        if self.gate.how.is_some() && !self.gate.open {
            return Err(self.gate.refusal().into());
        }
        // A damaged file can end in any way, even as an empty shell script; a fresh upload tells.
        if !self.attempt.fresh && self.options.agents.iter().next().is_some() {
            return Ok(Outcome::Damaged);
        }
        Err(self.silent(ending.map(|ending| ending.to_string())))
    }

    fn silent(&self, ending: Option<String>) -> Kind {
        let how =
            ending.map_or_else(|| "the connection closed".to_owned(), |e| format!("the command ended ({e})"));
        let stdout = String::from_utf8_lossy(&self.stdout).into_owned();
        let words = crate::r#become::last_lines(&format!("{stdout}\n{}", self.gate.words()));
        Kind::Start(format!("{how} before the agent answered: {words}"))
    }

    fn broken(&self, error: &io::Error) -> Kind {
        Kind::Start(format!("connection lost while starting the agent: {error}"))
    }

    fn timed_out(&self) -> Kind {
        if self.gate.how.is_some() && !self.gate.open {
            return self.gate.timeout().into();
        }
        let seconds = self.options.start_timeout.as_secs();
        Kind::Start(format!("the agent did not answer within {seconds} seconds: {}", self.gate.words()))
    }

    fn into_link(self, decoder: Decoder) -> Link {
        let noise = String::from_utf8_lossy(&self.noise).trim().to_owned();
        Link::new(&self.target.host, self.stream, decoder, noise)
    }
}

/// Lets the script say that it runs, before anything else.
fn announced(token: &str, script: &str) -> String {
    format!("printf \"\\000rplay-deploy {token} open\\n\"; {script}")
}

fn local_script(options: &Options, token: &str) -> io::Result<String> {
    let program = match &options.local_agent.program {
        Some(program) => program.clone(),
        None => std::env::current_exe()?,
    };
    let words =
        std::iter::once(program.display().to_string()).chain(options.local_agent.args.iter().cloned());
    let words: Vec<String> = words.map(|word| quote(&word)).collect();
    Ok(format!("exec {} {token}", words.join(" ")))
}

/// The become prompt, until the other user's first word opens it.
pub(crate) struct Gate<'a> {
    how: Option<&'a Become>,
    pub(crate) prompt: String,
    text: String,
    answered: usize,
    pub(crate) open: bool,
    pub(crate) limit: Duration,
    local: bool,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(target: &'a Target, limit: Duration) -> Result<Self, Kind> {
        let limit = target.become_timeout.unwrap_or(limit);
        let local = target.transport == Transport::Local;
        let prompt = random_prompt().map_err(|error| Kind::Start(error.to_string()))?;
        let how = target.r#become.as_ref();
        Ok(Self { how, prompt, text: String::new(), answered: 0, open: how.is_none(), limit, local })
    }

    pub(crate) fn read_stderr(&mut self, stream: &mut dyn ByteStream, buffer: &mut [u8]) {
        while let Ok(count) = stream.read(Source::Stderr, buffer) {
            if count == 0 {
                return;
            }
            if self.text.len() < 64 * 1024 {
                self.text += &String::from_utf8_lossy(buffer.get(..count).unwrap_or_default());
            }
        }
    }

    /// On a terminal the prompt comes with the output.
    fn text_from(&mut self, stdout: &[u8]) {
        if !self.open {
            self.text = String::from_utf8_lossy(stdout).into_owned();
        }
    }

    /// Answers a prompt, or tells why it can't be passed.
    pub(crate) fn judge(&mut self, stream: &mut dyn ByteStream) -> Result<(), BecomeError> {
        let Some(how) = self.how.filter(|_| !self.open) else {
            return Ok(());
        };
        match method(how).judge(how, &self.text, &self.prompt) {
            Verdict::Refused(error) => Err(error),
            Verdict::Asks if self.answered == 0 => {
                self.answered = 1;
                let Some(password) = &how.password else {
                    return Err(BecomeError::Missing { method: method(how).name() });
                };
                write_line(stream, &password.line(), self.limit).map_err(|error| BecomeError::Refused {
                    method: method(how).name(),
                    words: error.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn words(&self) -> String {
        crate::r#become::last_lines(&self.text.replace(&self.prompt, ""))
    }

    pub(crate) fn refusal(&self) -> BecomeError {
        let text = self.text.replace(&self.prompt, "");
        self.how.map_or(BecomeError::Refused { method: "login", words: text.clone() }, |how| {
            method(how).failure(&text)
        })
    }

    pub(crate) fn timeout(&self) -> BecomeError {
        let method = self.how.map_or("login", |how| method(how).name());
        let seen = self.text.replace(&self.prompt, "").trim().to_owned();
        BecomeError::Timeout { method, after: self.limit, local: self.local, seen }
    }
}

fn write_line(stream: &mut dyn ByteStream, line: &[u8], limit: Duration) -> io::Result<()> {
    let deadline = Instant::now() + limit;
    let mut rest = line;
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if would_block(&error) && Instant::now() < deadline => {
                stream.wait(true, Duration::from_millis(100))?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
