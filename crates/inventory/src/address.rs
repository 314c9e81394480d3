//! Host names with an optional port, as Ansible recognises them.

use std::net::Ipv6Addr;

/// Host (perhaps with ranges) and port of `text`; `None` where it is not a host name, an address or a range
/// of them.
pub(crate) fn parse(text: &str) -> Option<(&str, Option<u32>)> {
    let (mut host, mut port) = (text, None);
    if let Some((inner, number)) = bracketed(host) {
        (host, port) = (inner, Some(number));
    }
    if let Some((name, number)) = with_port(host) {
        (host, port) = (name, Some(number));
    }
    (is_hostname(host) || is_ipv6(host)).then_some((host, port))
}

fn split_port(text: &str) -> Option<(&str, u32)> {
    let (host, digits) = text.rsplit_once(':')?;
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((host, digits.parse().ok().filter(|_| numeric)?))
}

/// `[host]:port`.
fn bracketed(text: &str) -> Option<(&str, u32)> {
    let (host, port) = split_port(text)?;
    let inner = host.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.is_empty()).then_some((inner, port))
}

/// `host:port` where the host's only colons stand in ranges.
fn with_port(text: &str) -> Option<(&str, u32)> {
    let (host, port) = split_port(text)?;
    let mut inside = false;
    for char in host.chars() {
        match char {
            '[' if !inside => inside = true,
            ']' if inside => inside = false,
            ':' | ']' if !inside => return None,
            _ => {}
        }
    }
    (!inside).then_some((host, port))
}

fn is_hostname(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let mut rest = label;
    let mut first = true;
    while let Some(char) = rest.chars().next() {
        if char == '[' {
            let Some((inside, after)) = rest[1..].split_once(']') else { return false };
            if !is_range(inside, false) {
                return false;
            }
            rest = after;
        } else if char.is_alphanumeric() || char == '_' || (char == '-' && !first) {
            rest = &rest[char.len_utf8()..];
        } else {
            return false;
        }
        first = false;
    }
    !first && !label.ends_with(['_', '-'])
}

/// `begin:end` or `begin:end:step` of one kind.
fn is_range(text: &str, hexadecimal: bool) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let &[begin, end, ref step @ ..] = parts.as_slice() else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let letter = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ends = (digits(begin) && digits(end))
        || (!hexadecimal && letter(begin) && letter(end))
        || (hexadecimal && hex(begin) && hex(end));
    ends && step.len() < 2 && step.iter().all(|step| digits(step))
}

/// An IPv6 address, also one with ranges as components.
pub(crate) fn is_ipv6(text: &str) -> bool {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((inside, tail)) = after.split_once(']') else { return false };
        if !is_range(inside, true) {
            return false;
        }
        plain.push_str(before);
        plain.push('0');
        rest = tail;
    }
    plain.push_str(rest);
    plain.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_as_ansible_splits_them() {
        for (text, expected) in [
            ("web", Some(("web", None))),
            ("web:22", Some(("web", Some(22)))),
            ("web[01:10]:2222", Some(("web[01:10]", Some(2222)))),
            ("10.0.0.[1:3]", Some(("10.0.0.[1:3]", None))),
            ("::1", Some(("::1", None))),
            ("[::1]:22", Some(("::1", Some(22)))),
            ("fe80::[1:f]", Some(("fe80::[1:f]", None))),
            ("[web]:22", Some(("web", Some(22)))),
            ("a:b", None),
            ("web[0]", None),
            ("web*", None),
            ("-a", None),
            ("a-", None),
            ("web:", None),
            ("", None),
            ("a..b", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
