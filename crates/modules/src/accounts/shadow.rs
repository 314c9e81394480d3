//! `/etc/shadow`: passwords and their ages.

use crate::System;

/// A user's line of `/etc/shadow`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shadow {
    /// Whether there is such a line.
    pub(super) present: bool,
    /// The hash, `!` before it when locked.
    pub(super) password: String,
    /// Days before it may be changed.
    pub(super) min: Option<i64>,
    /// Days until it must be changed.
    pub(super) max: Option<i64>,
    /// Days of warning.
    pub(super) warn: Option<i64>,
    /// Days after which an expired password disables the account.
    pub(super) inactive: Option<i64>,
    /// Day (since 1970) on which the account expires.
    pub(super) expire: Option<i64>,
}

impl Shadow {
    /// The user's line; empty when there is none or it may not be read.
    pub(super) fn of(name: &str, sys: &System) -> Self {
        let text = sys.read_text("/etc/shadow").unwrap_or_default();
        text.lines().find_map(|line| parse(line, name)).unwrap_or_default()
    }

    pub(super) fn locked(&self) -> bool {
        self.password.starts_with('!')
    }
}

fn parse(line: &str, name: &str) -> Option<Shadow> {
    let mut parts = line.split(':');
    if parts.next() != Some(name) {
        return None;
    }
    let password = parts.next().unwrap_or_default().to_owned();
    let numbers: Vec<Option<i64>> = parts.map(|part| part.trim().parse().ok()).collect();
    let at = |index: usize| numbers.get(index).copied().flatten();
    Some(Shadow {
        present: true,
        password,
        min: at(1),
        max: at(2),
        warn: at(3),
        inactive: at(4),
        expire: at(5),
    })
}

#[cfg(test)]
mod tests {
    use super::{Shadow, parse};

    #[test]
    fn lines_are_read() {
        let found = parse("u:!$6$x:19000:1:90:7:30:20000:", "u").unwrap();
        let wanted = Shadow {
            present: true,
            password: "!$6$x".to_owned(),
            min: Some(1),
            max: Some(90),
            warn: Some(7),
            inactive: Some(30),
            expire: Some(20000),
        };
        assert_eq!(found, wanted);
        assert!(found.locked());
        assert_eq!(parse("u:*:19000::::::", "u").unwrap().max, None);
        assert_eq!(parse("u", "u").unwrap(), Shadow { present: true, ..Shadow::default() });
        assert_eq!(parse("uu:x", "u"), None);
    }
}
