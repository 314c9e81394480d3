//! `glob.glob` and `fnmatch` of Python.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether a name matches a shell pattern (`*`, `?`, `[abc]`, `[!a-z]`).
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut pos) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while pos < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, pos));
            at += 1;
            continue;
        }
        match one(&pattern, at, name[pos]) {
            Some(next) => {
                at = next;
                pos += 1;
            }
            // The last star takes one letter more.
            None => match star {
                Some((begin, taken)) => {
                    star = Some((begin, taken + 1));
                    at = begin + 1;
                    pos = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// Matches one letter at a place of the pattern; gives the place after it.
fn one(pattern: &[char], at: usize, letter: char) -> Option<usize> {
    match pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => match class(pattern, at, letter) {
            Some((fits, next)) => fits.then_some(next),
            None => (letter == '[').then_some(at + 1),
        },
        other => (*other == letter).then_some(at + 1),
    }
}

fn class(pattern: &[char], at: usize, letter: char) -> Option<(bool, usize)> {
    let negated = pattern.get(at + 1) == Some(&'!');
    let first = at + 1 + usize::from(negated);
    let end = (first + 1..pattern.len()).find(|index| pattern[*index] == ']')?;
    let (mut index, mut fits) = (first, false);
    while index < end {
        if index + 2 < end && pattern[index + 1] == '-' {
            fits |= (pattern[index]..=pattern[index + 2]).contains(&letter);
            index += 3;
        } else {
            fits |= pattern[index] == letter;
            index += 1;
        }
    }
    Some((fits != negated, end + 1))
}

/// The existing paths a pattern stands for; relative ones are looked up under `cwd`.
#[must_use]
pub fn glob(pattern: &str, cwd: &Path) -> Vec<PathBuf> {
    let mut found = vec![if pattern.starts_with('/') { PathBuf::from("/") } else { cwd.to_owned() }];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = found.iter().flat_map(|dir| step(dir, part)).collect();
    }
    if pattern.is_empty() {
        found.clear();
    }
    found.retain(|path| fs::symlink_metadata(path).is_ok());
    found
}

fn step(dir: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?', '[']) {
        return vec![dir.join(part)];
    }
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| (part.starts_with('.') || !name.starts_with('.')) && matches(part, name))
        .map(|name| dir.join(name))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn names_match_as_fnmatch_matches_them() {
        let table = [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.confx", false),
            ("a?c", "abc", true),
            ("[!a]b", "ab", false),
            ("[a-c]*x*", "bxx", true),
            ("[", "[", true),
            ("*", "", true),
        ];
        for (pattern, name, wanted) in table {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
