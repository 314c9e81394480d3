//! Lines of `authorized_keys`: options, type, key, comment.

const TYPES: [&str; 13] = [
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
    "ssh-ed25519",
    "ssh-ed25519-cert-v01@openssh.com",
    "ssh-dss",
    "ssh-rsa",
];

/// An option, with its value as written.
pub(super) type KeyOption = (String, Option<String>);

/// A key's line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) options: Vec<KeyOption>,
    pub(super) kind: String,
    pub(super) body: String,
    pub(super) comment: String,
}

impl Key {
    /// Reads a line; `None` for comments, empty lines and what is no key.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let words = split(line, char::is_whitespace);
        let kind = words.iter().position(|word| TYPES.contains(word))?;
        if kind > 1 {
            return None;
        }
        let options = if kind == 1 { parse_options(words[0]) } else { Vec::new() };
        let body = (*words.get(kind + 1)?).to_owned();
        // The comment is all that follows, spaces and quotes as they are.
        let at = words
            .get(kind + 1)
            .map_or(0, |word| word.as_ptr() as usize - line.as_ptr() as usize + word.len());
        let comment = line.get(at..).unwrap_or_default().trim().to_owned();
        Some(Self { options, kind: words[kind].to_owned(), body, comment })
    }

    pub(super) fn line(&self) -> String {
        let options = render_options(&self.options);
        let parts = [options.as_str(), &self.kind, &self.body, &self.comment];
        parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
    }

    /// Whether it is the same key: options and comment aside.
    pub(super) fn same_key(&self, other: &Self) -> bool {
        self.body == other.body
    }
}

/// Splits at letters that stand outside of double quotes; empty parts are left out.
fn split(text: &str, at: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (index, letter) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if letter == '\\' && quoted {
            escaped = true;
        } else if letter == '"' {
            quoted = !quoted;
        } else if !quoted && at(letter) {
            parts.push(&text[start..index]);
            start = index + letter.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Reads options; one that may not be repeated keeps its last value.
pub(super) fn parse_options(text: &str) -> Vec<KeyOption> {
    let mut found: Vec<KeyOption> = Vec::new();
    for part in split(text, |letter| letter == ',') {
        let part = part.trim();
        let option = match part.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (part.to_owned(), None),
        };
        let repeats = ["environment", "permitopen", "permitlisten"].contains(&option.0.as_str());
        match found.iter_mut().find(|(name, _)| *name == option.0).filter(|_| !repeats) {
            Some(known) => *known = option,
            None => found.push(option),
        }
    }
    found
}

fn render_options(options: &[KeyOption]) -> String {
    let one = |(name, value): &KeyOption| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    };
    options.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{Key, parse_options};

    #[test]
    fn lines_are_read_and_written() {
        let table = [
            ("ssh-rsa AAAA me@host", Some(("", "AAAA", "me@host"))),
            ("from=\"10.0.0.1,10.0.0.2\",no-pty ssh-ed25519 BBBB a b c", Some(("from", "BBBB", "a b c"))),
            ("command=\"echo \\\"x y\\\"\" ssh-rsa CCCC", Some(("command", "CCCC", ""))),
            ("# ssh-rsa AAAA", None),
            ("", None),
            ("what is this", None),
            ("ssh-rsa", None),
        ];
        for (line, wanted) in table {
            let key = Key::parse(line);
            let found = key.as_ref().map(|key| {
                (
                    key.options.first().map_or("", |(name, _)| name.as_str()),
                    key.body.as_str(),
                    key.comment.as_str(),
                )
            });
            assert_eq!(found, wanted, "{line}");
            if let Some(key) = key {
                assert_eq!(key.line(), line);
            }
        }
    }

    #[test]
    fn options_are_read() {
        let options = parse_options("no-pty,from=\"a\",from=\"b\",permitopen=\"x:1\",permitopen=\"y:2\"");
        assert_eq!(options.len(), 4);
        assert_eq!(options[1], ("from".to_owned(), Some("\"b\"".to_owned())));
    }
}
