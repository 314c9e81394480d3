//! An agent with modules for the tests of this crate, in place of the real ones.

use std::io::{Read, Write};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use rplay_agent::{CallContext, run_process};
use rplay_protocol::{Call, Stream};
use serde_json::{Map, Value, json};

fn main() -> ExitCode {
    let args = std::env::args().skip(1).filter(|arg| arg != "__agent");
    run_process(args, Arc::new(run))
}

fn run(call: &Call, context: &Arc<CallContext>) -> Map<String, Value> {
    let args = call.arguments().unwrap_or_default();
    match module(&call.module, &args, context) {
        Ok(Value::Object(map)) => map,
        Ok(other) => Map::from_iter([("value".to_owned(), other)]),
        Err(error) => {
            Map::from_iter([("failed".to_owned(), true.into()), ("msg".to_owned(), error.to_string().into())])
        }
    }
}

fn module(name: &str, args: &Map<String, Value>, context: &CallContext) -> std::io::Result<Value> {
    let text = |key: &str| args.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |key: &str| args.get(key).and_then(Value::as_u64).unwrap_or_default();
    match name {
        "echo" => Ok(Value::Object(args.clone())),
        "whoami" => Ok(json!({
            "uid": rustix::process::geteuid().as_raw(),
            "pid": std::process::id(),
            "exe": std::env::current_exe()?.display().to_string(),
        })),
        "sleep" => {
            std::thread::sleep(Duration::from_millis(number("ms")));
            Ok(json!({"slept": true}))
        }
        "shell" => {
            let status = Command::new("/bin/sh").arg("-c").arg(text("cmd")).status()?;
            Ok(json!({"rc": status.code(), "status": status.to_string()}))
        }
        "append" => {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(text("path"))?;
            file.write_all(text("line").as_bytes())?;
            Ok(json!({"changed": true}))
        }
        "blob" => {
            let mut content = Vec::new();
            context.open_blob(&text("id"))?.read_to_end(&mut content)?;
            Ok(json!({"size": content.len(), "sum": rplay_protocol::checksum(&content).to_string()}))
        }
        "out" => {
            let piece = vec![7_u8; 100_000];
            let mut outlet = context.outlet("content");
            for _ in 0..number("pieces") {
                outlet.write_all(&piece)?;
            }
            Ok(json!({"sent": true}))
        }
        "big" => Ok(json!({"text": "x".repeat(usize::try_from(number("size")).unwrap_or(0))})),
        "progress" => {
            context.progress(Stream::Stdout, b"half way\n");
            Ok(json!({}))
        }
        "tmpdir" => {
            let path = context.tmpdir()?;
            std::fs::write(path.join("x"), "y")?;
            Ok(json!({"path": path.display().to_string()}))
        }
        "panic" => panic!("as asked"),
        "die" => {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
            Ok(json!({}))
        }
        other => Err(std::io::Error::other(format!("no module {other}"))),
    }
}
