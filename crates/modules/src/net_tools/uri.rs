//! `uri`: a request to a web service, and what it answered.

use super::http::{Body, Client, Fetched, Headers, Redirects, Request, UrlArgs, file_name, join, masked};
use super::uri_body;
use crate::args::{Choice, Map, ModuleArgs, Value, str_of};
use crate::system::{Algorithm, os_text};
use crate::{Failure, FileArgs, ModuleResult, Plan, System};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Interact with web services.
#[derive(Clone, Debug, ModuleArgs)]
#[args(mutually_exclusive("body", "src"))]
pub(crate) struct Args {
    /// What to ask.
    url: String,
    /// Where to put the content; in a directory it is named as in the URL.
    dest: Option<PathBuf>,
    /// The user to log in as.
    #[arg(alias = "user")]
    url_username: Option<String>,
    /// The password to log in with.
    #[arg(alias = "password", no_log)]
    url_password: Option<String>,
    /// What to send.
    body: Value,
    /// How `body` is written.
    #[arg(default = "raw")]
    body_format: BodyFormat,
    /// A file to send.
    src: Option<PathBuf>,
    /// Set by other actions: the id of a file to send that the controller holds.
    #[arg(name = "_content")]
    content_id: Option<String>,
    /// The method.
    #[arg(default = "GET")]
    method: String,
    /// Return the content.
    #[arg(default = false)]
    return_content: bool,
    /// Which redirects are followed.
    #[arg(default = "safe")]
    follow_redirects: FollowRedirects,
    /// When this file exists, nothing is asked.
    creates: Option<PathBuf>,
    /// When this file does not exist, nothing is asked.
    removes: Option<PathBuf>,
    /// The answers that count as success.
    #[arg(default = [200])]
    status_code: Vec<i64>,
    /// How many seconds connecting, and each wait for content, may take.
    #[arg(default = 30)]
    timeout: u64,
    /// Header fields to send.
    headers: Option<Map>,
    /// A socket of the host to ask through.
    unix_socket: Option<PathBuf>,
    /// Meant for the controller: whether `src` is on the host.
    #[arg(name = "remote_src", default = false)]
    _remote_src: bool,
    /// The certificates to trust, in PEM.
    ca_path: Option<PathBuf>,
    /// How to ask.
    #[arg(flatten)]
    how: UrlArgs,
    /// Mode, owner and the like.
    #[arg(flatten)]
    file: FileArgs,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum BodyFormat {
    #[choice("form-urlencoded")]
    FormUrlencoded,
    Json,
    Raw,
    #[choice("form-multipart")]
    FormMultipart,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum FollowRedirects {
    All,
    No,
    None,
    Safe,
    Urllib2,
    Yes,
}

/// Content that is read into memory may be this long.
const MOST_CONTENT: u64 = 256 * 1024 * 1024;

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let method = args.method.to_uppercase();
    if method.is_empty() || !method.chars().all(|letter| letter.is_ascii_uppercase()) {
        return Err(Failure::new(
            "Parameter 'method' needs to be a single word in uppercase, like GET or POST.",
        ));
    }
    let skipped = |path: &Path, state: &str| {
        let why = format!("skipped, since '{}' {state}", path.display());
        Ok(Plan::done(ModuleResult::unchanged().with("stdout", why)))
    };
    if let Some(path) = args.creates.as_ref().filter(|path| sys.exists(path)) {
        return skipped(path, "exists");
    }
    if let Some(path) = args.removes.as_ref().filter(|path| !sys.exists(path)) {
        return skipped(path, "does not exist");
    }
    if matches!(args.follow_redirects, FollowRedirects::No | FollowRedirects::Yes) {
        sys.deprecate("Using 'yes' or 'no' for 'follow_redirects' parameter is deprecated.", Some("2.22"));
    }
    Ok(Plan::change(ModuleResult::default(), move |sys, _| ask(&args, &method, sys)))
}

fn request(args: &Args, method: &str, sys: &System) -> Result<Request, Failure> {
    let mut headers = Headers::default();
    for (name, value) in args.headers.iter().flatten() {
        headers.set(name, str_of(value));
    }
    let body = match args.body_format {
        BodyFormat::Json => {
            headers.set_default("Content-Type", "application/json");
            Some(uri_body::json(&args.body))
        }
        BodyFormat::FormUrlencoded => {
            headers.set_default("Content-Type", "application/x-www-form-urlencoded");
            match &args.body {
                Value::Null => None,
                body => Some(uri_body::urlencoded(body)?),
            }
        }
        BodyFormat::FormMultipart => {
            let (kind, body) = uri_body::multipart(&args.body, sys)?;
            headers.set("Content-Type", kind);
            Some(body)
        }
        BodyFormat::Raw => match &args.body {
            Value::Null => None,
            body => Some(str_of(body).into_bytes()),
        },
    };
    let body = file_body(args, sys)?.or(body.map(Body::Bytes));
    let there = args.dest.as_ref().and_then(|dest| sys.stat(dest).ok().flatten());
    let modified = there.filter(std::fs::Metadata::is_file).map(|found| found.mtime());
    Ok(Request { method: method.to_owned(), url: args.url.clone(), headers, body, modified })
}

fn file_body(args: &Args, sys: &System) -> Result<Option<Body>, Failure> {
    if let Some(id) = &args.content_id {
        let mut bytes = Vec::new();
        let read =
            sys.blobs().open(id).and_then(|content| content.take(MOST_CONTENT).read_to_end(&mut bytes));
        read.map_err(|error| {
            Failure::new(format!("receiving the file to send failed: {}", os_text(&error)))
        })?;
        return Ok(Some(Body::Bytes(bytes)));
    }
    let Some(src) = &args.src else { return Ok(None) };
    match sys.stat(src) {
        Ok(Some(found)) if found.is_file() && sys.open(src).is_ok() => {
            Ok(Some(Body::File(src.clone(), found.len())))
        }
        _ => Err(Failure::new(format!("Unable to open source file {}", src.display())).with("elapsed", 0)),
    }
}

fn ask(args: &Args, method: &str, sys: &System) -> Result<ModuleResult, Failure> {
    let request = request(args, method, sys)?;
    let client = Client {
        args: &args.how,
        user: args.url_username.clone().map(|user| (user, args.url_password.clone().unwrap_or_default())),
        redirects: match args.follow_redirects {
            FollowRedirects::All | FollowRedirects::Yes => Redirects::All,
            FollowRedirects::No | FollowRedirects::None => Redirects::None,
            FollowRedirects::Safe => Redirects::Safe,
            FollowRedirects::Urllib2 => Redirects::Urllib,
        },
        timeout: Duration::from_secs(args.timeout),
        unix_socket: args.unix_socket.clone(),
        ca_path: args.ca_path.clone(),
        sys,
    };
    let start = Instant::now();
    match client.fetch(request) {
        Ok(answer) => Answer { args, answer, elapsed: start.elapsed().as_secs() }.result(sys),
        Err(error) => {
            let known = args.status_code.contains(&-1);
            let result = ModuleResult::unchanged()
                .with("redirected", false)
                .with("url", masked(&args.url))
                .with("status", -1)
                .with("elapsed", start.elapsed().as_secs());
            if known {
                return Ok(result.with("msg", error.to_string()));
            }
            let msg = format!("Status code was -1 and not {}: {error}", codes(args));
            Err(Failure::new(msg).with_all(result.fields))
        }
    }
}

fn codes(args: &Args) -> String {
    crate::args::repr(&Value::from(args.status_code.clone()))
}

struct Answer<'a> {
    args: &'a Args,
    answer: Fetched,
    elapsed: u64,
}

