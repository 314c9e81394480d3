//! A crontab's lines: jobs under Ansible's comments, and variables.

const MARK: &str = "#Ansible: ";

/// The lines of a crontab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Crontab {
    lines: Vec<String>,
}

/// Where a variable goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    First,
    After(&'a str),
    Before(&'a str),
}

impl Crontab {
    pub(super) fn parse(text: &str) -> Self {
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    /// The text, ended by one newline.
    pub(super) fn render(&self) -> String {
        let text = self.lines.join("\n");
        if text.is_empty() { text } else { format!("{}\n", text.trim_end_matches(['\r', '\n'])) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.trim().is_empty())
    }

    pub(super) fn jobs(&self) -> Vec<String> {
        self.lines.iter().filter_map(|line| line.strip_prefix(MARK)).map(str::to_owned).collect()
    }

    pub(super) fn variables(&self) -> Vec<String> {
        self.lines.iter().filter_map(|line| variable(line)).map(str::to_owned).collect()
    }

    /// Puts the job under its name; tells whether something changed. A job of these very words
    /// that has no name yet gets it.
    pub(super) fn set_job(&mut self, name: &str, job: &str) -> bool {
        let mark = format!("{MARK}{name}");
        if let Some(found) = self.job_line(name) {
            if self.lines[found] == job {
                return false;
            }
            self.rewrite(&mark, Some(job));
            return true;
        }
        let same = self.lines.iter().position(|line| line == job);
        let Some(same) = same else {
            self.lines.extend([mark, job.to_owned()]);
            return true;
        };
        let above = same.checked_sub(1).and_then(|above| self.lines.get(above));
        match above.map(String::as_str) {
            // Marked under no name: named now.
            Some(line) if line == format!("{MARK}None") || line == MARK => self.lines[same - 1] = mark,
            // Another task's job of the same words is its own.
            Some(line) if line.starts_with(MARK) => self.lines.extend([mark, job.to_owned()]),
            _ => self.lines.insert(same, mark),
        }
        true
    }

    /// Takes the job of this name out; tells whether there was one.
    pub(super) fn remove_job(&mut self, name: &str) -> bool {
        let found = self.job_line(name).is_some();
        if found {
            self.rewrite(&format!("{MARK}{name}"), None);
        }
        found
    }

    fn job_line(&self, name: &str) -> Option<usize> {
        let named = |line: &String| line.strip_prefix(MARK) == Some(name);
        let mark = self.lines.iter().position(named)?;
        (mark + 1 < self.lines.len()).then_some(mark + 1)
    }

    fn rewrite(&mut self, mark: &str, job: Option<&str>) {
        let mut lines = std::mem::take(&mut self.lines).into_iter();
        while let Some(line) = lines.next() {
            if line != mark {
                self.lines.push(line);
                continue;
            }
            // The line below the mark is the job.
            lines.next();
            if let Some(job) = job {
                self.lines.extend([line, job.to_owned()]);
            }
        }
    }

    /// Sets a variable; tells whether something changed, or the name that `place` lacks.
    pub(super) fn set_variable(&mut self, name: &str, value: &str, place: Place<'_>) -> Result<bool, String> {
        let wanted = format!("{name}={value}");
        let mut found = false;
        let mut changed = false;
        for line in self.lines.iter_mut().filter(|line| variable(line) == Some(name)) {
            found = true;
            if *line != wanted {
                line.clone_from(&wanted);
                changed = true;
            }
        }
        if found {
            return Ok(changed);
        }
        let index = match place {
            Place::First => 0,
            Place::After(other) => self.variable_line(other)? + 1,
            Place::Before(other) => self.variable_line(other)?,
        };
        self.lines.insert(index, wanted);
        Ok(true)
    }

    fn variable_line(&self, name: &str) -> Result<usize, String> {
        let found = self.lines.iter().position(|line| variable(line) == Some(name));
        found.ok_or_else(|| format!("Variable named '{name}' not found."))
    }

    /// Takes a variable out; tells whether there was one.
    pub(super) fn remove_variable(&mut self, name: &str) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| variable(line) != Some(name));
        self.lines.len() != before
    }
}

/// The variable a line sets.
fn variable(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

/// Takes the remarks some versions of `crontab -l` put first off its output.
pub(super) fn without_remarks(text: &str) -> String {
    let mut kept = String::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let remark = line.starts_with("# DO NOT EDIT THIS FILE - edit the master and reinstall.")
            || (line.starts_with("# (/tmp/") && line.contains("installed on"))
            || (line.starts_with("# (") && line.contains("version"));
        if index > 2 || !remark {
            kept.push_str(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Crontab, Place, without_remarks};

    #[test]
    fn jobs_are_set_and_removed() {
        let mut tab = Crontab::parse("A=1\n#Ansible: one\n* * * * * true\n5 5 * * * plain");
        assert!(!tab.set_job("one", "* * * * * true"));
        assert!(tab.set_job("one", "1 * * * * true"));
        assert!(tab.set_job("two", "5 5 * * * plain"), "an unnamed job is named");
        assert!(tab.set_job("three", "@daily x"));
        assert_eq!(
            tab.render(),
            "A=1\n#Ansible: one\n1 * * * * true\n#Ansible: two\n5 5 * * * plain\n#Ansible: three\n@daily x\n"
        );
        assert_eq!(tab.jobs(), ["one", "two", "three"]);
        assert_eq!(tab.variables(), ["A"]);
        assert!(tab.remove_job("two") && !tab.remove_job("two"));
        assert!(tab.remove_job("one") && tab.remove_job("three") && tab.remove_variable("A"));
        assert!(tab.is_empty());
        assert_eq!(tab.render(), "");
    }

    #[test]
    fn variables_find_their_place() {
        let mut tab = Crontab::parse("A=1\nB=2\n");
        assert_eq!(tab.set_variable("C", "3", Place::After("A")), Ok(true));
        assert_eq!(tab.set_variable("D", "4", Place::Before("A")), Ok(true));
        assert_eq!(tab.set_variable("C", "3", Place::First), Ok(false));
        assert!(tab.set_variable("E", "5", Place::After("X")).is_err());
        assert_eq!(tab.render(), "D=4\nA=1\nC=3\nB=2\n");
    }

    #[test]
    fn remarks_of_crontab_are_not_content() {
        let text = "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n# (/tmp/x installed on Mon)\n# (Cron version V5)\n* * * * * a\n";
        assert_eq!(without_remarks(text), "* * * * * a\n");
    }
}
