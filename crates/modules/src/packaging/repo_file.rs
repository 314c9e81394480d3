//! Files of `yum.repos.d`, read and written as Python's `RawConfigParser` does: comments are lost, names of
//! options are in lower case, values of several lines are continued with a tab.

/// The section whose options stand in all others.
const DEFAULT: &str = "DEFAULT";

/// Options in order.
type Options = Vec<(String, String)>;

/// A file's sections in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RepoFile {
    defaults: Options,
    sections: Vec<(String, Options)>,
}

impl RepoFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// A sentence that names the line that is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut file = Self::default();
        let mut current: Option<usize> = None;
        let mut open = false;
        for (number, line) in text.lines().enumerate() {
            let content = line.trim();
            if content.starts_with(['#', ';']) {
                continue;
            }
            let at = number + 1;
            if content.is_empty() {
                // A blank line is part of a value that goes on after it.
                if let (true, Some(value)) = (open, file.last_value(current)) {
                    value.push('\n');
                }
                continue;
            }
            if open
                && line.starts_with(char::is_whitespace)
                && let Some(value) = file.last_value(current)
            {
                value.push('\n');
                value.push_str(content);
                continue;
            }
            if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
                current = file.begin(name.0, at)?;
                open = false;
                continue;
            }
            let Some((name, value)) = content.split_once(['=', ':']) else {
                return Err(format!("line {at} is neither a section nor an option: {content}"));
            };
            if current.is_none() && file.sections.is_empty() && !file.has_defaults(text, number) {
                return Err(format!("line {at} stands before any section: {content}"));
            }
            let option = (name.trim_end().to_lowercase(), value.trim().to_owned());
            file.options(current).push(option);
            open = true;
        }
        file.tidy();
        Ok(file)
    }

    fn begin(&mut self, name: &str, line: usize) -> Result<Option<usize>, String> {
        if name == DEFAULT {
            return Ok(None);
        }
        if self.sections.iter().any(|(known, _)| known == name) {
            return Err(format!("line {line}: section '{name}' already exists"));
        }
        self.sections.push((name.to_owned(), Vec::new()));
        Ok(Some(self.sections.len() - 1))
    }

    /// Whether the section of defaults began before a line.
    fn has_defaults(&self, text: &str, line: usize) -> bool {
        text.lines().take(line).any(|line| line.trim() == "[DEFAULT]")
    }

    fn options(&mut self, section: Option<usize>) -> &mut Options {
        match section.and_then(|index| self.sections.get_mut(index)) {
            Some((_, options)) => options,
            None => &mut self.defaults,
        }
    }

    fn last_value(&mut self, section: Option<usize>) -> Option<&mut String> {
        self.options(section).last_mut().map(|(_, value)| value)
    }

    fn tidy(&mut self) {
        let all = self.sections.iter_mut().map(|(_, options)| options).chain([&mut self.defaults]);
        for (_, value) in all.flatten() {
            value.truncate(value.trim_end().len());
        }
    }

    /// Whether nothing but defaults is left.
    pub(super) fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// Takes a section out.
    pub(super) fn remove(&mut self, name: &str) {
        self.sections.retain(|(known, _)| known != name);
    }

    /// Puts a section at the end.
    pub(super) fn add(&mut self, name: &str, options: impl IntoIterator<Item = (String, String)>) {
        self.sections.push((name.to_owned(), options.into_iter().collect()));
    }

    /// All sections and options in the order of their names, defaults within each: what is compared.
    pub(super) fn sorted(&self) -> String {
        let mut sections: Vec<&(String, Options)> = self.sections.iter().collect();
        sections.sort();
        let mut text = String::new();
        for (name, own) in sections {
            let inherited =
                self.defaults.iter().filter(|(name, _)| !own.iter().any(|(known, _)| known == name));
            let mut options: Vec<&(String, String)> = own.iter().chain(inherited).collect();
            options.sort();
            text.push_str(&format!("[{name}]\n"));
            for (name, value) in options {
                text.push_str(&format!("{name} = {value}\n"));
            }
            text.push('\n');
        }
        text
    }

    /// The text of the file.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let defaults = (!self.defaults.is_empty()).then_some((DEFAULT, &self.defaults));
        let sections = self.sections.iter().map(|(name, options)| (name.as_str(), options));
        for (name, options) in defaults.into_iter().chain(sections) {
            text.push_str(&format!("[{name}]\n"));
            for (name, value) in options {
                text.push_str(&format!("{name} = {}\n", value.replace('\n', "\n\t")));
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::RepoFile;

    #[test]
    fn is_read_and_written_as_configparser_does() {
        let text = "# gone\n[b]\nBaseURL=http://x/\n  http://y/\nname : B repo\n\n[a]\nenabled = 1\n";
        let file = RepoFile::parse(text).unwrap();
        assert_eq!(
            file.text(),
            "[b]\nbaseurl = http://x/\n\thttp://y/\nname = B repo\n\n[a]\nenabled = 1\n\n"
        );
        assert_eq!(
            file.sorted(),
            "[a]\nenabled = 1\n\n[b]\nbaseurl = http://x/\nhttp://y/\nname = B repo\n\n"
        );
        let file = RepoFile::parse("[DEFAULT]\ngpgcheck = 0\n[a]\nx = 1\n").unwrap();
        assert_eq!(file.sorted(), "[a]\ngpgcheck = 0\nx = 1\n\n");
        assert_eq!(file.text(), "[DEFAULT]\ngpgcheck = 0\n\n[a]\nx = 1\n\n");
    }

    #[test]
    fn lines_that_are_nothing_are_refused() {
        for text in ["x = 1\n", "[a]\nnonsense\n", "[a]\n[a]\n"] {
            assert!(RepoFile::parse(text).is_err(), "{text}");
        }
    }
}
