//! Which tasks `--tags` and `--skip-tags` let through.

use std::collections::BTreeSet;

/// The tags asked for and the tags to leave out.
#[derive(Clone, Debug)]
pub struct TagFilter {
    only: BTreeSet<String>,
    skip: BTreeSet<String>,
}

impl Default for TagFilter {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl TagFilter {
    /// A filter; no tag asked for means `all`.
    pub fn new(only: Vec<String>, skip: Vec<String>) -> Self {
        let only: BTreeSet<String> =
            if only.is_empty() { ["all".into()].into() } else { only.into_iter().collect() };
        Self { only, skip: skip.into_iter().collect() }
    }

    /// Whether even what is tagged `always` is left out.
    pub(crate) fn skips_always(&self) -> bool {
        self.skip.contains("always")
    }

    /// Whether a task with these tags runs; the rules of ansible-core's `Taggable.evaluate_tags`.
    pub fn lets(&self, tags: &BTreeSet<String>) -> bool {
        let untagged: BTreeSet<String> = ["untagged".into()].into();
        let tags = if tags.is_empty() { &untagged } else { tags };
        let has = |set: &BTreeSet<String>, tag: &str| set.contains(tag);
        let wanted = if has(tags, "always") {
            true
        } else if (has(&self.only, "all") && !has(tags, "never")) || !self.only.is_disjoint(tags) {
            true
        } else {
            has(&self.only, "tagged") && *tags != untagged && !has(tags, "never")
        };
        wanted && !self.skips(tags, &untagged)
    }

    fn skips(&self, tags: &BTreeSet<String>, untagged: &BTreeSet<String>) -> bool {
        if self.skip.is_empty() {
            return false;
        }
        if self.skip.contains("all") {
            return !tags.contains("always") || self.skip.contains("always");
        }
        !self.skip.is_disjoint(tags) || (self.skip.contains("tagged") && tags != untagged)
    }

    /// The tags asked for (`ansible_run_tags`).
    pub fn only(&self) -> impl Iterator<Item = &str> {
        self.only.iter().map(String::as_str)
    }

    /// The tags left out (`ansible_skip_tags`).
    pub fn skipped(&self) -> impl Iterator<Item = &str> {
        self.skip.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> BTreeSet<String> {
        text.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn tags_let_through_what_ansible_lets_through() {
        for (only, skip, tags, runs) in [
            ("", "", "", true),
            ("", "", "never", false),
            ("", "", "never x", false),
            ("x", "", "never x", true),
            ("x", "", "", false),
            ("x", "", "always", true),
            ("tagged", "", "", false),
            ("tagged", "", "a", true),
            ("untagged", "", "", true),
            ("untagged", "", "a", false),
            ("", "a", "a b", false),
            ("", "always", "always", false),
            ("", "tagged", "a", false),
            ("", "untagged", "", false),
            ("all", "all", "always", true),
        ] {
            let words = |text: &str| text.split_whitespace().map(String::from).collect();
            assert_eq!(
                TagFilter::new(words(only), words(skip)).lets(&set(tags)),
                runs,
                "{only} {skip} {tags}"
            );
        }
    }
}
