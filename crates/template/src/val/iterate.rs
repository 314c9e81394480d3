//! Iteration, length and truth.

use crate::{Ctx, Fault, Res, Val};

impl Ctx<'_> {
    /// The items Python's iteration yields: characters, items, keys, numbers.
    pub fn iterate(&mut self, value: &Val) -> Res<Vec<Val>> {
        self.meter().value(value)?;
        match value {
            Val::Undef(marker) if marker.blank => Ok(Vec::new()),
            Val::Undef(marker) => Err(marker.trip()),
            Val::Str(text) => Ok(text.chars().map(|char| Val::from(String::from(char))).collect()),
            Val::List(list) => list.items(self),
            Val::Tuple(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items.iter() {
                    out.push(self.read(item.clone())?);
                }
                Ok(out)
            }
            Val::Dict(dict) => Ok(dict.keys().into_iter().map(|key| key.value().clone()).collect()),
            Val::Bytes(bytes) => Ok(bytes.iter().map(|byte| Val::Int(i64::from(*byte))).collect()),
            Val::Range(range) => {
                self.budget().items(range.len())?;
                Ok((0..range.len()).filter_map(|index| range.get(index)).collect())
            }
            Val::Obj(obj) => match obj.items(self)? {
                Some(items) => Ok(items),
                None => Err(not_iterable(value)),
            },
            _ => Err(not_iterable(value)),
        }
    }

    /// Python's `len()`.
    pub fn length(&mut self, value: &Val) -> Res<usize> {
        match value {
            Val::Undef(marker) if marker.blank => Ok(0),
            Val::Undef(marker) => Err(marker.trip()),
            Val::Str(text) => Ok(if text.is_ascii() { text.len() } else { text.chars().count() }),
            Val::List(list) => Ok(list.len()),
            Val::Tuple(items) => Ok(items.len()),
            Val::Dict(dict) => Ok(dict.len()),
            Val::Bytes(bytes) => Ok(bytes.len()),
            Val::Range(range) => Ok(range.len()),
            Val::Obj(obj) => obj.length(self)?.ok_or_else(|| no_length(value)),
            _ => Err(no_length(value)),
        }
    }

    /// Python's truth of a value.
    pub fn truth(&mut self, value: &Val) -> Res<bool> {
        Ok(match value {
            Val::Undef(marker) if marker.blank => false,
            Val::Undef(marker) => return Err(marker.trip()),
            Val::None => false,
            Val::Bool(bool) => *bool,
            Val::Int(int) => *int != 0,
            Val::Float(float) => *float != 0.0,
            Val::Str(text) => !text.is_empty(),
            Val::Bytes(bytes) => !bytes.is_empty(),
            Val::List(list) => !list.is_empty(),
            Val::Tuple(items) => !items.is_empty(),
            Val::Dict(dict) => !dict.is_empty(),
            Val::Range(range) => !range.is_empty(),
            Val::Delta(delta) => delta.micros != 0,
            Val::Obj(obj) => obj.length(self)? != Some(0),
            Val::Big(_) | Val::Date(_) | Val::DateTime(_) | Val::Omit | Val::Func(_) => true,
        })
    }
}

fn not_iterable(value: &Val) -> Fault {
    Fault::type_error(format!("'{}' object is not iterable", value.type_name()))
}

fn no_length(value: &Val) -> Fault {
    Fault::type_error(format!("object of type '{}' has no len()", value.type_name()))
}
