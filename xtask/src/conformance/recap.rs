//! What the recaps of a run count.

use std::fmt;

/// Recap lines, then ok, changed, unreachable, failed, skipped, rescued, ignored.
const FIELDS: [&str; 7] = ["ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored"];

/// The sums over all recap lines of an output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Recap([u64; 8]);

impl Recap {
    /// Adds up the recap lines of a whole output.
    pub(crate) fn read(output: &str) -> Self {
        let mut sums = [0; 8];
        for line in output.lines().filter_map(counts) {
            for (sum, count) in sums.iter_mut().zip([1].iter().chain(&line)) {
                *sum += count;
            }
        }
        Self(sums)
    }

    /// Whether something succeeded and nothing failed: what a role's play has to come to.
    pub(crate) fn is_success(self) -> bool {
        let [_, ok, _, unreachable, failed, ..] = self.0;
        ok > 0 && unreachable == 0 && failed == 0
    }
}

impl fmt::Display for Recap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_joined(f, self.0.iter().map(u64::to_string))
    }
}

/// The counts of one recap line; none for any other line.
pub(crate) fn counts(line: &str) -> Option<[u64; 7]> {
    let (host, rest) = line.split_once(" : ")?;
    if host.is_empty() || host.starts_with(' ') || host.trim_end().contains(char::is_whitespace) {
        return None;
    }
    let mut found = [0; 7];
    let mut words = rest.split_whitespace();
    for (name, count) in FIELDS.iter().zip(&mut found) {
        *count = words.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok()?;
    }
    Some(found)
}

/// What the reference counts; a field that varies from run to run is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected([Option<u64>; 8]);

impl Expected {
    /// Reads eight fields with commas between them, `*` for one that varies.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fields: Option<Vec<_>> = text.split(',').map(field).collect();
        fields?.try_into().ok().map(Self)
    }

    /// Whether a run counts the same.
    pub(crate) fn admits(self, found: Recap) -> bool {
        self.0.iter().zip(found.0).all(|(wanted, count)| wanted.is_none_or(|wanted| wanted == count))
    }

    /// These figures from a new run; what varied is still taken to vary.
    pub(crate) fn renewed(self, found: Recap) -> Self {
        let mut fields = self.0;
        for (field, count) in fields.iter_mut().zip(found.0) {
            *field = field.map(|_| count);
        }
        Self(fields)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_joined(f, self.0.iter().map(|field| field.map_or_else(|| "*".to_owned(), |n| n.to_string())))
    }
}

fn field(text: &str) -> Option<Option<u64>> {
    if text == "*" { Some(None) } else { text.parse().ok().map(Some) }
}

fn write_joined(f: &mut fmt::Formatter<'_>, fields: impl Iterator<Item = String>) -> fmt::Result {
    f.write_str(&fields.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "testhost                   : ok=3    changed=1    unreachable=0    failed=0    skipped=2    \
                        rescued=0    ignored=4   ";

    #[test]
    fn recap_lines_are_summed() {
        let output = format!("PLAY RECAP ****\n{LINE}\n\nPLAY RECAP ***\n{LINE}\n");
        assert_eq!(Recap::read(&output).to_string(), "2,6,2,0,0,4,0,8");
        assert_eq!(Recap::read("").to_string(), "0,0,0,0,0,0,0,0");
    }

    #[test]
    fn only_recap_lines_count() {
        assert!(counts(LINE).is_some());
        assert_eq!(counts("ok: [testhost] => ok=1"), None);
        assert_eq!(counts("a b : ok=3 changed=1 unreachable=0 failed=0 skipped=2 rescued=0 ignored=4"), None);
        assert_eq!(counts("h : ok=3 changed=x unreachable=0 failed=0 skipped=2 rescued=0 ignored=4"), None);
        assert_eq!(counts("h : ok=3"), None);
    }

    #[test]
    fn a_field_that_varies_is_not_compared() {
        let found = Recap::read(LINE);
        let expected = |text| Expected::parse(text).map(|expected| expected.admits(found));
        assert_eq!(expected("1,3,1,0,0,2,0,4"), Some(true));
        assert_eq!(expected("1,*,1,0,0,2,0,4"), Some(true));
        assert_eq!(expected("1,4,1,0,0,2,0,4"), Some(false));
        assert_eq!(expected("1,4,1,0,0,2,0"), None);
        assert_eq!(expected("1,4,1,0,0,2,0,x"), None);
    }

    #[test]
    fn renewed_figures_keep_what_varies() {
        let old = Expected::parse("9,*,9,9,9,9,9,9");
        assert_eq!(
            old.map(|old| old.renewed(Recap::read(LINE)).to_string()).as_deref(),
            Some("1,*,1,0,0,2,0,4")
        );
    }
}
