//! From TOML, as Python's `tomllib` reads it.

use crate::{DateTime, Dict, Key, Str, Tag, Value};
use toml::{Table, Value as Toml, value::Datetime};

/// Why a text is no TOML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", at(*.place))]
pub struct TomlError {
    /// What is wrong.
    pub message: String,
    /// Line and column, from 1, where they are known.
    pub place: Option<(usize, usize)>,
}

fn at(place: Option<(usize, usize)>) -> String {
    place.map_or_else(String::new, |(line, column)| format!(" (at line {line}, column {column})"))
}

impl Dict {
    /// The document in a text. Every string in it gets `tag`; a time without a date is a string.
    ///
    /// # Errors
    /// When the text is no TOML.
    pub fn from_toml(text: &str, tag: &Tag) -> Result<Self, TomlError> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| TomlError {
            message: error.message().to_owned(),
            place: error.span().and_then(|span| place(text, span.start)),
        })?;
        Ok(entries(table, tag))
    }
}

fn place(text: &str, offset: usize) -> Option<(usize, usize)> {
    let before = text.get(..offset)?;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((before.matches('\n').count() + 1, column))
}

fn entries(table: Table, tag: &Tag) -> Dict {
    table.into_iter().map(|(key, item)| (Key::from(key), value(item, tag))).collect()
}

/// The parser bounds how deep this goes.
fn value(toml: Toml, tag: &Tag) -> Value {
    match toml {
        Toml::String(text) => Value::Str(Str::tagged(text, tag.clone())),
        Toml::Integer(int) => Value::Int(int),
        Toml::Float(float) => Value::Float(float),
        Toml::Boolean(bool) => Value::Bool(bool),
        Toml::Datetime(time) => {
            moment(&time).unwrap_or_else(|| Value::Str(Str::tagged(time.to_string(), tag.clone())))
        }
        Toml::Array(items) => Value::list(items.into_iter().map(|item| value(item, tag)).collect::<Vec<_>>()),
        Toml::Table(table) => Value::from(entries(table, tag)),
    }
}

/// A date, with a time or without; none for a time alone, which no other value is.
fn moment(time: &Datetime) -> Option<Value> {
    let date = time.date?;
    let year = i16::try_from(date.year).ok()?;
    let date = jiff::civil::Date::new(year, date.month as i8, date.day as i8).ok()?;
    let Some(clock) = time.time else { return Some(Value::Date(date)) };
    // A leap second is more than Python's clocks know; toml's parser takes it.
    let (nanosecond, second) = (i32::try_from(clock.nanosecond).unwrap_or(0), clock.second.min(59));
    let micros = nanosecond - nanosecond % 1000;
    let clock = jiff::civil::Time::new(clock.hour as i8, clock.minute as i8, second as i8, micros).ok()?;
    let offset = time.offset.map(|offset| match offset {
        toml::value::Offset::Z => 0,
        toml::value::Offset::Custom { minutes } => i32::from(minutes) * 60,
    });
    Some(Value::DateTime(DateTime { civil: date.to_datetime(clock), offset }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_as_tomllib_reads_them() {
        let text = "a = 1\nb = [1.5, true]\nt = 1979-05-27T07:32:00-08:00\nd = 1979-05-27\nc = 07:32:00\n[x.y]\nz = \"é\"\n";
        let dict = Dict::from_toml(text, &Tag::default()).unwrap();
        let shown = Value::from(dict).to_text();
        assert_eq!(
            shown,
            "{'a': 1, 'b': [1.5, True], 't': datetime.datetime(1979, 5, 27, 7, 32, tzinfo=datetime.timezone(datetime.timedelta(days=-1, \
             seconds=57600))), 'd': datetime.date(1979, 5, 27), 'c': '07:32:00', 'x': {'y': {'z': 'é'}}}"
        );
        let error = Dict::from_toml("a = 1\nb = \n", &Tag::default()).unwrap_err();
        assert_eq!(error.place.map(|(line, _)| line), Some(2), "{error}");
    }
}
