//! Facts kept between runs, in files that ansible-core's `jsonfile` cache reads and writes as well.

use rplay_value::{DateTime, Dict, Key, Str, Tag, Value, Vaulted, float_repr};
use serde_json::{Map, Value as Json};
use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// ansible-core's name for the form of what is in the files.
const SCHEMA: &str = "s1_";
/// The key under which a file holds its content, as JSON in a string.
const PAYLOAD: &str = "__payload__";
/// The key by which the content marks what plain JSON has not.
const TYPE: &str = "__ansible_type";

/// What is wrong with the cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The directory cannot be made or used.
    #[error("error in 'jsonfile' cache, the directory {} cannot be used: {error}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's answer.
        #[source]
        error: io::Error,
    },
    /// A file cannot be read or written.
    #[error("error in 'jsonfile' cache plugin with {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        #[source]
        error: io::Error,
    },
    /// A file was no cache file; it is gone.
    #[error(
        "The cache file {} was corrupt, or did not otherwise contain valid data. It has been removed, so you \
         can re-run your command now.",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
}

/// Facts of hosts in a directory, one file for each host.
#[derive(Debug)]
pub struct FactCache {
    dir: PathBuf,
    prefix: String,
    timeout: Option<Duration>,
    known: Mutex<HashMap<Str, Arc<Dict>>>,
}

impl FactCache {
    /// A cache in `dir`, which is made if need be. Files older than `timeout` do not count.
    ///
    /// # Errors
    /// When the directory cannot be made, read and written.
    pub fn open(dir: PathBuf, prefix: &str, timeout: Option<Duration>) -> Result<Self, CacheError> {
        let failed = |error| CacheError::Directory { path: dir.clone(), error };
        fs::create_dir_all(&dir).map_err(failed)?;
        fs::read_dir(&dir).map_err(failed)?;
        Ok(Self { dir, prefix: prefix.to_owned(), timeout, known: Mutex::default() })
    }

    /// The file of a host. Slashes of names that are paths would lead elsewhere.
    fn path(&self, host: &str) -> Option<PathBuf> {
        let name = format!("{}{SCHEMA}{host}", self.prefix);
        (!host.is_empty() && !host.contains('/')).then(|| self.dir.join(name))
    }

    fn is_old(&self, path: &Path) -> bool {
        let (Some(timeout), Ok(metadata)) = (self.timeout, fs::metadata(path)) else { return false };
        let age = metadata.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        age.is_some_and(|age| age > timeout)
    }

    /// The facts of a host by the names modules give them. Once read they do not age.
    ///
    /// # Errors
    /// When the file cannot be read; one without sense is removed.
    pub fn get(&self, host: &str) -> Result<Option<Arc<Dict>>, CacheError> {
        if let Some(facts) = self.known().get(host) {
            return Ok(Some(facts.clone()));
        }
        let Some(path) = self.path(host).filter(|path| !self.is_old(path)) else { return Ok(None) };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(self.corrupt(path)),
            Err(error) => return Err(CacheError::File { path, error }),
        };
        let Some(facts) = parse(&text) else { return Err(self.corrupt(path)) };
        let facts = Arc::new(facts);
        self.known().insert(host.into(), facts.clone());
        Ok(Some(facts))
    }

    fn corrupt(&self, path: PathBuf) -> CacheError {
        match fs::remove_file(&path) {
            Ok(()) => CacheError::Corrupt { path },
            Err(error) => CacheError::File { path, error },
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Str, Arc<Dict>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds facts to those of a host and writes them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&self, host: &Str, facts: &Dict) -> Result<(), CacheError> {
        let mut all = self.get(host)?.map(Arc::unwrap_or_clone).unwrap_or_default();
        all.extend(facts.iter().map(|(key, value)| (key.clone(), value.clone())));
        let text = shown(&all);
        self.known().insert(host.clone(), Arc::new(all));
        let Some(path) = self.path(host) else { return Ok(()) };
        self.write(&path, &text).map_err(|error| CacheError::File { path, error })
    }

    /// Written beside and renamed: another run never sees half a file.
    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}~", std::process::id()));
        let beside = PathBuf::from(beside);
        let written = fs::write(&beside, text)
            .and_then(|()| fs::set_permissions(&beside, fs::Permissions::from_mode(0o644)))
            .and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            // What is left over is of no use; the first error is the one that matters.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Forgets a host.
    ///
    /// # Errors
    /// When its file cannot be removed.
    pub fn forget(&self, host: &str) -> Result<(), CacheError> {
        self.known().remove(host);
        let Some(path) = self.path(host) else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CacheError::File { path, error }),
            _ => Ok(()),
        }
    }
}

