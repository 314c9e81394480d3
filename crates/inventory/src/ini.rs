//! Inventories in ini format.

use crate::{Inventory, InventoryError, literal, model::GroupId, range, shlex};
use indexmap::IndexMap;
use rplay_value::{Dict, Key, Origin, Str, Tag, Value};
use rplay_yaml::Source;
use std::sync::Arc;

/// What the lines of a section define.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Hosts,
    Children,
    Vars,
}

/// A group that was used before it was declared.
struct Pending {
    line: u32,
    section: Section,
    parents: Vec<GroupId>,
}

struct Reader<'a> {
    inventory: &'a mut Inventory,
    source: &'a Arc<Source>,
    line: u32,
    group: GroupId,
    section: Section,
    pending: IndexMap<String, Pending>,
}

/// Reads an ini inventory into `inventory`.
pub(crate) fn read(inventory: &mut Inventory, source: &Arc<Source>) -> Result<(), InventoryError> {
    let group = inventory.add_group("ungrouped")?;
    let mut reader =
        Reader { inventory, source, line: 0, group, section: Section::Hosts, pending: IndexMap::new() };
    for line in source.text.lines() {
        reader.line += 1;
        let text = line.trim();
        if text.is_empty() || text.starts_with([';', '#']) {
            continue;
        }
        reader.read_line(text).map_err(|error| reader.located(error, line))?;
    }
    reader.finish()
}

