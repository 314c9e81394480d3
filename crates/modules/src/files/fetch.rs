//! `fetch`: a file of the host to the controller, which asks for it only through its own action.

use crate::args::ModuleArgs;
use crate::system::{Algorithm, os_text};
use crate::{Failure, ModuleResult, Plan, System};
use rustix::fs::Access;

/// Send a file to the controller.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The file.
    #[arg(ty = "path")]
    src: String,
    /// The SHA-1 of what the controller has: the same content is not sent again.
    #[arg(name = "_known_checksum")]
    known_checksum: Option<String>,
    /// The id under which the content is sent.
    #[arg(name = "_outlet", default = "content")]
    outlet: String,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let src = args.src;
    let failed = |msg: &str| Failure::new(msg);
    let found = sys.stat(&src).map_err(|error| {
        let why = error.io().map_or_else(|| error.to_string(), os_text);
        failed(&format!("the remote file {src} is not accessible: {why}"))
    })?;
    let Some(found) = found else {
        return Err(
            failed("the remote file does not exist, not transferring, ignored").with("_missing", true)
        );
    };
    if found.is_dir() {
        return Err(failed("remote file is a directory, fetch cannot work on directories"));
    }
    if !sys.access(&src, Access::READ_OK) {
        return Err(failed(&format!("file is not readable: {src}")));
    }
    let checksum = sys.checksum(&src, Algorithm::Sha1)?;
    let md5sum = sys.checksum(&src, Algorithm::Md5)?;
    let known = args.known_checksum.as_deref() == Some(checksum.as_str());
    if !known {
        let mut content = sys.open(&src)?;
        sys.outlet()
            .send(&args.outlet, &mut content)
            .map_err(|error| failed(&format!("sending {src} failed: {}", os_text(&error))))?;
    }
    let result = ModuleResult { changed: !known, ..ModuleResult::default() };
    Ok(Plan::done(result.with("checksum", checksum).with("md5sum", md5sum).with("src", src)))
}

#[cfg(test)]
mod tests {
    use crate::args::{Map, Value};
    use crate::system::{Outlet, Services, Settings, System};
    use crate::testing::Bench;
    use crate::{Call, run};
    use serde_json::json;
    use std::io::{self, Read};
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Sink(Mutex<Vec<u8>>);

    impl Outlet for Sink {
        fn send(&self, _id: &str, content: &mut dyn Read) -> io::Result<()> {
            content.read_to_end(&mut self.0.lock().unwrap()).map(drop)
        }
    }

    fn fetch(args: Value) -> (Map, Vec<u8>) {
        let sink = Arc::new(Sink::default());
        let services = Services { outlet: sink.clone(), ..Services::default() };
        let sys = System::new(Settings::default(), services);
        let Value::Object(args) = args else { panic!("arguments are an object") };
        let result = run(&Call { name: "fetch".to_owned(), args }, &sys);
        let sent = sink.0.lock().unwrap().clone();
        (result, sent)
    }

    #[test]
    fn files_are_sent_unless_they_are_known() {
        let bench = Bench::new();
        std::fs::write(bench.path("f"), b"a\xff").unwrap();
        let src = bench.path("f").display().to_string();
        let (result, sent) = fetch(json!({"src": src}));
        assert_eq!((&result["changed"], sent.as_slice()), (&json!(true), &b"a\xff"[..]));
        let (again, sent) = fetch(json!({"src": src, "_known_checksum": result["checksum"]}));
        assert_eq!((&again["changed"], sent.is_empty()), (&json!(false), true));
        let (missing, _) = fetch(json!({"src": "/nonexistent/x"}));
        assert_eq!((&missing["failed"], &missing["_missing"]), (&json!(true), &json!(true)));
        let (dir, _) = fetch(json!({"src": "/"}));
        assert_eq!(dir["msg"], "remote file is a directory, fetch cannot work on directories");
    }
}