/// The content of a file.
fn parse(text: &str) -> Option<Dict> {
    let outer: Json = serde_json::from_str(text).ok()?;
    let inner: Json = serde_json::from_str(outer.get(PAYLOAD)?.as_str()?).ok()?;
    match value(inner)? {
        Value::Dict(facts) => Some(Arc::unwrap_or_clone(facts)),
        _ => None,
    }
}

/// JSON with ansible-core's marks; none where a mark is not known.
fn value(json: Json) -> Option<Value> {
    match json {
        Json::Array(items) => items.into_iter().map(value).collect::<Option<Vec<_>>>().map(Value::list),
        Json::Object(mut entries) => match entries.remove(TYPE) {
            None => {
                let entries = entries.into_iter().map(|(key, json)| Some((Key::from(key), value(json)?)));
                entries.collect::<Option<Dict>>().map(Value::from)
            }
            Some(kind) => marked(kind.as_str()?, entries),
        },
        plain => Some(Value::from(plain)),
    }
}

fn marked(kind: &str, mut entries: Map<String, Json>) -> Option<Value> {
    let text = |entries: &mut Map<String, Json>, key: &str| match entries.remove(key)? {
        Json::String(text) => Some(text),
        _ => None,
    };
    match kind {
        "_AnsibleTaggedStr" => {
            let trusted = has_tag(&entries, "TrustedAsTemplate");
            let text = text(&mut entries, "value")?;
            Some(Value::Str(Str::tagged(text, Tag { trusted, ..Tag::default() })))
        }
        "_AnsibleTaggedSet"
        | "_AnsibleTaggedTuple"
        | "_AnsibleTaggedList"
        | "_AnsibleTaggedDict"
        | "_AnsibleTaggedInt"
        | "_AnsibleTaggedFloat"
        | "_AnsibleTaggedDate"
        | "_AnsibleTaggedTime"
        | "_AnsibleTaggedDateTime" => value(entries.remove("value")?),
        "EncryptedString" => {
            let ciphertext = text(&mut entries, "ciphertext")?;
            Some(Value::Vaulted(Arc::new(Vaulted { ciphertext: ciphertext.into(), origin: None })))
        }
        "AnsibleSerializableDate" => text(&mut entries, "iso8601")?.parse().ok().map(Value::Date),
        "AnsibleSerializableDateTime" => date_time(&text(&mut entries, "iso8601")?),
        "AnsibleSerializableTime" => text(&mut entries, "iso8601").map(Value::from),
        _ => None,
    }
}

fn date_time(text: &str) -> Option<Value> {
    let (clock, offset) = match text.char_indices().skip(11).find(|(_, char)| matches!(char, '+' | '-')) {
        Some((at, sign)) => (&text[..at], Some((sign, &text[at + 1..]))),
        None => (text, None),
    };
    let offset = match offset {
        None => None,
        Some((sign, digits)) => {
            let mut parts = digits.split(':').map(str::parse::<i32>);
            let mut next = || parts.next().unwrap_or(Ok(0)).ok();
            let seconds = next()? * 3600 + next()? * 60 + next()?;
            Some(if sign == '-' { -seconds } else { seconds })
        }
    };
    Some(Value::DateTime(DateTime { civil: clock.parse().ok()?, offset }))
}

fn has_tag(entries: &Map<String, Json>, name: &str) -> bool {
    let tags = entries.get("tags").and_then(Json::as_array);
    tags.is_some_and(|tags| tags.iter().any(|tag| tag.get(TYPE).and_then(Json::as_str) == Some(name)))
}

/// The text of a file with these facts.
fn shown(facts: &Dict) -> String {
    let inner = dict_json(facts).to_string();
    Json::Object(Map::from_iter([(PAYLOAD.to_owned(), Json::String(inner))])).to_string()
}

/// A dictionary from a host cannot pretend to be one of the marks: its key is left out.
fn dict_json(dict: &Dict) -> Json {
    let mut entries = Map::with_capacity(dict.len());
    for (key, value) in dict {
        let key = match key.as_value() {
            Value::Bool(bool) => bool.to_string(),
            Value::None => "null".to_owned(),
            other => other.to_text(),
        };
        if key != TYPE {
            entries.insert(key, json(value));
        }
    }
    Json::Object(entries)
}

