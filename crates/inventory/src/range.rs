//! Host ranges: `web[01:10]`, `db-[a:f]`, `n[0:8:2]`.

use crate::address;

/// More hosts from one line are a mistake.
const MAX_HOSTS: usize = 1_000_000;

/// The hosts a line's first word stands for, and the port of all of them.
pub(crate) fn expand_pattern(text: &str) -> Result<(Vec<String>, Option<u32>), String> {
    let (pattern, port) = address::parse(text).unwrap_or((text, None));
    let mut hosts = Vec::new();
    expand(pattern, &mut hosts)?;
    Ok((hosts, port))
}

fn expand(text: &str, hosts: &mut Vec<String>) -> Result<(), String> {
    if !text.contains('[') {
        if hosts.len() >= MAX_HOSTS {
            return Err(format!("the host range stands for more than {MAX_HOSTS} hosts"));
        }
        hosts.push(text.to_owned());
        return Ok(());
    }
    let (head, rest) = text.split_once('[').unwrap_or((text, ""));
    let (range, tail) = rest.split_once(']').ok_or("a host range lacks its closing bracket")?;
    for item in items(range)? {
        expand(&format!("{head}{item}{tail}"), hosts)?;
    }
    Ok(())
}

fn items(range: &str) -> Result<Vec<String>, String> {
    let parts: Vec<&str> = range.split(':').collect();
    let (begin, end, step) = match parts.as_slice() {
        [begin, end] => (*begin, *end, "1"),
        [begin, end, step] => (*begin, *end, *step),
        _ => return Err("host range must be begin:end or begin:end:step".into()),
    };
    let begin = if begin.is_empty() { "0" } else { begin };
    if end.is_empty() {
        return Err("host range must specify end value".into());
    }
    let step: usize = step
        .parse()
        .ok()
        .filter(|step| *step > 0)
        .ok_or_else(|| format!("the step {step:?} of a host range is not a positive number"))?;
    let width = if begin.len() > 1 && begin.starts_with('0') { begin.len() } else { 0 };
    if width > 0 && width != end.len() {
        return Err("host range must specify equal-length begin and end formats".into());
    }
    match (letter(begin), letter(end)) {
        (Some(first), Some(last)) if first <= last => {
            Ok((first..=last).step_by(step).map(|index| char::from(LETTERS[index]).to_string()).collect())
        }
        (Some(_), Some(_)) => Err("host range must have begin <= end".into()),
        _ => numbers(begin, end, step, width),
    }
}

const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn letter(text: &str) -> Option<usize> {
    let &[byte] = text.as_bytes() else { return None };
    LETTERS.iter().position(|letter| *letter == byte)
}

const BAD_NUMBER: &str = "a host range with what is neither number nor letter:";

/// Whether a problem is an end of a range that is no number.
pub(crate) fn is_bad_number(problem: &str) -> bool {
    problem.starts_with(BAD_NUMBER)
}

fn numbers(begin: &str, end: &str, step: usize, width: usize) -> Result<Vec<String>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{BAD_NUMBER} '{text}'"));
    let (begin, end) = (number(begin)?, number(end)?);
    if end.saturating_sub(begin) / step as u64 >= MAX_HOSTS as u64 {
        return Err(format!("the host range stands for more than {MAX_HOSTS} hosts"));
    }
    Ok((begin..=end).step_by(step).map(|number| format!("{number:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_expand_as_in_ansible() {
        for (text, expected) in [
            ("web[01:03]", "web01 web02 web03"),
            ("n[8:11].x", "n8.x n9.x n10.x n11.x"),
            ("n[0:6:3]", "n0 n3 n6"),
            ("[a:c]", "a b c"),
            ("[y:B]", "y z A B"),
            ("r[1:2]c[a:b]", "r1ca r1cb r2ca r2cb"),
            ("n[:2]", "n0 n1 n2"),
            ("n[3:2]", ""),
        ] {
            assert_eq!(expand_pattern(text).unwrap().0.join(" "), expected, "{text}");
        }
        for text in ["n[1:]", "n[01:3]", "n[1]", "n[c:a]", "n[1:2", "n[a:3]", "n[1:9:0]", "n[0:99999999999]"]
        {
            assert!(expand_pattern(text).is_err(), "{text}");
        }
    }
}
