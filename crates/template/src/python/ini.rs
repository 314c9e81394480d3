//! Python's `configparser`, as far as the `ini` lookup uses it.

use indexmap::IndexMap;

/// How a file is read.
pub(crate) struct Rules {
    pub case_sensitive: bool,
    pub allow_no_value: bool,
    /// `%(name)s` in values.
    pub interpolation: bool,
}

type Section = IndexMap<String, Option<String>>;

/// A parsed file.
pub(crate) struct Config<'a> {
    rules: &'a Rules,
    defaults: Section,
    sections: IndexMap<String, Section>,
}

impl<'a> Config<'a> {
    /// Reads a text; the error says what is wrong with it.
    pub(crate) fn parse(text: &str, rules: &'a Rules) -> Result<Self, String> {
        let mut config = Self { rules, defaults: Section::new(), sections: IndexMap::new() };
        let mut current: Option<String> = None;
        let mut last: Option<(String, usize)> = None;
        for (number, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            let indent = line.len() - line.trim_start().len();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let (Some((key, depth)), Some(section)) = (&last, &current)
                && indent > *depth
            {
                if let Some(Some(value)) = config.section_mut(section).get_mut(key) {
                    value.push('\n');
                    value.push_str(trimmed);
                }
                continue;
            }
            if let Some(name) =
                trimmed.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')).map(|(name, _)| name)
            {
                if config.sections.contains_key(name) {
                    return Err(format!(
                        "While reading from '<???>' [line {:2}]: section '{name}' already exists",
                        number + 1
                    ));
                }
                if name != "DEFAULT" {
                    config.sections.insert(name.to_owned(), Section::new());
                }
                current = Some(name.to_owned());
                last = None;
                continue;
            }
            let Some(section) = current.clone() else {
                return Err(format!(
                    "File contains no section headers.\nfile: '<???>', line: {}\n{}",
                    number + 1,
                    rplay_value::str_repr(&format!("{line}\n"))
                ));
            };
            let (key, value) = match trimmed.split_once(['=', ':']) {
                Some((key, value)) => (key.trim(), Some(value.trim().to_owned())),
                None if rules.allow_no_value => (trimmed, None),
                None => {
                    return Err(format!(
                        "Source contains parsing errors: '<???>'\n\t[line {:2}]: {}",
                        number + 1,
                        rplay_value::str_repr(&format!("{line}\n"))
                    ));
                }
            };
            let key = if rules.case_sensitive { key.to_owned() } else { key.to_lowercase() };
            if config.section_mut(&section).insert(key.clone(), value).is_some() {
                return Err(format!(
                    "While reading from '<???>' [line {:2}]: option '{key}' in section '{section}' already exists",
                    number + 1
                ));
            }
            last = Some((key, indent));
        }
        Ok(config)
    }

    fn section_mut(&mut self, name: &str) -> &mut Section {
        if name == "DEFAULT" {
            return &mut self.defaults;
        }
        self.sections.entry(name.to_owned()).or_default()
    }

    pub(crate) fn has_section(&self, name: &str) -> bool {
        self.sections.contains_key(name)
    }

    fn raw(&self, section: &str, key: &str) -> Option<Option<&String>> {
        let own = self.sections.get(section).and_then(|section| section.get(key));
        own.or_else(|| self.defaults.get(key)).map(Option::as_ref)
    }

    /// A value, which may be none for a key without one.
    pub(crate) fn get(&self, section: &str, key: &str) -> Result<Option<Option<String>>, String> {
        if !self.has_section(section) {
            return Ok(None);
        }
        let key = if self.rules.case_sensitive { key.to_owned() } else { key.to_lowercase() };
        match self.raw(section, &key) {
            None => Ok(None),
            Some(None) => Ok(Some(None)),
            Some(Some(value)) => self.expanded(section, value, 0).map(|value| Some(Some(value))),
        }
    }

    /// All keys and values of a section.
    pub(crate) fn items(&self, section: &str) -> Result<Vec<(String, Option<String>)>, String> {
        let keys = self.sections.get(section).into_iter().flat_map(IndexMap::keys);
        keys.map(|key| Ok((key.clone(), self.get(section, key)?.flatten()))).collect()
    }

    fn expanded(&self, section: &str, value: &str, depth: usize) -> Result<String, String> {
        if !self.rules.interpolation || !value.contains('%') {
            return Ok(value.to_owned());
        }
        if depth > 10 {
            return Err(format!("Recursion limit exceeded in value substitution in section {section}"));
        }
        let mut out = String::new();
        let mut rest = value;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push('%');
                rest = after;
            } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(")s"))
            {
                let found = self.raw(section, &name.to_lowercase()).flatten();
                let found =
                    found.ok_or_else(|| format!("Bad value substitution: '{name}' in section {section}"))?;
                out.push_str(&self.expanded(section, found, depth + 1)?);
                rest = after;
            } else {
                return Err(format!("'%' must be followed by '%' or '(', found: '%{rest}'"));
            }
        }
        Ok(out + rest)
    }
}
