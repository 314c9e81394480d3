//! Permission bits: octal and symbolic.

use crate::args::{Value, str_of};
use rustix::fs::Mode;
use std::sync::OnceLock;

/// This process's umask. Read once: asking for it means setting it for a moment.
#[must_use]
pub fn umask() -> u32 {
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let mask = rustix::process::umask(Mode::from_raw_mode(0o022));
        rustix::process::umask(mask);
        mask.as_raw_mode()
    })
}

/// The bits a `mode` argument asks of a file that has `current` bits now. A number is taken as it
/// is (YAML has read the octal), a text as octal or symbolic.
///
/// # Errors
/// Ansible's `msg` and the detail to show with it.
pub fn parse_mode(mode: &Value, current: u32, is_dir: bool) -> Result<u32, (&'static str, String)> {
    if let Some(number) = mode.as_u64() {
        return bits(number);
    }
    let text = str_of(mode);
    let digits = text.trim().trim_start_matches("0o");
    if let Ok(number) = u64::from_str_radix(digits, 8) {
        return bits(number);
    }
    symbolic(&text, current, is_dir).ok_or_else(|| {
        let bad = text.split(',').find(|part| symbolic(part, current, is_dir).is_none()).unwrap_or(&text);
        ("mode must be in octal or symbolic form", format!("bad symbolic permission for mode: {bad}"))
    })
}

fn bits(number: u64) -> Result<u32, (&'static str, String)> {
    u32::try_from(number)
        .ok()
        .filter(|bits| *bits <= 0o7777)
        .ok_or_else(|| ("Invalid mode supplied, only permission info is allowed", number.to_string()))
}

fn symbolic(text: &str, current: u32, is_dir: bool) -> Option<u32> {
    text.split(',').try_fold(current & 0o7777, |mode, part| clause(part, mode, is_dir))
}

/// One `users operator permissions …` clause.
fn clause(part: &str, mut mode: u32, is_dir: bool) -> Option<u32> {
    let begin = part.find(['+', '-', '='])?;
    let (users, mut rest) = part.split_at(begin);
    if !users.chars().all(|user| "ugo".contains(user)) && users != "a" {
        return None;
    }
    let masked = users.is_empty();
    let users = if masked || users == "a" { "ugo" } else { users };
    while let Some(operator) = rest.chars().next() {
        let tail = &rest[1..];
        let end = tail.find(['+', '-', '=']).unwrap_or(tail.len());
        let (perms, next) = tail.split_at(end);
        for user in users.chars() {
            let wanted = perms.chars().try_fold(0, |bits, perm| {
                // X looks at the mode as it is by now, for directories it always counts.
                let any_x = is_dir || mode & 0o111 != 0;
                Some(bits | permission(user, perm, mode, any_x, masked)?)
            })?;
            mode = match operator {
                '=' => mode & !class_mask(user) | wanted,
                '+' => mode | wanted,
                _ => mode & !wanted,
            };
        }
        rest = next;
    }
    Some(mode)
}

fn class_mask(user: char) -> u32 {
    match user {
        'u' => 0o4700,
        'g' => 0o2070,
        _ => 0o1007,
    }
}

fn permission(user: char, perm: char, mode: u32, any_x: bool, masked: bool) -> Option<u32> {
    let shift = match user {
        'u' => 6,
        'g' => 3,
        _ => 0,
    };
    let allowed = if masked { !umask() } else { u32::MAX };
    Some(match perm {
        'r' => (4 << shift) & allowed,
        'w' => (2 << shift) & allowed,
        'x' => (1 << shift) & allowed,
        'X' => u32::from(any_x) << shift,
        's' => match user {
            'u' => 0o4000,
            'g' => 0o2000,
            _ => 0,
        },
        't' => u32::from(user == 'o') << 9,
        'u' => ((mode >> 6) & 7) << shift,
        'g' => ((mode >> 3) & 7) << shift,
        'o' => (mode & 7) << shift,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::parse_mode;
    use serde_json::{Value, json};

    #[test]
    fn modes_are_what_ansible_makes_of_them() {
        let table: &[(Value, u32, bool, u32)] = &[
            (json!("0644"), 0, false, 0o644),
            (json!("1777"), 0, true, 0o1777),
            (json!(420), 0, false, 0o644),
            (json!("u=rwX,g=rX,o="), 0o600, false, 0o640),
            (json!("u=rwX,g=rX,o="), 0o600, true, 0o750),
            (json!("a+x"), 0o644, false, 0o755),
            (json!("g+s,o+t"), 0o755, true, 0o3755),
            (json!("u=rw-x+X,g=r-x+X"), 0o777, false, 0o757),
            (json!("g=u"), 0o740, false, 0o770),
            (json!("o-rwx"), 0o777, false, 0o770),
        ];
        for (mode, current, is_dir, wanted) in table {
            assert_eq!(parse_mode(mode, *current, *is_dir), Ok(*wanted), "{mode} on {current:o}");
        }
        assert!(parse_mode(&json!("u=q"), 0, false).is_err());
        assert!(parse_mode(&json!("banana"), 0, false).is_err());
        assert!(parse_mode(&json!("100644"), 0, false).is_err());
    }
}
