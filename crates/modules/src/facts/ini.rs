//! INI as Python's `ConfigParser` reads it: continued lines, a section of defaults, `%(name)s`.

use crate::args::{Map, Value};

type Options = Vec<(String, String)>;

/// A file's sections, values as they stand.
pub(super) struct Ini {
    defaults: Options,
    sections: Vec<(String, Options)>,
}

const DEFAULTS: &str = "DEFAULT";
/// Deeper references than this run in a circle.
const DEPTH: u8 = 10;

/// Reads a file; `None` when it is no INI: a value before any section, a line that is neither, or
/// something given twice.
pub(super) fn parse(text: &str) -> Option<Ini> {
    let mut file = Ini { defaults: Options::new(), sections: Vec::new() };
    let mut inside = None;
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim();
        if content.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if content.is_empty() {
            if open.is_some() {
                file.continue_value(&inside, "");
            }
        } else if open.is_some_and(|own| indent > own) {
            file.continue_value(&inside, content);
        } else if let Some(name) = header(content) {
            inside = Some(file.start(name)?);
            open = None;
        } else {
            file.option(inside.as_ref()?, content)?;
            open = Some(indent);
        }
    }
    file.trim();
    Some(file)
}

/// Which options a line belongs to: the defaults, or a section's.
enum Place {
    Defaults,
    Section(usize),
}

fn header(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    inner.rfind(']').map(|end| &inner[..end]).filter(|name| !name.is_empty())
}

impl Ini {
    fn start(&mut self, name: &str) -> Option<Place> {
        if name == DEFAULTS {
            return Some(Place::Defaults);
        }
        if self.sections.iter().any(|(known, _)| known == name) {
            return None;
        }
        self.sections.push((name.to_owned(), Options::new()));
        Some(Place::Section(self.sections.len() - 1))
    }

    fn options(&mut self, place: &Place) -> Option<&mut Options> {
        match place {
            Place::Defaults => Some(&mut self.defaults),
            Place::Section(index) => self.sections.get_mut(*index).map(|(_, options)| options),
        }
    }

    fn option(&mut self, place: &Place, line: &str) -> Option<()> {
        let (name, value) = line.split_at(line.find(['=', ':'])?);
        let name = name.trim_end().to_lowercase();
        let options = self.options(place)?;
        if name.is_empty() || options.iter().any(|(known, _)| *known == name) {
            return None;
        }
        options.push((name, value[1..].trim().to_owned()));
        Some(())
    }

    fn continue_value(&mut self, place: &Option<Place>, line: &str) {
        let last =
            place.as_ref().and_then(|place| self.options(place)).and_then(|options| options.last_mut());
        if let Some((_, value)) = last {
            value.push('\n');
            value.push_str(line);
        }
    }

    fn trim(&mut self) {
        let all = self.sections.iter_mut().flat_map(|(_, options)| options).chain(&mut self.defaults);
        for (_, value) in all {
            value.truncate(value.trim_end().len());
        }
    }

    /// Sections with their options and the defaults, references filled in.
    ///
    /// # Errors
    /// A reference to nothing, in a circle, or with a stray `%`.
    pub(super) fn resolved(&self) -> Result<Value, String> {
        let section = |(name, own): &(String, Options)| {
            let defaults =
                self.defaults.iter().filter(|(name, _)| !own.iter().any(|(known, _)| known == name));
            let all: Options = own.iter().chain(defaults).cloned().collect();
            let values: Result<Map, String> = all
                .iter()
                .map(|(name, value)| Ok((name.clone(), Value::from(filled(value, &all, DEPTH)?))))
                .collect();
            Ok((name.clone(), Value::Object(values?)))
        };
        self.sections.iter().map(section).collect::<Result<Map, String>>().map(Value::Object)
    }
}

fn filled(value: &str, all: &Options, depth: u8) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(next) = after.strip_prefix('%') {
            text.push('%');
            rest = next;
            continue;
        }
        let reference = after.strip_prefix('(').and_then(|inner| inner.split_once(")s"));
        let (name, next) =
            reference.ok_or_else(|| format!("'%' must be followed by '%' or '(', found: '%{after}'"))?;
        let name = name.to_lowercase();
        let (_, found) = all
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("no option {name} to fill in"))?;
        let depth = depth.checked_sub(1).ok_or_else(|| format!("option {name} refers to itself"))?;
        text.push_str(&filled(found, all, depth)?);
        rest = next;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn files_are_read_as_python_reads_them() {
        let text = "[DEFAULT]\nroot = /srv\n\n# c\n[a]\nKey=1 ; kept\nlong: one\n  two\npath = %(root)s/x 5%%\n[b]\n";
        assert_eq!(
            parse(text).unwrap().resolved(),
            Ok(json!({
                "a": {"key": "1 ; kept", "long": "one\ntwo", "path": "/srv/x 5%", "root": "/srv"},
                "b": {"root": "/srv"}
            }))
        );
        for wrong in ["a=1", "[a]\nnonsense", "[a]\nx=1\nx=2", "[a]\n[a]"] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
        assert!(parse("[a]\nx=%(y)s").unwrap().resolved().is_err());
        assert!(parse("[a]\nx=%(x)s").unwrap().resolved().is_err());
    }
}
