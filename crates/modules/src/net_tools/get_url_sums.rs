//! Lists of checksums, as projects publish them.

/// The checksum of a file in a list: GNU (`SUM  name`) and BSD (`SHA256 (name) = SUM`) lines, or
/// the sum alone.
pub(super) fn find(list: &str, file: &str) -> Option<String> {
    let lines: Vec<&str> = list.lines().collect();
    if let [line] = lines.as_slice() {
        let mut words = line.split_whitespace();
        if let (Some(sum), None) = (words.next(), words.next()) {
            return Some(sum.to_owned());
        }
    }
    lines.iter().find_map(|line| {
        let (sum, name) = bsd(line).or_else(|| gnu(line))?;
        (name == file).then(|| sum.to_owned())
    })
}

fn is_sum(text: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    !text.is_empty() && text.chars().all(fits)
}

fn bsd(line: &str) -> Option<(&str, &str)> {
    let (kind, rest) = line.split_once('(')?;
    let kind = kind.strip_suffix(' ').unwrap_or(kind);
    let (name, sum) = rest.rsplit_once(')')?;
    let sum = sum.strip_prefix(' ').unwrap_or(sum).strip_prefix('=')?;
    let sum = sum.strip_prefix(' ').unwrap_or(sum);
    (is_sum(kind) && is_sum(sum) && !name.is_empty()).then_some((sum, name))
}

fn gnu(line: &str) -> Option<(&str, &str)> {
    let end = line.find(char::is_whitespace)?;
    let (sum, name) = (&line[..end], line[end..].trim_start());
    let name = name.strip_prefix('*').unwrap_or(name).trim_start_matches(['.', '/']);
    (is_sum(sum) && !name.is_empty()).then_some((sum, name))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn sums_are_found_in_every_form() {
        let table = [
            ("abc\n", "x", Some("abc")),
            ("abc  x\ndef  y\n", "y", Some("def")),
            ("abc *x\ndef  ./y\n", "y", Some("def")),
            ("SHA256 (x) = abc\nSHA256 (y) = def\n", "x", Some("abc")),
            ("abc  dir/x\ndef y", "x", None),
        ];
        for (list, file, wanted) in table {
            assert_eq!(find(list, file).as_deref(), wanted, "{list:?}");
        }
    }
}
