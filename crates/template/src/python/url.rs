//! `urllib.parse`: `urlsplit`, `quote`, `unquote_plus`.

use crate::{Fault, Res};
use std::fmt::Write;

/// The five parts of a URL and what its network location holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Url {
    pub scheme: String,
    pub netloc: String,
    pub path: String,
    pub query: String,
    pub fragment: String,
}

/// Splits a URL as Python does.
pub(crate) fn split(text: &str) -> Res<Url> {
    let text = text.trim_start_matches(|char: char| char <= ' ');
    let text: String = text.chars().filter(|char| !matches!(char, '\t' | '\r' | '\n')).collect();
    let mut rest = text.as_str();
    let mut url = Url::default();
    if let Some((scheme, after)) = rest.split_once(':') {
        let first = scheme.starts_with(|char: char| char.is_ascii_alphabetic());
        if first && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            url.scheme = scheme.to_lowercase();
            rest = after;
        }
    }
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        url.netloc = after[..end].to_owned();
        rest = &after[end..];
        if url.netloc.contains('[') != url.netloc.contains(']') {
            return Err(Fault::value_error("Invalid IPv6 URL"));
        }
    }
    if let Some((before, fragment)) = rest.split_once('#') {
        url.fragment = fragment.to_owned();
        rest = before;
    }
    if let Some((before, query)) = rest.split_once('?') {
        url.query = query.to_owned();
        rest = before;
    }
    url.path = rest.to_owned();
    Ok(url)
}

impl Url {
    fn user_info(&self) -> Option<(&str, Option<&str>)> {
        let (info, _) = self.netloc.rsplit_once('@')?;
        Some(match info.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (info, None),
        })
    }

    pub(crate) fn username(&self) -> Option<&str> {
        self.user_info().map(|(user, _)| user)
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.user_info().and_then(|(_, password)| password)
    }

    fn host_info(&self) -> (&str, Option<&str>) {
        let host = self.netloc.rsplit_once('@').map_or(self.netloc.as_str(), |(_, host)| host);
        let (name, port) = match host.split_once('[') {
            Some((_, bracketed)) => {
                let (name, rest) = bracketed.split_once(']').unwrap_or((bracketed, ""));
                (name, rest.split_once(':').map(|(_, port)| port))
            }
            None => match host.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (host, None),
            },
        };
        (name, port.filter(|port| !port.is_empty()))
    }

    /// The host in lower case, a zone as it is.
    pub(crate) fn hostname(&self) -> Option<String> {
        let (name, _) = self.host_info();
        if name.is_empty() {
            return None;
        }
        Some(match name.split_once('%') {
            Some((host, zone)) => format!("{}%{zone}", host.to_lowercase()),
            None => name.to_lowercase(),
        })
    }

    pub(crate) fn port(&self) -> Res<Option<u32>> {
        let (_, Some(port)) = self.host_info() else { return Ok(None) };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            let shown = rplay_value::str_repr(port);
            return Err(Fault::value_error(format!("Port could not be cast to integer value as {shown}")));
        }
        match port.parse::<u32>() {
            Ok(port @ ..=65535) => Ok(Some(port)),
            _ => Err(Fault::value_error("Port out of range 0-65535")),
        }
    }
}

/// Percent-encodes all but letters, digits, `_.-~` and `safe`.
pub(crate) fn quote(text: &str, safe: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || safe.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `unquote_plus`: `+` is a space; bytes that are not UTF-8 are replaced.
pub(crate) fn unquote_plus(text: &str) -> String {
    let text = text.replace('+', " ");
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
