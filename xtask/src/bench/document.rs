//! The tables in `docs/performance.md`.

use crate::cargo;
use crate::error::{Result, TaskError};

const DOCUMENT: &str = "docs/performance.md";

/// Puts a table between its markers in the document.
pub(crate) fn write(case: &str, table: &str) -> Result<()> {
    let path = cargo::workspace()?.join(DOCUMENT);
    let old = std::fs::read_to_string(&path).map_err(TaskError::io("cannot read", &path))?;
    let new = replace(&old, case, table)
        .ok_or_else(|| TaskError::Failed(format!("{DOCUMENT} has no place for the case {case}")))?;
    std::fs::write(&path, new).map_err(TaskError::io("cannot write", &path))
}

fn replace(document: &str, case: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- bench {case} -->\n"), "<!-- end -->");
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_case_is_replaced() {
        let old = "a\n<!-- bench x -->\nold\n<!-- end -->\nb\n<!-- bench y -->\nkept\n<!-- end -->\n";
        let new = replace(old, "x", "new\n").unwrap();
        assert_eq!(new, old.replace("old", "new"));
        assert!(replace(old, "z", "").is_none());
    }
}