impl Answer<'_> {
    fn result(mut self, sys: &System) -> Result<ModuleResult, Failure> {
        let wanted = self.args.status_code.contains(&i64::from(self.answer.status));
        let is_json = self.is_json();
        let mut result = self.report();
        let mut content = None;
        if is_json || self.args.return_content || !wanted {
            content = Some(self.read()?);
        }
        if let Some(dest) = self.args.dest.as_ref().filter(|_| wanted && self.answer.status != 304) {
            self.write(dest, content.as_deref(), &mut result, sys)?;
        }
        if let Some(bytes) = &content {
            let text = self.decoded(bytes);
            if let Some(json) = is_json.then(|| serde_json::from_str::<Value>(&text).ok()).flatten() {
                result.set("json", json);
            }
            if self.args.return_content {
                result.set("content", text);
            }
        }
        if wanted {
            return Ok(result);
        }
        let msg = format!(
            "Status code was {} and not {}: {}",
            self.answer.status,
            codes(self.args),
            self.answer.msg
        );
        let changed = result.changed;
        Err(Failure::new(msg.clone()).with_all(result.fields).with("msg", msg).with("changed", changed))
    }

    fn report(&self) -> ModuleResult {
        let answer = &self.answer;
        let error = answer.status >= 300;
        let mut result = ModuleResult::unchanged();
        result.set("redirected", answer.url != masked(&self.args.url));
        result.set("url", if error { masked(&self.args.url) } else { answer.url.clone() });
        result.set("status", answer.status);
        for (name, value) in answer.fields() {
            result.set(&name.replace('-', "_"), value);
        }
        if !error {
            result.set("cookies_string", answer.cookie_text());
            let cookies: Map =
                answer.cookies.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
            result.set("cookies", cookies);
        } else {
            result.set("redirected", false);
        }
        result.set("msg", answer.msg.as_str());
        result.set("elapsed", self.elapsed);
        if let Some(location) = answer.headers.get("Location") {
            result.set("location", join(&masked(&self.args.url), location));
        }
        result
    }

    fn is_json(&self) -> bool {
        let kind = self.answer.headers.get("Content-Type").unwrap_or("application/octet-stream");
        let kind = kind.split([';', ',']).next().unwrap_or_default().trim().to_lowercase();
        let sub = kind.split('/').nth(1).unwrap_or_default();
        let sub = sub.split_once('+').map_or(sub, |(_, suffix)| suffix);
        matches!(sub, "json" | "javascript")
    }

    fn read(&mut self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let content = self.answer.content.as_mut();
        match content.take(MOST_CONTENT + 1).read_to_end(&mut bytes) {
            Ok(size) if size as u64 > MOST_CONTENT => {
                Err(Failure::new("the content is too long to be returned; use dest without return_content"))
            }
            Ok(_) => Ok(bytes),
            Err(error) => {
                let url = masked(&self.args.url);
                Err(Failure::new(format!("HTTP Error while fetching {url}: {}", os_text(&error))))
            }
        }
    }

    fn decoded(&self, bytes: &[u8]) -> String {
        let charset = self.answer.headers.parameter("Content-Type", "charset").unwrap_or_default();
        match charset.to_lowercase().as_str() {
            "iso-8859-1" | "latin-1" | "latin1" => bytes.iter().map(|byte| char::from(*byte)).collect(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    fn write(
        &mut self,
        dest: &Path,
        content: Option<&[u8]>,
        result: &mut ModuleResult,
        sys: &System,
    ) -> Result<(), Failure> {
        let dest = if sys.is_dir(dest) { dest.join(self.name()) } else { dest.to_owned() };
        let staged = match content {
            Some(mut bytes) => sys.stage(&dest, &mut bytes)?,
            None => sys.stage(&dest, self.answer.content.as_mut())?,
        };
        let same = sys.exists(&dest)
            && sys.checksum(&dest, Algorithm::Sha1)? == sys.checksum(staged.path(), Algorithm::Sha1)?;
        if !same {
            sys.replace(staged, &dest, self.args.file.unsafe_writes)?;
        }
        sys.ensure_attributes(&dest, &self.args.file, None)?;
        result.changed = true;
        result.set("path", dest.to_string_lossy().into_owned());
        Ok(())
    }

    /// The file's name by the server's word, or the URL's last part.
    fn name(&self) -> String {
        let named = self.answer.headers.parameter("Content-Disposition", "filename");
        let named = named.map(|name| name.rsplit('/').next().unwrap_or_default().to_owned());
        let path = self.answer.url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let safe = |name: &String| !name.is_empty() && name != "." && name != "..";
        named
            .filter(safe)
            .or_else(|| Some(file_name(path)).filter(safe))
            .unwrap_or_else(|| "index.html".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use crate::net_tools::test_server;
    use crate::testing::Bench;
    use serde_json::{Map, Value, json};

    fn ask(path: &str, mut args: Value) -> Map<String, Value> {
        let server = test_server::start();
        args["url"] = json!(format!("{server}/{path}"));
        Bench::new().run("uri", args)
    }

    #[test]
    fn answers_are_told_as_ansible_tells_them() {
        let plain = ask("ok", json!({"return_content": true}));
        assert_eq!(
            (&plain["status"], &plain["content"], &plain["msg"]),
            (&json!(200), &json!("hello"), &json!("OK (5 bytes)")),
            "{plain:?}"
        );
        assert_eq!((&plain["x_some_field"], &plain["cookies"]), (&json!("a, b"), &json!({"c": "1"})));
        let json = ask("json", json!({}));
        assert_eq!((&json["json"], json.get("content")), (&json!({"a": [1, 2]}), None));
        let moved = ask("moved", json!({}));
        assert_eq!(moved["redirected"], true);
        let stays = ask("moved", json!({"follow_redirects": "none", "status_code": [302]}));
        assert_eq!((&stays["status"], stays.get("failed")), (&json!(302), None), "{stays:?}");
        let gone = ask("no", json!({}));
        assert_eq!(gone["msg"], "Status code was 404 and not [200]: HTTP Error 404: Not Found");
    }

    #[test]
    fn bodies_and_credentials_are_sent() {
        let echo = |args: Value| {
            let mut args = args;
            args["return_content"] = json!(true);
            ask("echo", args)["content"].as_str().unwrap().to_owned()
        };
        let json = echo(
            json!({"method": "POST", "body": {"a": 1}, "body_format": "json", "headers": {"X-A": true}}),
        );
        assert!(
            json.contains("Content-Type: application/json\r\n") && json.contains("X-A: True\r\n"),
            "{json}"
        );
        assert!(json.starts_with("POST /echo HTTP/1.1\r\n") && json.ends_with("{\"a\": 1}"), "{json}");
        let form = echo(json!({"method": "PUT", "body": {"a": "x y"}, "body_format": "form-urlencoded"}));
        assert!(form.ends_with("a=x+y"), "{form}");
        let parts = echo(
            json!({"method": "POST", "body": {"a": "x", "f": {"content": "{}", "filename": "f.json"}}, "body_format": "form-multipart"}),
        );
        assert!(parts.contains("Content-Type: application/json\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.json\"\r\n\r\n{}\r\n"), "{parts}");
        let inside = ask("secret", json!({"url_username": "u", "url_password": "p"}));
        assert_eq!(inside["status"], 200, "{inside:?}");
        let forced = ask("secret", json!({"user": "u", "password": "p", "force_basic_auth": true}));
        assert_eq!(forced["status"], 200);
        assert_eq!(ask("secret", json!({}))["status"], 401);
    }

    #[test]
    fn content_is_stored() {
        let (bench, server) = (Bench::new(), test_server::start());
        let made = bench.run("uri", json!({"url": format!("{server}/file.txt"), "dest": "@"}));
        assert_eq!((&made["changed"], &made["state"]), (&json!(true), &json!("file")), "{made:?}");
        assert_eq!(std::fs::read_to_string(bench.path("file.txt")).unwrap(), "hello");
    }
}
