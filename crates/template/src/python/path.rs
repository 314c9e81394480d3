//! `os.path` (POSIX) and `ntpath`, as far as filters use them.

/// What follows the last `/`.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What precedes the last `/`.
pub(crate) fn dir_name(path: &str) -> &str {
    let head = path.rfind('/').map_or("", |at| &path[..=at]);
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { head } else { trimmed }
}

/// Root and extension; leading dots of the file name belong to the root.
pub(crate) fn split_ext(path: &str) -> (&str, &str) {
    let name_start = path.rfind('/').map_or(0, |at| at + 1);
    let Some(dot) = path.rfind('.').filter(|dot| *dot >= name_start) else { return (path, "") };
    let only_dots = path[name_start..dot].chars().all(|char| char == '.');
    if only_dots { (path, "") } else { path.split_at(dot) }
}

/// `os.path.join`
pub(crate) fn join<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (at, part) in parts.into_iter().enumerate() {
        if part.starts_with('/') {
            out = part.to_owned();
        } else if at == 0 || out.is_empty() || out.ends_with('/') {
            out.push_str(part);
        } else {
            out.push('/');
            out.push_str(part);
        }
    }
    out
}

/// `os.path.normpath`
pub(crate) fn norm(path: &str) -> String {
    if path.is_empty() {
        return ".".into();
    }
    let slashes = path.len() - path.trim_start_matches('/').len();
    let root = match slashes {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if !root.is_empty() => {}
            part => kept.push(part),
        }
    }
    let joined = format!("{root}{}", kept.join("/"));
    if joined.is_empty() { ".".into() } else { joined }
}

/// `os.path.abspath` seen from `cwd`.
pub(crate) fn absolute(path: &str, cwd: &str) -> String {
    if path.starts_with('/') { norm(path) } else { norm(&join([cwd, path])) }
}

/// The path seen from `cwd`, with its dots and links as they are.
pub(crate) fn absolute_unnormalised(path: &str, cwd: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { join([cwd, path]) }
}

/// `os.path.relpath`
pub(crate) fn relative(path: &str, start: &str, cwd: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        absolute(path, cwd).split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (start, path) = (parts(start), parts(path));
    let common = start.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let mut out: Vec<&str> = vec![".."; start.len() - common];
    out.extend(path[common..].iter().map(String::as_str));
    if out.is_empty() { ".".into() } else { out.join("/") }
}

/// `os.path.commonpath`; the error is Python's message.
pub(crate) fn common(paths: &[&str]) -> Result<String, &'static str> {
    let Some(first) = paths.first() else { return Err("commonpath() arg is an empty sequence") };
    let absolute = first.starts_with('/');
    if paths.iter().any(|path| path.starts_with('/') != absolute) {
        return Err("Can't mix absolute and relative paths");
    }
    let split = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let mut common = split(first);
    for path in paths {
        let parts = split(path);
        let same = common.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    Ok(format!("{}{}", if absolute { "/" } else { "" }, common.join("/")))
}

/// `ntpath.splitdrive`
pub(crate) fn win_split_drive(path: &str) -> (&str, &str) {
    let plain = path.replace('/', "\\");
    let bytes = plain.as_bytes();
    if plain.starts_with("\\\\") {
        let start =
            if plain.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("\\\\?\\UNC\\")) { 8 } else { 2 };
        let Some(first) = plain[start..].find('\\').map(|at| start + at) else { return (path, "") };
        let end = plain[first + 1..].find('\\').map_or(plain.len(), |at| first + 1 + at);
        return path.split_at(end);
    }
    if bytes.get(1) == Some(&b':') { path.split_at(2) } else { ("", path) }
}

fn win_split(path: &str) -> (String, &str) {
    let (drive, rest) = win_split_drive(path);
    let at = rest.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let (head, tail) = rest.split_at(at);
    let trimmed = head.trim_end_matches(['/', '\\']);
    (format!("{drive}{}", if trimmed.is_empty() { head } else { trimmed }), tail)
}

/// `ntpath.basename`
pub(crate) fn win_base_name(path: &str) -> &str {
    win_split(path).1
}

/// `ntpath.dirname`
pub(crate) fn win_dir_name(path: &str) -> String {
    win_split(path).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_apart_as_in_python() {
        assert_eq!(
            (base_name("/a/b/"), dir_name("/a/b/"), dir_name("/a"), dir_name("a")),
            ("", "/a/b", "/", "")
        );
        assert_eq!(
            (split_ext("a.b/c"), split_ext("x.tar.gz"), split_ext(".rc")),
            (("a.b/c", ""), ("x.tar", ".gz"), (".rc", ""))
        );
        assert_eq!(
            (norm("//a/../b/./c//"), norm("../a/../.."), norm("")),
            ("//b/c".into(), "../..".into(), ".".into())
        );
        assert_eq!(relative("/a/b/c", "/a/d", "/"), "../b/c");
        assert_eq!(common(&["/a/b", "/a/bc"]), Ok("/a".into()));
        assert_eq!(
            (win_base_name("C:\\a\\b.txt"), win_dir_name("C:\\a\\b.txt"), win_dir_name("\\\\h\\s\\x")),
            ("b.txt", "C:\\a".into(), "\\\\h\\s\\".into())
        );
    }
}
