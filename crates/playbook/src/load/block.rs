//! Lists of tasks, and blocks.

use super::{Reading, Result};
use crate::{Block, BlockKind, Cause, Entry, Keywords, Level};
use rplay_yaml::{Kind, Node};
use std::sync::Arc;

/// Characters of a value that is shown because it stands in the wrong place.
const SHOWN: usize = 100;

impl Reading<'_> {
    /// Reads a list of tasks and blocks (`tasks`, a file of tasks); empty entries are skipped.
    pub(crate) fn list(&self, node: &Node, message: &str) -> Result<Vec<Entry>> {
        let nodes = match &node.kind {
            Kind::Seq(items) => items.as_slice(),
            _ if node.is_null() => &[],
            _ => return Err(self.malformed(node, message, "a list or None")),
        };
        let mut entries = Vec::new();
        for item in nodes.iter().filter(|item| !item.is_null()) {
            if is_block(item) {
                entries.push(self.block(item)?);
            } else {
                self.entry(item, "a block", &mut entries)?;
            }
        }
        Ok(entries)
    }

    /// Reads the list of a block's `block`, `rescue` or `always`.
    fn section(&self, node: &Node, name: &str) -> Result<Vec<Entry>> {
        let what = if name == "block" { "a block" } else { name };
        let message = format!("A malformed block was encountered while loading {what}.");
        let Some(nodes) = node.as_seq() else { return Err(self.malformed(node, &message, "a list")) };
        let mut entries = Vec::new();
        for item in nodes {
            match item.get("block") {
                Some(_) if self.handlers => {
                    return Err(self.fail(item, "Using a block as a handler is not supported."));
                }
                Some(_) => entries.push(self.block(item)?),
                None => self.entry(item, what, &mut entries)?,
            }
        }
        Ok(entries)
    }

    fn malformed(&self, node: &Node, message: &str, wanted: &str) -> crate::PlaybookError {
        let found: String = node.to_value().to_text().chars().take(SHOWN).collect();
        let cause = format!("{found} should be {wanted} but is a <class '{}'>", node.type_name());
        self.fail(node, message).because(Cause::Text(cause))
    }

    /// Reads one task; an import gives what it imports.
    fn entry(&self, node: &Node, what: &str, into: &mut Vec<Entry>) -> Result<()> {
        if node.as_map().is_none() {
            let message = format!("A malformed block was encountered while loading {what}.");
            return Err(self.malformed(node, &message, "a dictionary"));
        }
        let found = self.action(node)?;
        if found.is(&["include"]) {
            return self.old_include(node, found, into);
        }
        if found.is(&["import_tasks"]) {
            return self.import_tasks(node, found, into);
        }
        if found.is(&["include_tasks"]) {
            into.push(self.include_tasks(node, found)?);
            return Ok(());
        }
        if found.is(&["import_role", "include_role"]) {
            return self.role_task(node, found, into);
        }
        self.check_meta(node, &found)?;
        let level = if self.handlers { Level::Handler } else { Level::Task };
        into.push(Entry::Task(Arc::new(self.task(node, found, level)?)));
        Ok(())
    }

    fn block(&self, node: &Node) -> Result<Entry> {
        let mut block = Block {
            name: None,
            kind: BlockKind::Written,
            keywords: Keywords::default(),
            body: Vec::new(),
            rescue: Vec::new(),
            always: Vec::new(),
            role: self.role.clone(),
            place: self.place(node.span),
        };
        let keyed = self.keyed(node, Level::Block)?;
        for (key, at, value) in &keyed {
            match *key {
                "block" | "rescue" | "always" => {}
                "name" => block.name = self.text(key, value)?,
                _ => {
                    let known = self.shared(key, value, Level::Block, &mut block.keywords)?
                        || self.old_keyword((key, at), value, Level::Block, &mut block.keywords)?;
                    if !known {
                        return Err(self.unknown(at, Level::Block));
                    }
                }
            }
        }
        let mut inner = self.with_vars(&block.keywords.vars);
        if !block.keywords.collections.is_empty() {
            inner.collections = block.keywords.collections.clone().into();
        }
        for (key, _, value) in keyed {
            match key {
                "block" => block.body = inner.section(value, key)?,
                "rescue" => block.rescue = inner.section(value, key)?,
                "always" => block.always = inner.section(value, key)?,
                _ => {}
            }
        }
        if block.body.is_empty() {
            let lonely = [("rescue", &block.rescue), ("always", &block.always)];
            if let Some((name, _)) = lonely.iter().find(|(_, entries)| !entries.is_empty()) {
                return Err(self.fail(node, format!("'{name}' keyword cannot be used without 'block'")));
            }
        }
        Ok(Entry::Block(Arc::new(block)))
    }
}

fn is_block(node: &Node) -> bool {
    ["block", "rescue", "always"].iter().any(|key| node.get(key).is_some())
}