fn json(value: &Value) -> Json {
    let mark = |kind: &str, key: &str, content: Json| {
        Json::Object(Map::from_iter([(key.to_owned(), content), (TYPE.to_owned(), Json::from(kind))]))
    };
    match value {
        Value::Str(text) if text.is_trusted() => {
            let tag = Json::Object(Map::from_iter([(TYPE.to_owned(), Json::from("TrustedAsTemplate"))]));
            Json::Object(Map::from_iter([
                ("value".to_owned(), Json::from(text.as_str())),
                ("tags".to_owned(), Json::from(vec![tag])),
                (TYPE.to_owned(), Json::from("_AnsibleTaggedStr")),
            ]))
        }
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Dict(dict) => dict_json(dict),
        Value::Date(date) => mark("AnsibleSerializableDate", "iso8601", date.to_string().into()),
        Value::DateTime(_) => {
            let text = value.to_text().replacen(' ', "T", 1);
            let mut marked = mark("AnsibleSerializableDateTime", "iso8601", text.into());
            if let Some(entries) = marked.as_object_mut() {
                entries.insert("fold".into(), Json::from(0));
            }
            marked
        }
        Value::Vaulted(vaulted) => {
            mark("EncryptedString", "ciphertext", Json::from(vaulted.ciphertext.to_string()))
        }
        // `1e2` is a float for every reader, `100` would be none.
        Value::Float(float) if float.is_finite() => {
            float_repr(*float).parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
        }
        other => other.to_json(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_come_back_as_they_were() {
        let facts: Dict = [
            ("ansible_x", Value::list([1.into(), Value::Float(2.0), Value::None])),
            ("t", Value::template("{{ x }}")),
            ("u", Value::from("{{ x }}")),
        ]
        .into_iter()
        .collect();
        let again = parse(&shown(&facts)).unwrap();
        assert_eq!(again, facts);
        let trusted = |name: &str| matches!(again.get(name), Some(Value::Str(text)) if text.is_trusted());
        assert!(trusted("t") && !trusted("u"));
    }

    #[test]
    fn what_ansible_core_wrote_is_understood() {
        let inner = r#"{"c": {"value": 1, "tags": [{"path": "p", "line_num": 4, "__ansible_type": "Origin"}], "__ansible_type": "_AnsibleTaggedInt"}, "k": {"value": "é", "tags": [{"__ansible_type": "TrustedAsTemplate"}], "__ansible_type": "_AnsibleTaggedStr"}, "d": {"iso8601": "2020-01-02T03:04:05+01:00", "fold": 0, "__ansible_type": "AnsibleSerializableDateTime"}}"#;
        let text = serde_json::json!({ PAYLOAD: inner }).to_string();
        let facts = parse(&text).unwrap();
        assert_eq!(facts.get("c"), Some(&Value::from(1)));
        assert_eq!(facts.get("k"), Some(&Value::from("é")));
        assert_eq!(facts.get("d").map(Value::to_text).as_deref(), Some("2020-01-02 03:04:05+01:00"));
        for bad in ["", "{}", "[]", "{\"__payload__\": 1}", "{\"__payload__\": \"[]\"}"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_host_cannot_forge_a_mark() {
        let forged: Dict = [(
            "x",
            Value::dict([
                (TYPE, Value::from("_AnsibleTaggedStr")),
                ("value", Value::from("{{ evil }}")),
                ("tags", Value::list([Value::dict([(TYPE, Value::from("TrustedAsTemplate"))])])),
            ]),
        )]
        .into_iter()
        .collect();
        assert!(matches!(parse(&shown(&forged)).unwrap().get("x"), Some(Value::Dict(_))));
    }

    #[test]
    fn old_files_do_not_count_and_hosts_can_be_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let facts: Dict = [("a", Value::from(1))].into_iter().collect();
        let cache = FactCache::open(dir.path().into(), "p_", None).unwrap();
        cache.add(&"h".into(), &facts).unwrap();
        assert!(dir.path().join("p_s1_h").is_file());
        std::thread::sleep(Duration::from_millis(20));
        let old = FactCache::open(dir.path().into(), "p_", Some(Duration::from_millis(1))).unwrap();
        assert!(old.get("h").unwrap().is_none());
        let fresh = FactCache::open(dir.path().into(), "p_", None).unwrap();
        assert_eq!(*fresh.get("h").unwrap().unwrap(), facts);
        fresh.forget("h").unwrap();
        assert!(fresh.get("h").unwrap().is_none() && fs::read_dir(dir.path()).unwrap().next().is_none());
        fs::write(dir.path().join("p_s1_bad"), "x").unwrap();
        assert!(matches!(fresh.get("bad"), Err(CacheError::Corrupt { .. })));
        assert!(fresh.get("bad").unwrap().is_none());
    }
}
