//! URLs, as far as requests need them.

/// A URL in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// `http`, `https`, `file`, …, in lower case.
    pub(crate) scheme: String,
    /// User and password, decoded.
    pub(crate) user: Option<(String, String)>,
    /// The host, without the brackets of an IPv6 address.
    pub(crate) host: String,
    /// The port, when one is named.
    pub(crate) port: Option<u16>,
    /// Path and query, beginning with `/`.
    pub(crate) path: String,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let unknown = || format!("unknown url type: '{}'", masked(text));
        let (scheme, rest) = text.trim().split_once(':').ok_or_else(unknown)?;
        let scheme = scheme.to_ascii_lowercase();
        let rest = match (rest.strip_prefix("//"), scheme.as_str()) {
            (Some(rest), _) => rest,
            (None, "file") => rest,
            (None, _) => return Err(unknown()),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (place, path) = rest.split_at(end);
        let (user, place) = match place.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, place),
        };
        let (host, port) = split_port(place)?;
        if host.is_empty() && scheme != "file" {
            return Err("no host given".to_owned());
        }
        if let Some(bad) = rest.chars().find(|letter| letter.is_control() || *letter == ' ') {
            return Err(format!("URL can't contain control characters. {bad:?} found in {}", masked(text)));
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        let user = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            (unquote(name), unquote(password))
        });
        Ok(Self { scheme, user, host, port, path: ascii(&format!("{slash}{path}")) })
    }

    /// The port, named or usual.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.scheme == "https" { 443 } else { 80 })
    }

    /// `host` or `host:port`, as the `Host` field has it.
    pub(crate) fn host_field(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        self.port.map_or(host.clone(), |port| format!("{host}:{port}"))
    }

    /// The whole URL without user and password.
    pub(crate) fn text(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host_field(), self.path)
    }
}

fn split_port(place: &str) -> Result<(String, Option<u16>), String> {
    let bracket = place.rfind(']').unwrap_or(0);
    let (host, port) = match place[bracket..].rfind(':') {
        Some(at) => (&place[..bracket + at], &place[bracket + at + 1..]),
        None => (place, ""),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if port.is_empty() {
        return Ok((host, None));
    }
    port.parse().map(|port| (host, Some(port))).map_err(|_| format!("nonnumeric port: '{port}'"))
}

/// What is no ASCII is written as its UTF-8 bytes in percent form.
fn ascii(path: &str) -> String {
    let byte = |byte: u8| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(byte).collect()
}

/// A URL for people: user and password are hidden.
pub(crate) fn masked(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((user, place)) => {
            let hidden = if user.contains(':') { "****:****" } else { "****" };
            format!("{scheme}://{hidden}@{place}{}", &rest[end..])
        }
        None => text.to_owned(),
    }
}

/// A reference in terms of the URL it was found at.
pub(crate) fn join(base: &str, reference: &str) -> String {
    let has_scheme = reference.split_once(':').is_some_and(|(scheme, rest)| {
        rest.starts_with("//")
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    });
    let Some((scheme, rest)) = base.split_once("://").filter(|_| !has_scheme) else {
        return reference.to_owned();
    };
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (place, path) = rest.split_at(end);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if reference.is_empty() {
        return base.to_owned();
    }
    if reference.starts_with('/') {
        return format!("{scheme}://{place}{reference}");
    }
    if reference.starts_with('?') {
        return format!("{scheme}://{place}{path}{reference}");
    }
    let dir = path.rfind('/').map_or("/", |slash| &path[..=slash]);
    let (relative, query) = reference.split_at(reference.find(['?', '#']).unwrap_or(reference.len()));
    let mut parts: Vec<&str> = Vec::new();
    let whole = format!("{dir}{relative}");
    for part in whole.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let ends_in_dir = whole.ends_with("/.") || whole.ends_with("/..");
    let slash = if ends_in_dir { "/" } else { "" };
    format!("{scheme}://{place}/{}{slash}{query}", parts.join("/"))
}

/// The last part of a URL's path, as it stands.
pub(crate) fn file_name(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    path.split_once('/').map_or("", |(_, path)| path.rsplit('/').next().unwrap_or_default()).to_owned()
}

/// Percent escapes resolved.
pub(crate) fn unquote(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// As forms write text: blanks as `+`.
pub(crate) fn quote_plus(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::{Url, file_name, join, masked};

    #[test]
    fn urls_come_apart() {
        let url = Url::parse("https://u:p%40@[::1]:8443/a?b#c").unwrap();
        assert_eq!((url.host.as_str(), url.port(), url.path.as_str()), ("::1", 8443, "/a?b"));
        assert_eq!(url.user, Some(("u".to_owned(), "p@".to_owned())));
        assert_eq!(Url::parse("HTTP://h").unwrap().text(), "http://h/");
        assert!(Url::parse("nonsense").is_err() && Url::parse("http://h:x/").is_err());
        assert_eq!(masked("http://u:p@h/x"), "http://****:****@h/x");
        assert_eq!(
            (file_name("http://h/a/b.tgz?x"), file_name("http://h")),
            ("b.tgz".to_owned(), String::new())
        );
    }

    #[test]
    fn references_are_joined() {
        let base = "http://h:1/a/b?q";
        let table = [
            ("http://o/x", "http://o/x"),
            ("/x", "http://h:1/x"),
            ("x?y", "http://h:1/a/x?y"),
            ("../x", "http://h:1/x"),
            ("//o/x", "http://o/x"),
            ("?y", "http://h:1/a/b?y"),
        ];
        for (reference, wanted) in table {
            assert_eq!(join(base, reference), wanted);
        }
    }
}
