//! `wait_for`: a port, a file or a text in it appears or goes away.

use super::wait_for_connections::{Addresses, active_connections, state_number};
use crate::args::{Choice, Map, ModuleArgs, Value};
use crate::system::os_text;
use crate::{Failure, ModuleResult, Plan, System};
use rplay_pyre::{Flags, Pattern, from_bytes, to_bytes};
use rustix::fs::Access;
use std::io::{ErrorKind, Read as _};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

/// Wait for a condition before continuing.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The host whose port is watched.
    #[arg(default = "127.0.0.1")]
    host: String,
    /// How many seconds to wait at most.
    #[arg(default = 300)]
    timeout: i64,
    /// How many seconds one attempt to connect may take.
    #[arg(default = 5)]
    connect_timeout: i64,
    /// How many seconds to wait before looking.
    #[arg(default = 0)]
    delay: i64,
    /// The port to watch.
    port: Option<i64>,
    /// Which connections count as active.
    #[arg(default = ["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"])]
    active_connection_states: Vec<String>,
    /// The file to watch.
    #[arg(ty = "path")]
    path: Option<String>,
    /// A pattern to be found in the file, or in what the port sends.
    search_regex: Option<String>,
    /// What to wait for.
    #[arg(default = "started")]
    state: State,
    /// Hosts whose connections do not count when draining.
    exclude_hosts: Option<Vec<String>>,
    /// How many seconds to sleep between looks.
    #[arg(default = 1)]
    sleep: i64,
    /// What to say in place of the usual message.
    msg: Option<String>,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Drained,
    Present,
    Started,
    Stopped,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let pattern = args.search_regex.as_deref().map(|regex| {
        let flags = Flags { multi_line: true, ..Flags::default() };
        Pattern::of_bytes(regex, flags)
            .map_err(|why| Failure::new(format!("Invalid regular expression: {why}")))
    });
    let pattern = pattern.transpose()?;
    check(&args)?;
    let clock = Clock::new(&args);
    std::thread::sleep(seconds(args.delay));
    let port = args.port.filter(|port| *port != 0);
    let watched = port.is_some() || args.path.is_some();
    let mut wait = Wait { args: &args, pattern, clock, sys, groups: Vec::new(), named: Map::new() };
    match args.state {
        State::Drained => wait.drained()?,
        _ if !watched => std::thread::sleep(seconds(args.timeout)),
        State::Absent | State::Stopped => wait.gone()?,
        State::Started | State::Present => wait.there()?,
    }
    let result = ModuleResult::unchanged()
        .with("state", args.state.as_str())
        .with("port", args.port)
        .with("search_regex", args.search_regex.clone())
        .with("match_groups", std::mem::take(&mut wait.groups))
        .with("match_groupdict", std::mem::take(&mut wait.named))
        .with("path", args.path.clone())
        .with("elapsed", wait.clock.elapsed());
    Ok(Plan::done(result))
}

fn check(args: &Args) -> Result<(), Failure> {
    let refused = |msg: String| Err(Failure::new(msg).with("elapsed", 0));
    let on_path = args.path.is_some();
    if args.port.is_some_and(|port| port != 0) && on_path {
        return refused("port and path parameter can not both be passed to wait_for".to_owned());
    }
    if on_path && matches!(args.state, State::Stopped | State::Drained) {
        let state = args.state.as_str();
        return refused(format!(
            "state={state} should only be used for checking a port in the wait_for module"
        ));
    }
    if args.exclude_hosts.is_some() && args.state != State::Drained {
        return refused("exclude_hosts should only be with state=drained".to_owned());
    }
    match args.active_connection_states.iter().find(|state| state_number(state).is_none()) {
        Some(unknown) => refused(format!("unknown active_connection_state ({unknown}) defined")),
        None => Ok(()),
    }
}

fn seconds(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0))
}

/// The time the wait began, and when it ends.
struct Clock {
    start: Instant,
    limit: Duration,
}

impl Clock {
    fn new(args: &Args) -> Self {
        Self { start: Instant::now(), limit: seconds(args.timeout) }
    }

