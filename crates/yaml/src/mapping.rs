//! Merge keys and duplicate keys, in PyYAML's order.

use crate::{DuplicateKeys, Kind, Node, Span, Warning, events::Fault};
use indexmap::{IndexMap, map};
use rplay_value::{Key, Value};
use std::sync::Arc;

const CONTEXT: &str = "while constructing a mapping";

/// One line of a mapping as written.
pub(crate) enum Entry {
    /// `<<: value`.
    Merge(Node),
    /// `key: value`.
    Own(Node, Node),
}

/// The entries of a mapping: merged ones first, so that its own override them; of a list of merged mappings
/// the first wins.
pub(crate) fn finish(
    entries: Vec<Entry>,
    span: Span,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<(Node, Node)>, Fault> {
    let (mut merged, mut own) = (Vec::new(), Vec::with_capacity(entries.len()));
    for entry in entries {
        match entry {
            Entry::Merge(value) => merge(&mut merged, &value, span)?,
            Entry::Own(key, value) => own.push((key, value)),
        }
    }
    merged.append(&mut own);
    unique(merged, span, warnings)
}

fn merge(into: &mut Vec<(Node, Node)>, value: &Node, span: Span) -> Result<(), Fault> {
    match &value.kind {
        Kind::Map(entries) => into.extend(entries.iter().cloned()),
        Kind::Seq(items) => {
            for item in items.iter() {
                if item.as_map().is_none() {
                    let problem = format!("expected a mapping for merging, but found {}", kind_name(item));
                    return Err(Fault::new(item.span, problem).within(CONTEXT, span));
                }
            }
            into.extend(items.iter().rev().filter_map(Node::as_map).flatten().cloned());
        }
        Kind::Scalar(_) => {
            let problem = "expected a mapping or list of mappings for merging, but found scalar";
            return Err(Fault::new(value.span, problem).within(CONTEXT, span));
        }
    }
    Ok(())
}

fn kind_name(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Scalar(_) => "scalar",
        Kind::Seq(_) => "sequence",
        Kind::Map(_) => "mapping",
    }
}

/// Each key once: where it stood first, with its last value. A repeated key gives a warning, also where it
/// overrides a merged one, as in Ansible.
fn unique(
    entries: Vec<(Node, Node)>,
    span: Span,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<(Node, Node)>, Fault> {
    let mut seen: IndexMap<Key, (Node, Node)> = IndexMap::with_capacity(entries.len());
    for (key, value) in entries {
        let hashed = key.as_scalar().cloned().and_then(Key::new);
        let hashed =
            hashed.ok_or_else(|| Fault::new(key.span, "found unhashable key").within(CONTEXT, span))?;
        match seen.entry(hashed) {
            map::Entry::Vacant(slot) => {
                slot.insert((key, value));
            }
            map::Entry::Occupied(mut slot) => {
                let found = duplicate(&key, slot.get().0.span);
                match DuplicateKeys::chosen() {
                    DuplicateKeys::Warn => warnings.push(found),
                    DuplicateKeys::Ignore => {}
                    DuplicateKeys::Refuse => return Err(Fault::new(key.span, found.message)),
                }
                slot.get_mut().1 = value;
            }
        }
    }
    Ok(seen.into_values().collect())
}

fn duplicate(key: &Node, first: Span) -> Warning {
    let name = key.as_scalar().map(Value::repr).unwrap_or_default();
    Warning {
        message: format!("Found duplicate mapping key {name}."),
        help: "Using last defined value only.".into(),
        span: key.span,
        first: Some(first),
        deprecated: false,
    }
}

/// An item of `!!omap` or `!!pairs`: a mapping of one entry, as a list of key and value.
pub(crate) fn pair(item: &Node, span: Span) -> Result<Node, Fault> {
    const CONTEXT: &str = "while constructing pairs";
    let Some(entries) = item.as_map() else {
        let problem = format!("expected a mapping of length 1, but found {}", kind_name(item));
        return Err(Fault::new(item.span, problem).within(CONTEXT, span));
    };
    let [(key, value)] = entries else {
        let problem = format!("expected a single mapping item, but found {} items", entries.len());
        return Err(Fault::new(item.span, problem).within(CONTEXT, span));
    };
    Ok(Node { span: item.span, kind: Kind::Seq(Arc::new(vec![key.clone(), value.clone()])) })
}