impl Reader<'_> {
    fn located(&self, error: InventoryError, line: &str) -> InventoryError {
        let column = 1 + line.chars().take_while(|char| char.is_whitespace()).count() as u32;
        match error {
            InventoryError::Graph(message) => {
                InventoryError::Line { origin: self.source.clone(), line: self.line, column, message }
            }
            other => other,
        }
    }

    fn read_line(&mut self, text: &str) -> Result<(), InventoryError> {
        if let Some((name, kind)) = section(text) {
            return self.begin(name, kind);
        }
        if text.starts_with('[') && text.ends_with(']') {
            return Err(fault(format!(
                "Invalid section entry: '{text}'. Please make sure that there are no spaces in the section \
                 entry, and that there are no other invalid characters"
            )));
        }
        match self.section {
            Section::Hosts => self.host(text),
            Section::Vars => self.var(text),
            Section::Children => self.child(text),
        }
    }

    fn begin(&mut self, name: &str, kind: Option<&str>) -> Result<(), InventoryError> {
        self.section = match kind {
            None | Some("hosts") => Section::Hosts,
            Some("children") => Section::Children,
            Some("vars") => Section::Vars,
            Some(other) => {
                return Err(fault(format!(
                    "Section [{name}:{other}] has unknown type: {other} (known are hosts, children and vars)"
                )));
            }
        };
        let name = &*self.inventory.group_name_used(name).into_owned();
        let known = self.inventory.group(name);
        if known.is_none() && self.section == Section::Vars && !self.pending.contains_key(name) {
            self.pending.insert(
                name.to_owned(),
                Pending { line: self.line, section: Section::Vars, parents: Vec::new() },
            );
        }
        self.group = self.inventory.add_group(name)?;
        if self.section != Section::Vars {
            self.declared(name)?;
        }
        Ok(())
    }

    /// Links a group to the parents that named it before it was declared.
    fn declared(&mut self, name: &str) -> Result<(), InventoryError> {
        let Some(pending) = self.pending.shift_remove(name) else { return Ok(()) };
        let child = self.inventory.add_group(name)?;
        for parent in pending.parents {
            self.inventory.add_child(parent, child)?;
            let parent = self.inventory.group_name(parent).to_owned();
            if self.pending.get(&parent).is_some_and(|pending| pending.section == Section::Children) {
                self.declared(&parent)?;
            }
        }
        Ok(())
    }

    fn host(&mut self, text: &str) -> Result<(), InventoryError> {
        let words = shlex::split(text)
            .map_err(|problem| fault(format!("Error parsing host definition '{text}': {problem}")))?;
        let Some((pattern, assignments)) = words.split_first() else {
            return Err(fault(format!("Expected a host name, got: {text}")));
        };
        let (hosts, port) = range::expand_pattern(pattern).map_err(fault)?;
        if port.is_none() && pattern.trim().ends_with(':') {
            return Err(fault(format!(
                "Invalid host pattern '{pattern}' supplied, ending in ':' is not allowed, this character is \
                 reserved to provide a port."
            )));
        }
        if hosts.iter().any(|host| host.trim() == "---") {
            return Err(fault(format!(
                "Invalid host pattern '{pattern}' supplied, '---' is normally a sign this is a YAML file."
            )));
        }
        let mut vars = Dict::new();
        for word in assignments {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| fault(format!("Expected key=value host variable assignment, got: {word}")))?;
            vars.insert(self.key(key), self.value(value));
        }
        self.inventory.populate(&hosts, Some(self.group), port, &vars)
    }

    fn var(&mut self, text: &str) -> Result<(), InventoryError> {
        let (key, value) =
            text.split_once('=').ok_or_else(|| fault(format!("Expected key=value, got: {text}")))?;
        let (key, value) = (self.key(key.trim()), self.value(value.trim()));
        self.inventory.set_group_var(self.group, key, value)
    }

    fn child(&mut self, text: &str) -> Result<(), InventoryError> {
        let name = group_name(text).ok_or_else(|| fault(format!("Expected group name, got: {text}")))?;
        if let Some(child) = self.inventory.group(name) {
            return self.inventory.add_child(self.group, child).map(drop);
        }
        let (line, section) = (self.line, Section::Children);
        let entry = self.pending.entry(name.to_owned());
        entry.or_insert(Pending { line, section, parents: Vec::new() }).parents.push(self.group);
        Ok(())
    }

    /// A group that was used but never declared is a mistake; the first is reported.
    fn finish(self) -> Result<(), InventoryError> {
        let Some((name, pending)) = self.pending.first() else { return Ok(()) };
        let mut message = match pending.parents.last() {
            Some(parent) => format!(
                "Section [{}:children] includes undefined group '{name}'.",
                self.inventory.group_name(*parent)
            ),
            None => format!("Section [{name}:vars] not valid for undefined group '{name}'."),
        };
        let known = self.inventory.groups.keys().map(|name| &**name).filter(|known| known != name);
        if let Some(near) = rplay_value::nearest(name, known) {
            message.push_str(&format!(" Did you mean '{near}'?"));
        }
        Err(InventoryError::Line { origin: self.source.clone(), line: pending.line, column: 1, message })
    }

    fn tag(&self, trusted: bool) -> Tag {
        let origin = Origin { file: self.source.name.clone(), line: self.line, column: 0 };
        Tag { trusted, origin: Some(origin), ..Tag::default() }
    }

    fn key(&self, name: &str) -> Key {
        Key::from(Str::tagged(name, self.tag(false)))
    }

    fn value(&self, text: &str) -> Value {
        literal::value(text, &self.tag(true))
    }
}

fn fault(message: impl Into<String>) -> InventoryError {
    InventoryError::Graph(message.into())
}

/// Name and kind of a section header.
fn section(text: &str) -> Option<(&str, Option<&str>)> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    if !is_comment(after) {
        return None;
    }
    let (name, kind) = match inside.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (inside, None),
    };
    let word =
        |text: &str| !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || char == '_');
    let named = !name.is_empty() && !name.contains(char::is_whitespace);
    (named && kind.is_none_or(word)).then_some((name, kind))
}

fn group_name(text: &str) -> Option<&str> {
    let end = text.find(|char: char| char.is_whitespace() || matches!(char, ':' | ']')).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (!name.is_empty() && is_comment(after)).then_some(name)
}

fn is_comment(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with('#')
}
