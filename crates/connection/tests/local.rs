//! The local transport, and everything that is the same over all transports.

mod support;

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rplay_connection::{
    BlobSource, CallError, Connections, InlineBlob, OutSink, Session, Stream, Target, Transport,
};
use serde_json::json;
use support::{call, echo, field, hasty, options};

fn session(connections: &Connections) -> Arc<Session> {
    connections.session(&Target::new("localhost", Transport::Local)).unwrap()
}

#[test]
fn a_call_gives_its_result_with_its_order_kept() {
    let connections = Connections::new(options());
    let result = session(&connections).call(call("echo", json!({"z": 1, "a": [2], "m": null})), &(), &mut ());
    assert_eq!(serde_json::to_string(&result.unwrap()).unwrap(), r#"{"z":1,"a":[2],"m":null}"#);
}

#[test]
fn a_loop_travels_ahead_of_its_results() {
    let connections = Connections::new(options());
    let session = session(&connections);
    let mut seen = Vec::new();
    let calls = (0..1000).map(echo).collect();
    session.call_many(calls, &(), &mut (), &mut |index, map| seen.push((index, field(&map, "n")))).unwrap();
    assert_eq!(seen.len(), 1000);
    assert!(seen.iter().all(|(index, n)| index.to_string() == *n));
}

#[test]
fn agent_is_reused_and_threads_get_their_own() {
    let connections = Connections::new(options());
    let session = session(&connections);
    let pid = || field(&session.call(call("whoami", json!({})), &(), &mut ()).unwrap(), "pid");
    assert_eq!(pid(), pid());
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| session.call(call("sleep", json!({"ms": 3000})), &(), &mut ()).unwrap());
        }
    });
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

struct Zeros(usize);

impl BlobSource for Zeros {
    fn open(&self, id: &str) -> io::Result<Box<dyn Read + Send>> {
        match id {
            "big" => Ok(Box::new(Cursor::new(vec![0; self.0]))),
            _ => Err(io::Error::new(io::ErrorKind::NotFound, format!("no content {id} here"))),
        }
    }
}

#[test]
fn contents_come_from_the_controller() {
    let connections = Connections::new(options());
    let session = session(&connections);
    // Sizes around the piece size and the credit.
    for size in [0, 1, 256 * 1024, 256 * 1024 + 1, 4 * 1024 * 1024, 20_000_000] {
        let result = session.call(call("blob", json!({"id": "big"})), &Zeros(size), &mut ()).unwrap();
        assert_eq!(field(&result, "size"), size.to_string());
        assert_eq!(field(&result, "sum"), rplay_protocol::checksum(&vec![0; size]).to_string());
    }
    let result = session.call(call("blob", json!({"id": "none"})), &Zeros(0), &mut ()).unwrap();
    assert_eq!(field(&result, "msg"), "no content none here");
    let mut inline = call("blob", json!({"id": "small"}));
    inline.blobs.push(InlineBlob { id: "small".into(), bytes: vec![1, 2, 3] });
    assert_eq!(field(&session.call(inline, &(), &mut ()).unwrap(), "size"), "3");
}

#[derive(Default)]
struct Collect {
    bytes: usize,
    live: Vec<u8>,
}

impl OutSink for Collect {
    fn out(&mut self, index: usize, id: &str, bytes: &[u8]) -> io::Result<()> {
        assert_eq!((index, id), (0, "content"));
        self.bytes += bytes.len();
        Ok(())
    }

    fn progress(&mut self, _index: usize, _stream: Stream, bytes: &[u8]) {
        self.live.extend_from_slice(bytes);
    }
}

#[test]
fn contents_and_live_output_go_to_the_controller() {
    let connections = Connections::new(options());
    let session = session(&connections);
    let mut sink = Collect::default();
    session.call(call("out", json!({"pieces": 200})), &(), &mut sink).unwrap();
    assert_eq!(sink.bytes, 20_000_000);
    session.call(call("progress", json!({})), &(), &mut sink).unwrap();
    assert_eq!(sink.live, b"half way\n");
}

