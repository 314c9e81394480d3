//! Commands without an agent: `raw`, and hosts where the agent cannot run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::{CallError, ConnectError, ConnectErrorKind};
use crate::options::Options;
use crate::script::LEAD;
use crate::shell::random_word;
use crate::start::{Gate, wants_pty, wrapped};
use crate::stream::{ByteStream, Ending, Source, Wire, would_block};
use crate::target::Target;

/// What a command printed and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawOutput {
    /// Exit status; 128 + signal for a killed command, 255 when the host did not say.
    pub rc: i32,
    /// Standard output, as it came.
    pub stdout: Vec<u8>,
    /// Standard error, as it came.
    pub stderr: Vec<u8>,
}

/// A command under way.
pub(crate) struct Raw<'a> {
    pub(crate) wire: &'a dyn Wire,
    pub(crate) target: &'a Target,
    pub(crate) options: &'a Options,
    pub(crate) cancels: &'a AtomicU64,
}

impl Raw<'_> {
    /// Runs `command` to its end. Without become it reaches the login shell unchanged, so that
    /// appliances without a POSIX shell can be spoken to.
    pub(crate) fn run(&self, command: &str, stdin: Option<&[u8]>) -> Result<RawOutput, CallError> {
        if self.target.r#become.is_none() {
            let stream = self.wire.start(command, false).map_err(|kind| self.failed(kind))?;
            return self.pump(stream, Vec::new(), stdin.unwrap_or_default());
        }
        let token = random_word().map_err(|error| self.failed(ConnectErrorKind::Start(error.to_string())))?;
        let gate = Gate::new(self.target, self.options.start_timeout).map_err(|kind| self.failed(kind))?;
        let script = format!("printf \"\\000rplay-open {token}\\n\"; {command}");
        let line = wrapped(self.target, &script, &gate.prompt);
        let mut stream = self.wire.start(&line, wants_pty(self.target)).map_err(|kind| self.failed(kind))?;
        let begun = self.pass(gate, stream.as_mut(), &token).map_err(|kind| self.failed(kind))?;
        self.pump(stream, begun, stdin.unwrap_or_default())
    }

    /// Waits until the other user's shell has spoken; gives what it printed after that.
    fn pass(
        &self,
        mut gate: Gate<'_>,
        stream: &mut dyn ByteStream,
        token: &str,
    ) -> Result<Vec<u8>, ConnectErrorKind> {
        let opening = [LEAD, format!("open {token}\n").as_bytes()].concat();
        let deadline = Instant::now() + gate.limit;
        let (mut seen, mut buffer) = (Vec::new(), vec![0; 16 * 1024]);
        loop {
            let outcome = stream.read(Source::Stdout, &mut buffer);
            gate.read_stderr(stream, &mut vec![0; 4096]);
            match outcome {
                Ok(0) => {
                    gate.judge(stream)?;
                    return Err(gate.refusal().into());
                }
                Ok(count) => seen.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(error) if would_block(&error) => {}
                Err(error) => return Err(ConnectErrorKind::Start(error.to_string())),
            }
            if let Some(at) = seen.windows(opening.len()).position(|window| window == opening) {
                return Ok(seen.split_off(at + opening.len()));
            }
            gate.judge(stream)?;
            if Instant::now() >= deadline {
                return Err(gate.timeout().into());
            }
            let wait = stream.wait(false, Duration::from_millis(200));
            wait.map_err(|error| ConnectErrorKind::Start(error.to_string()))?;
        }
    }

    fn pump(
        &self,
        mut stream: Box<dyn ByteStream>,
        stdout: Vec<u8>,
        mut stdin: &[u8],
    ) -> Result<RawOutput, CallError> {
        let mut output = RawOutput { rc: 255, stdout, stderr: Vec::new() };
        let mut buffer = vec![0; 64 * 1024];
        let (mut open_out, mut open_err, mut input_open) = (true, true, true);
        let cancels = self.cancels.load(Ordering::Relaxed);
        while open_out || open_err {
            let mut moved = false;
            if open_out {
                let state = read_into(stream.as_mut(), Source::Stdout, &mut buffer, &mut output.stdout);
                (open_out, moved) = self.note(state, moved)?;
            }
            if open_err {
                let state = read_into(stream.as_mut(), Source::Stderr, &mut buffer, &mut output.stderr);
                (open_err, moved) = self.note(state, moved)?;
            }
            if input_open && stdin.is_empty() {
                input_open = stream.finish_input().is_err();
            }
            match (input_open, stream.write(stdin)) {
                (true, Ok(count)) => stdin = stdin.get(count..).unwrap_or_default(),
                (true, Err(error)) if would_block(&error) => {}
                // A command that does not read its input has not failed for it.
                _ => stdin = &[],
            }
            if self.cancels.load(Ordering::Relaxed) != cancels {
                return Err(self.lost("cancelled"));
            }
            if !moved && (open_out || open_err) {
                let wait = stream.wait(!stdin.is_empty(), Duration::from_millis(100));
                wait.map_err(|error| self.lost(&error.to_string()))?;
            }
        }
        output.rc = match stream.ending(Duration::from_secs(5)) {
            Some(Ending::Exit(code)) => code,
            Some(Ending::Signal(name)) => 128 + signal_number(&name),
            None => return Err(self.lost("the connection was closed")),
        };
        Ok(output)
    }

    fn note(&self, state: std::io::Result<Option<usize>>, moved: bool) -> Result<(bool, bool), CallError> {
        match state {
            Ok(Some(0)) => Ok((false, true)),
            Ok(Some(_)) => Ok((true, true)),
            Ok(None) => Ok((true, moved)),
            Err(error) => Err(self.lost(&error.to_string())),
        }
    }

    fn lost(&self, reason: &str) -> CallError {
        CallError::Lost { host: self.target.host.clone(), reason: reason.to_owned() }
    }

    fn failed(&self, kind: ConnectErrorKind) -> CallError {
        ConnectError::new(&self.target.host, kind).into()
    }
}

fn read_into(
    stream: &mut dyn ByteStream,
    from: Source,
    buffer: &mut [u8],
    into: &mut Vec<u8>,
) -> std::io::Result<Option<usize>> {
    match stream.read(from, buffer) {
        Ok(count) => {
            into.extend_from_slice(buffer.get(..count).unwrap_or_default());
            Ok(Some(count))
        }
        Err(error) if would_block(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn signal_number(name: &str) -> i32 {
    const NAMES: [(&str, i32); 9] = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ILL", 4),
        ("ABRT", 6),
        ("KILL", 9),
        ("SEGV", 11),
        ("PIPE", 13),
        ("TERM", 15),
    ];
    let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    known.or_else(|| name.parse().ok()).unwrap_or(127)
}