    fn elapsed(&self) -> u64 {
        self.start.elapsed().as_secs()
    }

    /// What is left; `None` when the time is up.
    fn left(&self) -> Option<Duration> {
        self.limit.checked_sub(self.start.elapsed()).filter(|left| !left.is_zero())
    }
}

struct Wait<'a> {
    args: &'a Args,
    pattern: Option<Pattern>,
    clock: Clock,
    sys: &'a System,
    groups: Vec<Value>,
    named: Map,
}

impl Wait<'_> {
    fn failed(&self, msg: String) -> Failure {
        let given = self.args.msg.clone().filter(|msg| !msg.is_empty());
        Failure::new(given.unwrap_or(msg)).with("elapsed", self.clock.elapsed())
    }

    fn place(&self) -> String {
        match (&self.args.path, self.args.port) {
            (Some(path), _) => path.clone(),
            (None, Some(port)) => format!("{}:{port}", self.args.host),
            (None, None) => format!("{}:None", self.args.host),
        }
    }

    /// Looks until the look says yes; `None` when the time is up first.
    fn until(
        &mut self,
        mut look: impl FnMut(&mut Self) -> Result<bool, Failure>,
    ) -> Result<Option<()>, Failure> {
        while self.clock.left().is_some() {
            if look(self)? {
                return Ok(Some(()));
            }
            std::thread::sleep(seconds(self.args.sleep));
        }
        Ok(None)
    }

    fn gone(&mut self) -> Result<(), Failure> {
        let gone = self.until(|wait| {
            Ok(match &wait.args.path {
                Some(path) => !wait.sys.access(path, Access::EXISTS),
                None => wait.connect(seconds(wait.args.connect_timeout)).is_none(),
            })
        })?;
        let end = if self.args.path.is_some() { "be absent." } else { "stop." };
        gone.ok_or_else(|| self.failed(format!("Timeout when waiting for {} to {end}", self.place())))
    }

    fn there(&mut self) -> Result<(), Failure> {
        let there = self.until(|wait| match wait.args.path.clone() {
            Some(path) => wait.file(&path),
            None => wait.port(),
        })?;
        there.ok_or_else(|| {
            let place = self.place();
            self.failed(match (&self.args.search_regex, &self.args.path) {
                (Some(regex), _) => {
                    format!("Timeout when waiting for search string {regex} in {place}")
                }
                (None, Some(_)) => format!("Timeout when waiting for file {place}"),
                (None, None) => format!("Timeout when waiting for {place}"),
            })
        })
    }

    fn drained(&mut self) -> Result<(), Failure> {
        let Some(port) = self.args.port.and_then(|port| u16::try_from(port).ok()) else {
            return Err(self.failed("state=drained needs a port".to_owned()));
        };
        let unknown = |why: std::io::Error| Failure::new(format!("cannot resolve a host to drain: {why}"));
        let local = Addresses::of([self.args.host.as_str()]).map_err(unknown)?;
        let excluded = self.args.exclude_hosts.iter().flatten().map(String::as_str);
        let excluded = Addresses::of(excluded).map_err(unknown)?;
        let drained = self.until(|wait| {
            let states = &wait.args.active_connection_states;
            Ok(active_connections(port, &local, &excluded, states) == 0)
        })?;
        drained.ok_or_else(|| self.failed(format!("Timeout when waiting for {} to drain", self.place())))
    }

    fn connect(&self, limit: Duration) -> Option<TcpStream> {
        let port = u16::try_from(self.args.port?).ok()?;
        // A limit of zero is refused by the system; the least it takes is as good.
        let limit = limit.max(Duration::from_millis(1));
        let addresses = (self.args.host.as_str(), port).to_socket_addrs().ok()?;
        addresses.into_iter().find_map(|address| TcpStream::connect_timeout(&address, limit).ok())
    }

    fn file(&mut self, path: &str) -> Result<bool, Failure> {
        let path = self.sys.resolve(path);
        match std::fs::metadata(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                let shown = self.args.path.as_deref().unwrap_or_default();
                return Err(self.failed(format!("Failed to stat {shown}, {}", os_text(&error))));
            }
        }
        if self.pattern.is_none() {
            return Ok(true);
        }
        // A file that cannot be read (yet) is looked at again.
        match self.sys.read(&path) {
            Ok(content) => self.matches(&content, true),
            Err(_) => Ok(false),
        }
    }

    /// Searches; a match's groups are kept for the result where they come from a file.
    fn matches(&mut self, content: &[u8], keep: bool) -> Result<bool, Failure> {
        let Some(pattern) = &self.pattern else { return Ok(true) };
        let text = from_bytes(content);
        let Some(captures) = pattern.search(&text)? else { return Ok(false) };
        if keep {
            let group = |number: usize| {
                captures.get(number).map_or(Value::Null, |group| {
                    String::from_utf8_lossy(&to_bytes(group.as_str())).into_owned().into()
                })
            };
            self.groups = (1..=pattern.groups()).map(group).collect();
            let names = pattern.group_names().enumerate();
            let named = names.filter_map(|(at, name)| Some((name?.to_owned(), group(at + 1))));
            self.named = named.collect();
        }
        Ok(true)
    }

    fn port(&mut self) -> Result<bool, Failure> {
        let left = self.clock.left().unwrap_or_default();
        let Some(mut stream) = self.connect(seconds(self.args.connect_timeout).min(round_up(left))) else {
            return Ok(false);
        };
        let found = self.pattern.is_none() || self.listen(&mut stream)?;
        // The other side may have closed already: the connection was there all the same.
        let _ = stream.shutdown(Shutdown::Both);
        Ok(found)
    }

    fn listen(&mut self, stream: &mut TcpStream) -> Result<bool, Failure> {
        let (mut heard, mut block) = (Vec::new(), [0; 1024]);
        while let Some(left) = self.clock.left() {
            if stream.set_read_timeout(Some(round_up(left))).is_err() {
                return Ok(false);
            }
            match stream.read(&mut block) {
                Ok(0) => return Ok(false),
                Ok(size) => heard.extend_from_slice(&block[..size]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                Err(_) => return Ok(false),
            }
            if self.matches(&heard, false)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// To whole seconds, at least one.
fn round_up(time: Duration) -> Duration {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    Duration::from_secs(whole.max(1))
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;
    use std::io::Write as _;
    use std::net::TcpListener;

    #[test]
    fn files_and_their_content_are_waited_for() {
        let bench = Bench::new();
        bench.write("f", "state: ready 42\n");
        let found = bench.run("wait_for", json!({"path": "@f", "search_regex": "(?P<word>ready) (\\d+)$"}));
        assert_eq!((&found["state"], &found["match_groups"]), (&json!("file"), &json!(["ready", "42"])));
        assert_eq!(found["match_groupdict"], json!({"word": "ready"}));
        let late = bench.run("wait_for", json!({"path": "@no", "timeout": 1}));
        assert_eq!(
            late["msg"],
            json!(format!("Timeout when waiting for file {}/no", bench.root().display()))
        );
        assert_eq!(bench.run("wait_for", json!({"path": "@no", "state": "absent"})).get("failed"), None);
        let both = bench.run("wait_for", json!({"path": "@no", "port": 1}));
        assert_eq!(both["msg"], "port and path parameter can not both be passed to wait_for");
    }

    #[test]
    fn ports_are_waited_for() {
        let bench = Bench::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            for stream in listener.incoming().take(2) {
                let _ = stream.unwrap().write_all(b"SSH-2.0-OpenSSH\n");
            }
        });
        assert_eq!(bench.run("wait_for", json!({"port": port}))["state"], "started");
        let heard = bench.run("wait_for", json!({"port": port, "search_regex": "OpenSSH"}));
        assert_eq!(heard.get("failed"), None, "{heard:?}");
        server.join().unwrap();
        assert_eq!(bench.run("wait_for", json!({"port": port, "state": "stopped"})).get("failed"), None);
        let late = bench.run("wait_for", json!({"port": port, "timeout": 1, "msg": "own"}));
        assert_eq!((&late["failed"], &late["msg"]), (&json!(true), &json!("own")));
    }
}
