//! A fetch from start to end: credentials, redirects, cookies, decompression.

use super::connect::Way;
use super::redirect::same_place;
use super::url::{Url, masked, unquote};
use super::wire::{Head, exchange};
use super::{Headers, HttpError, Redirects, Request, UrlArgs, auth};
use crate::System;
use crate::args::{Map, Value};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

/// How requests are made.
pub(crate) struct Client<'a> {
    pub(crate) args: &'a UrlArgs,
    /// User and password of the task.
    pub(crate) user: Option<(String, String)>,
    pub(crate) redirects: Redirects,
    pub(crate) timeout: Duration,
    pub(crate) unix_socket: Option<PathBuf>,
    pub(crate) ca_path: Option<PathBuf>,
    pub(crate) sys: &'a System,
}

/// An answer.
pub(crate) struct Fetched {
    pub(crate) status: u16,
    /// Where it came from, after redirects; user and password hidden.
    pub(crate) url: String,
    pub(crate) headers: Headers,
    /// Python's sentence about it.
    pub(crate) msg: String,
    /// Cookies set on the way.
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) content: Box<dyn Read>,
}

/// Redirects followed at most.
const MOST_HOPS: usize = 10;

impl Client<'_> {
    /// Fetches. Any status is an answer, not an error.
    ///
    /// # Errors
    /// No answer came.
    pub(crate) fn fetch(&self, mut request: Request) -> Result<Fetched, HttpError> {
        self.refuse_unsupported()?;
        let mut url = Url::parse(&request.url).map_err(HttpError::Refused)?;
        if url.scheme == "file" {
            return self.local(&url);
        }
        let user = self.user.clone().or_else(|| url.user.clone());
        self.complete(&mut request, &url, user.as_ref());
        let mut cookies: Vec<(String, String)> = Vec::new();
        let mut hops = 0;
        loop {
            let (head, content) = self.once(&url, &request)?;
            take_cookies(&head, &mut cookies);
            let unasked = request.headers.get("Authorization").is_none();
            if let Some((name, password)) = user.as_ref().filter(|_| head.status == 401 && unasked) {
                if auth::asks_for_basic(head.headers.all("WWW-Authenticate")) {
                    request.headers.set("Authorization", auth::basic(name, password));
                    continue;
                }
            }
            let location = head.headers.get("Location").map(str::to_owned);
            let next = location.and_then(|location| {
                self.redirects.follow(&request, head.status, &location, &self.args.unredirected_headers)
            });
            let Some(mut next) = next else { return Ok(self.answer(head, content, &request, cookies)) };
            hops += 1;
            if hops > MOST_HOPS {
                let msg = "The HTTP server returned a redirect error that would lead to an infinite loop.";
                return Err(HttpError::Refused(format!("HTTP Error {}: {msg}", head.status)));
            }
            if !cookies.is_empty() && same_place(&request.url, &next.url) {
                next.headers.set("Cookie", cookie_text(&cookies));
            }
            url = Url::parse(&next.url).map_err(HttpError::Refused)?;
            request = next;
        }
    }

    fn refuse_unsupported(&self) -> Result<(), HttpError> {
        let refused = |why: &str| Err(HttpError::Refused(why.to_owned()));
        if self.args.use_gssapi {
            return refused("use_gssapi is not supported");
        }
        if self.args.ciphers.as_ref().is_some_and(|ciphers| !ciphers.is_empty()) {
            return refused(
                "ciphers is not supported: the TLS library offers only suites without known faults",
            );
        }
        Ok(())
    }

    /// The fields every request has, unless the task set them.
    fn complete(&self, request: &mut Request, url: &Url, user: Option<&(String, String)>) {
        let headers = &mut request.headers;
        headers.set_default("User-Agent", self.args.http_agent.as_str());
        if self.args.force {
            headers.set_default("cache-control", "no-cache");
        } else if let Some(date) = request.modified.and_then(http_date) {
            headers.set_default("If-Modified-Since", date);
        }
        let netrc = || if self.args.use_netrc { auth::netrc(&url.host, self.sys) } else { None };
        let known = match user {
            Some(user) => self.args.force_basic_auth.then(|| user.clone()),
            None => netrc(),
        };
        if let Some((name, password)) = known {
            headers.set_default("Authorization", auth::basic(&name, &password));
        }
    }

    fn once(&self, url: &Url, request: &Request) -> Result<(Head, Box<dyn Read>), HttpError> {
        if !matches!(url.scheme.as_str(), "http" | "https") {
            return Err(HttpError::Unreached(format!("unknown url type: {}", url.scheme)));
        }
        let way = Way {
            args: self.args,
            timeout: self.timeout.max(Duration::from_millis(1)),
            unix_socket: self.unix_socket.as_deref(),
            ca_path: self.ca_path.as_deref(),
            sys: self.sys,
        };
        exchange(way.connect(url)?, url, request, self.sys)
    }

    fn answer(
        &self,
        head: Head,
        content: Box<dyn Read>,
        request: &Request,
        cookies: Vec<(String, String)>,
    ) -> Fetched {
        let zipped =
            head.headers.get("Content-Encoding").is_some_and(|kind| kind.eq_ignore_ascii_case("gzip"));
        let content = if zipped && self.args.decompress && request.method != "HEAD" {
            Box::new(MultiGzDecoder::new(content))
        } else {
            content
        };
        let msg = if (200..300).contains(&head.status) {
            format!("OK ({} bytes)", head.headers.get("Content-Length").unwrap_or("unknown"))
        } else {
            format!("HTTP Error {}: {}", head.status, head.reason)
        };
        Fetched {
            status: head.status,
            url: masked(&request.url),
            headers: head.headers,
            msg,
            cookies,
            content,
        }
    }

    /// `file:`: a file of the host.
    fn local(&self, url: &Url) -> Result<Fetched, HttpError> {
        let path = unquote(&url.path);
        let file = self.sys.open(&path).map_err(|error| HttpError::Unreached(error.to_string()))?;
        let length = file.metadata().map(|found| found.len()).unwrap_or_default();
        Ok(Fetched {
            status: 200,
            url: format!("file://{path}"),
            headers: Headers::default(),
            msg: format!("OK ({length} bytes)"),
            cookies: Vec::new(),
            content: Box::new(file),
        })
    }
}

impl Fetched {
    /// The fields of the answer as results have them: names in lower case, equal ones joined.
    pub(crate) fn fields(&self) -> Map {
        let mut map = Map::new();
        for (name, value) in self.headers.iter() {
            let name = name.to_lowercase();
            let joined = match map.get(&name).and_then(Value::as_str) {
                Some(before) => format!("{before}, {value}"),
                None => value.to_owned(),
            };
            map.insert(name, joined.into());
        }
        map
    }

    /// The cookies as one text.
    pub(crate) fn cookie_text(&self) -> String {
        cookie_text(&self.cookies)
    }
}

fn cookie_text(cookies: &[(String, String)]) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

fn take_cookies(head: &Head, cookies: &mut Vec<(String, String)>) {
    for cookie in head.headers.all("Set-Cookie") {
        let pair = cookie.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            cookies.retain(|(known, _)| *known != name);
            cookies.push((name, value));
        }
    }
}

fn http_date(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}
