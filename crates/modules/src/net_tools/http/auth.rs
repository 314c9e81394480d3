//! User and password: given, in the URL, or in `~/.netrc`.

use crate::System;
use crate::args::Expand as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The value of an `Authorization` field.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Whether a server asks for the basic scheme.
pub(super) fn asks_for_basic<'a>(mut challenges: impl Iterator<Item = &'a str>) -> bool {
    challenges.any(|challenge| challenge.trim_start().to_ascii_lowercase().starts_with("basic"))
}

/// User and password of a host in `~/.netrc`.
pub(super) fn netrc(host: &str, sys: &System) -> Option<(String, String)> {
    let path = sys.env("NETRC").or_else(|| Some(format!("{}/.netrc", sys.home(None)?)))?;
    lookup(&sys.read_text(path).ok()?, host)
}

fn lookup(text: &str, host: &str) -> Option<(String, String)> {
    let mut words =
        text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    let (mut here, mut user, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if here && password.is_some() {
                    break;
                }
                here = word == "default" || words.next() == Some(host);
                (user, password) = (None, None);
            }
            "login" => user = words.next().filter(|_| here).or(user),
            "password" => password = words.next().filter(|_| here).or(password),
            _ => {}
        }
    }
    Some((user.unwrap_or_default().to_owned(), password?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{basic, lookup};

    #[test]
    fn credentials_are_found_by_host() {
        let text = "machine a login u password p\nmachine b login v password q\n";
        assert_eq!(lookup(text, "a"), Some(("u".to_owned(), "p".to_owned())));
        assert_eq!(lookup(text, "b"), Some(("v".to_owned(), "q".to_owned())));
        assert_eq!(lookup(text, "c"), None);
        assert_eq!(basic("u", "p"), "Basic dTpw");
    }
}
