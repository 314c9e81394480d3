//! Hardware addresses (EUI-48) and the addresses SLAAC makes of them.

use super::Net;

/// Reads the notations `netaddr` knows: bytes, groups or bare digits.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let hex = |group: &str| {
        (!group.is_empty() && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then(|| u64::from_str_radix(group, 16).ok())
            .flatten()
    };
    for (separator, groups, most) in
        [(':', 6, 2), ('-', 6, 2), ('.', 3, 4), (':', 3, 4), ('-', 2, 6), (':', 2, 6)]
    {
        let parts: Vec<&str> = text.split(separator).collect();
        if parts.len() == groups && parts.iter().all(|part| part.len() <= most) {
            return parts.iter().try_fold(0, |sum, part| Some(sum << (4 * most) | hex(part)?));
        }
    }
    if matches!(text.len(), 11 | 12) {
        return hex(text);
    }
    None
}

/// The address in one of `hwaddr`'s forms.
pub(crate) fn format(address: u64, form: &str) -> Option<String> {
    let digits = format!("{address:012x}");
    let groups = |size: usize, separator: &str| {
        let parts: Vec<&str> = (0..12 / size).map(|at| &digits[at * size..(at + 1) * size]).collect();
        parts.join(separator)
    };
    Some(match form {
        "" | "linux" => groups(2, ":"),
        "bare" => digits.to_uppercase(),
        "cisco" => groups(4, "."),
        "pgsql" | "psql" | "postgresql" => groups(6, ":"),
        "unix" => {
            let bytes = address.to_be_bytes();
            bytes[2..].iter().map(|byte| format!("{byte:x}")).collect::<Vec<_>>().join(":")
        }
        "win" | "eui48" => groups(2, "-").to_uppercase(),
        _ => return None,
    })
}

/// The host address of a hardware address in an IPv6 network.
pub(crate) fn slaac(net: &Net, address: u64) -> Option<String> {
    (net.version == 6).then_some(())?;
    let (high, low) = (u128::from(address >> 24), u128::from(address & 0xff_ffff));
    let id = (high << 40 | 0xff_fe00_0000 | low) ^ 1 << 57;
    Some(net.text_of(net.first().checked_add(id)?))
}
