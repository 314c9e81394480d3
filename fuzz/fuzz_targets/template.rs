//! Templates and expressions, compiled and rendered, in a world without files, processes and network.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rplay_template::{
    FetchError, FileLoader, FileOptions, Finished, Outside, Request, Scope, Settings, Templar,
};
use rplay_value::{Dict, Str, Value};
use std::{
    fs::Metadata,
    io,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
    time::Duration,
};

/// Longer inputs are slower, not more telling.
const LONGEST: usize = 400;

struct Nothing;

fn refused<T>() -> io::Result<T> {
    Err(io::Error::from(io::ErrorKind::PermissionDenied))
}

impl Outside for Nothing {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn working_dir(&self) -> String {
        "/".into()
    }
    fn home(&self, _: Option<&str>) -> Option<String> {
        None
    }
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        refused()
    }
    fn write_secret(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        refused()
    }
    fn metadata(&self, _: &Path, _: bool) -> Option<Metadata> {
        None
    }
    fn read_link(&self, _: &Path) -> Option<PathBuf> {
        None
    }
    fn list(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }
    fn run(&self, _: &str, _: &Path) -> io::Result<Finished> {
        refused()
    }
    fn fetch(&self, _: &Request) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Unreached("no network".into()))
    }
}

impl FileLoader for Nothing {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        refused()
    }
    fn exists(&self, _: &Path) -> bool {
        false
    }
}

static TEMPLAR: LazyLock<Templar> = LazyLock::new(|| {
    Templar::new(Settings {
        outside: Arc::new(Nothing),
        files: Arc::new(Nothing),
        time_limit: Duration::from_secs(2),
        ..Settings::default()
    })
});

static SCOPE: LazyLock<Arc<dyn Scope>> = LazyLock::new(|| {
    let mut vars = Dict::new();
    vars.insert("a", "text".into());
    vars.insert("b", Value::list([1.into(), "two".into(), Value::None]));
    vars.insert("c", Value::Str(Str::trusted("{{ a }}-{{ b | length }}")));
    vars.insert("d", Value::Str(Str::trusted("{{ d }}")));
    Arc::new(vars)
});

/// Whether the template asks for much work: big numbers, powers, password hashes. Work is limited by size, not
/// by time, so these are slow by right.
fn is_laborious(text: &str) -> bool {
    let digits = text.as_bytes().windows(3).any(|three| three.iter().all(u8::is_ascii_digit));
    let hashing = ["password_hash", "vault", "**", "pow", "password", "permutations", "combinations", "product"];
    digits || hashing.iter().any(|word| text.contains(word))
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.len() > LONGEST || is_laborious(text) {
        return;
    }
    let source = Str::trusted(text);
    let _ = TEMPLAR.render(&SCOPE, &Value::Str(source.clone()));
    let _ = TEMPLAR.expression(&SCOPE, &source);
    let _ = TEMPLAR.render_file(&SCOPE, &source, &FileOptions::default());
});
