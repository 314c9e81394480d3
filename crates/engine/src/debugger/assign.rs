//! Statements that change a task: assignments to its arguments and variables.

/// A change of the task in the debugger.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// `task_vars['NAME'] = EXPRESSION`.
    SetVar(String, String),
    /// `task.args['NAME'] = EXPRESSION`.
    SetArg(String, String),
    /// `del task.args['NAME']`.
    DropArg(String),
}

impl Change {
    /// Reads a line.
    ///
    /// # Errors
    /// What to tell the person.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        if let Some(rest) = line.strip_prefix("del ") {
            return match subscript(rest.trim()) {
                Some(("task.args", name, "")) => Ok(Change::DropArg(name.to_owned())),
                _ => Err(unknown(line)),
            };
        }
        let Some((target, name, rest)) = subscript(line) else { return Err(unknown(line)) };
        let value = rest.trim_start().strip_prefix('=').filter(|rest| !rest.starts_with('='));
        let Some(value) = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) else {
            return Err(unknown(line));
        };
        match target {
            "task.args" => Ok(Change::SetArg(name.to_owned(), value)),
            "task_vars" => Ok(Change::SetVar(name.to_owned(), value)),
            _ => Err(unknown(line)),
        }
    }
}

/// `TARGET['NAME'] REST`.
fn subscript(line: &str) -> Option<(&str, &str, &str)> {
    let (target, rest) = line.split_once('[')?;
    let quote = rest.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
    let (name, rest) = rest[1..].split_once(quote)?;
    Some((target.trim(), name, rest.trim_start().strip_prefix(']')?.trim_end()))
}

fn unknown(line: &str) -> String {
    format!(
        "***SyntaxError:{line:?} is no command, and not of the form task.args['NAME'] = VALUE or task_vars['NAME'] = VALUE"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read() {
        let set = |name: &str, value: &str| Ok(Change::SetArg(name.into(), value.into()));
        assert_eq!(Change::read("task.args['data'] = '{{ x }}'"), set("data", "'{{ x }}'"));
        assert_eq!(Change::read("task.args[\"data\"]=[1, 2]"), set("data", "[1, 2]"));
        assert_eq!(Change::read("task_vars['a'] = 3"), Ok(Change::SetVar("a".into(), "3".into())));
        assert_eq!(Change::read("del task.args['data']"), Ok(Change::DropArg("data".into())));
        for line in ["task.args = {}", "task.args['x'] == 1", "task.args[x] = 1", "nonsense", "host['a'] = 1"]
        {
            assert!(Change::read(line).is_err(), "{line}");
        }
    }
}