#[test]
fn arguments_and_results_bigger_than_a_frame() {
    let connections = Connections::new(options());
    let session = session(&connections);
    let text = "y".repeat(9_000_000);
    let result = session.call(call("echo", json!({"text": text})), &(), &mut ()).unwrap();
    assert_eq!(field(&result, "text").len(), 9_000_000);
    let result = session.call(call("big", json!({"size": 30_000_000})), &(), &mut ()).unwrap();
    assert_eq!(field(&result, "text").len(), 30_000_000);
}

#[test]
fn a_panic_fails_its_task_only() {
    let connections = Connections::new(options());
    let session = session(&connections);
    let result = session.call(call("panic", json!({})), &(), &mut ()).unwrap();
    assert_eq!(field(&result, "failed"), "true");
    assert!(field(&result, "msg").contains("module panic crashed at"), "{result:?}");
    assert_eq!(field(&session.call(echo(1), &(), &mut ()).unwrap(), "n"), "1");
}

#[test]
fn a_dead_agent_fails_the_task_with_its_signal_and_the_next_gets_a_new_one() {
    let connections = Connections::new(options());
    let session = session(&connections);
    let error = session.call(call("die", json!({})), &(), &mut ()).unwrap_err();
    assert!(matches!(&error, CallError::AgentDied { reason, .. } if reason.contains("signal 9")), "{error}");
    assert!(!error.unreachable());
    assert_eq!(field(&session.call(echo(1), &(), &mut ()).unwrap(), "n"), "1");
}

#[test]
fn time_limit_kills_the_whole_process_group() {
    let nap = support::nap(31);
    let connections = Connections::new(options());
    let session = session(&connections);
    let mut slow = call("shell", json!({"cmd": format!("{nap} & {nap}")}));
    slow.options.timeout_secs = Some(1);
    let began = Instant::now();
    let result = session.call(slow, &(), &mut ()).unwrap();
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(result["timedout"], json!({"period": 1}));
    assert!(field(&result, "msg").contains("expected time frame (1)"));
    assert!(support::ends(&nap));
}

#[test]
fn cancel_kills_what_runs_and_begins_nothing_more() {
    let nap = support::nap(32);
    let connections = Connections::new(options());
    let session = session(&connections);
    let began = Instant::now();
    let results = std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let calls = (0..3).map(|_| call("shell", json!({"cmd": nap}))).collect();
            let mut results = Vec::new();
            session.call_many(calls, &(), &mut (), &mut |_, map| results.push(map)).unwrap();
            results
        });
        assert!(support::begins(&nap));
        session.cancel();
        work.join().unwrap()
    });
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(field(&results[0], "msg"), "cancelled: its processes were killed");
    assert_eq!(field(&results[1], "msg"), "cancelled before it began");
    assert_eq!(results.len(), 3);
    assert!(support::ends(&nap));
    // The session goes on: handlers of a rescue may want it.
    assert_eq!(field(&session.call(echo(1), &(), &mut ()).unwrap(), "n"), "1");
}

#[test]
fn closing_ends_children_and_removes_temporary_files() {
    let connections = Connections::new(options());
    let result = session(&connections).call(call("tmpdir", json!({})), &(), &mut ()).unwrap();
    assert!(!std::path::Path::new(&field(&result, "path")).exists());
}

#[test]
fn a_frozen_agent_is_noticed_and_named() {
    let connections = Connections::new(hasty());
    let session = session(&connections);
    // Longer than the limit, but alive: not frozen.
    session.call(call("sleep", json!({"ms": 4500})), &(), &mut ()).unwrap();
    let pid = field(&session.call(call("whoami", json!({})), &(), &mut ()).unwrap(), "pid");
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let began = Instant::now();
    let error = session.call(echo(1), &(), &mut ()).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(15));
    assert!(matches!(error, CallError::Frozen { .. }), "{error}");
    assert!(error.to_string().starts_with("localhost: "));
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn raw_needs_no_agent() {
    let connections = Connections::new(options());
    let session = session(&connections);
    let output = session.raw("cat; echo e >&2; exit 3", Some(b"in")).unwrap();
    assert_eq!((output.rc, output.stdout.as_slice(), output.stderr.as_slice()), (3, &b"in"[..], &b"e\n"[..]));
    let output = session.raw("head -c 3000000 /dev/zero; kill -9 $$", None).unwrap();
    assert_eq!((output.rc, output.stdout.len()), (137, 3_000_000));
}
