//! Inventories in TOML format.

use crate::{Inventory, InventoryError, model::GroupId, range};
use rplay_value::{DateTime, Dict, Key, Origin, Str, Tag, Value};
use rplay_yaml::Source;
use toml::{Table, Value as Toml, value::Datetime};

/// Reads a TOML inventory into `inventory`.
pub(crate) fn read(inventory: &mut Inventory, source: &Source) -> Result<(), InventoryError> {
    let origin = Origin { file: source.name.clone(), line: 0, column: 0 };
    let mut reader = Reader { inventory, tag: Tag { trusted: true, origin: Some(origin), ..Tag::default() } };
    let table: Table = source.text.parse().map_err(|error: toml::de::Error| {
        let message = error.message().to_owned();
        fault(format!("TOML file '{}' is invalid. {message}{}", source.name, place(source, error.span())))
    })?;
    if table.is_empty() {
        return Err(fault("Parsed empty TOML file"));
    }
    if table.contains_key("plugin") {
        return Err(fault("Plugin configuration TOML file, not TOML inventory"));
    }
    for (name, data) in table {
        reader.group(&name, data)?;
    }
    Ok(())
}

fn place(source: &Source, span: Option<std::ops::Range<usize>>) -> String {
    let before = span.and_then(|span| source.text.get(..span.start));
    before.map_or_else(String::new, |before| {
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(" (at line {}, column {column})", before.matches('\n').count() + 1)
    })
}

struct Reader<'a> {
    inventory: &'a mut Inventory,
    tag: Tag,
}

impl Reader<'_> {
    fn group(&mut self, name: &str, data: Toml) -> Result<(), InventoryError> {
        let Toml::Table(data) = data else {
            self.inventory.warn(format!("Skipping '{name}' as this is not a valid group definition"));
            return Ok(());
        };
        let group = self.inventory.add_group(name)?;
        for (key, value) in data {
            match (key.as_str(), value) {
                ("vars", Toml::Table(vars)) => {
                    for (key, value) in vars {
                        let value = self.value(value);
                        self.inventory.set_group_var(group, Key::from(key), value)?;
                    }
                }
                ("children", Toml::Array(children)) => self.children(group, children)?,
                ("hosts", Toml::Table(hosts)) => self.hosts(group, hosts)?,
                (key @ ("vars" | "hosts"), other) => return Err(wrong(key, name, "dict", &other)),
                ("children", other) => return Err(wrong("children", name, "list", &other)),
                (key, _) => self.inventory.warn(format!(
                    "Skipping unexpected key \"{key}\" in group \"{name}\", only \"vars\", \"children\" and \"hosts\" are valid"
                )),
            }
        }
        Ok(())
    }

    fn children(&mut self, group: GroupId, children: Vec<Toml>) -> Result<(), InventoryError> {
        for child in children {
            let Toml::String(name) = child else {
                return Err(fault(format!(
                    "Invalid group name supplied, expected a string but got {}",
                    child.type_str()
                )));
            };
            let child = self.inventory.add_group(&name)?;
            self.inventory.add_child(group, child)?;
        }
        Ok(())
    }

    fn hosts(&mut self, group: GroupId, hosts: Table) -> Result<(), InventoryError> {
        for (pattern, vars) in hosts {
            let (hosts, port) = range::expand_pattern(&pattern).map_err(fault)?;
            let Toml::Table(vars) = vars else {
                return Err(fault(format!(
                    "Invalid data from file, expected dictionary and got: {}",
                    vars.type_str()
                )));
            };
            let vars: Dict =
                vars.into_iter().map(|(key, value)| (Key::from(key), self.value(value))).collect();
            self.inventory.populate(&hosts, Some(group), port, &vars)?;
        }
        Ok(())
    }

    /// The parser bounds how deep this goes.
    fn value(&self, toml: Toml) -> Value {
        match toml {
            Toml::String(text) => Value::Str(Str::tagged(text, self.tag.clone())),
            Toml::Integer(int) => Value::Int(int),
            Toml::Float(float) => Value::Float(float),
            Toml::Boolean(bool) => Value::Bool(bool),
            Toml::Datetime(time) => self.time(&time),
            Toml::Array(items) => {
                Value::list(items.into_iter().map(|item| self.value(item)).collect::<Vec<_>>())
            }
            Toml::Table(entries) => Value::from(
                entries.into_iter().map(|(key, value)| (Key::from(key), self.value(value))).collect::<Dict>(),
            ),
        }
    }

    /// A time without a date, which no other value is, becomes text.
    fn time(&self, time: &Datetime) -> Value {
        let text = || Value::Str(Str::tagged(time.to_string(), self.tag.clone()));
        let Some(date) = time.date else { return text() };
        let civil = i16::try_from(date.year)
            .ok()
            .and_then(|year| jiff::civil::Date::new(year, date.month as i8, date.day as i8).ok());
        let Some(date) = civil else { return text() };
        let Some(clock) = time.time else { return Value::Date(date) };
        // A leap second is more than Python's clocks know; toml's parser takes it.
        let (nanosecond, second) = (i32::try_from(clock.nanosecond).unwrap_or(0), clock.second.min(59));
        let clock = jiff::civil::Time::new(
            clock.hour as i8,
            clock.minute as i8,
            second as i8,
            nanosecond - nanosecond % 1000,
        );
        let Ok(clock) = clock else { return text() };
        let offset = time.offset.map(|offset| match offset {
            toml::value::Offset::Z => 0,
            toml::value::Offset::Custom { minutes } => i32::from(minutes) * 60,
        });
        Value::DateTime(DateTime { civil: date.to_datetime(clock), offset })
    }
}

fn wrong(key: &str, group: &str, wanted: &str, found: &Toml) -> InventoryError {
    fault(format!(
        "Invalid \"{key}\" entry for \"{group}\" group, requires a {wanted}, found \"{}\" instead.",
        found.type_str()
    ))
}

fn fault(message: impl Into<String>) -> InventoryError {
    InventoryError::Graph(message.into())
}
