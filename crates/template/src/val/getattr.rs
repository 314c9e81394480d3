//! `a.b` and `a['b']`.

use super::{number, slice};
use crate::{Ctx, Func, HashKey, Marker, Res, Val, methods};
use rplay_value::Str;
use std::rc::Rc;

impl Ctx<'_> {
    /// `value.name`: attribute first, then item; an undefined value when there is neither.
    pub fn getattr(&mut self, value: &Val, name: &Str) -> Res<Val> {
        if let Val::Undef(_) = value {
            return Ok(value.clone());
        }
        let unsafe_name = is_unsafe(name, value);
        if !unsafe_name && let Some(found) = self.attribute(value, name)? {
            return Ok(found);
        }
        if let Some(found) = self.item(value, &Val::Str(name.clone()))? {
            return Ok(found);
        }
        Ok(if unsafe_name {
            unsafe_access(value, name)
        } else {
            self.missing(value, &Val::Str(name.clone()))
        })
    }

    /// `value[key]`: item first, then attribute; an undefined value when there is neither.
    pub fn getitem(&mut self, value: &Val, key: &Val) -> Res<Val> {
        match (value, key) {
            (Val::Undef(_), _) => return Ok(value.clone()),
            (_, Val::Undef(marker)) => return Err(marker.trip()),
            _ => {}
        }
        if let Some(found) = self.item(value, key)? {
            return Ok(found);
        }
        if let Val::Str(name) = key {
            if is_unsafe(name, value) {
                return Ok(unsafe_access(value, name));
            }
            if let Some(found) = self.attribute(value, name)? {
                return Ok(found);
            }
        }
        Ok(self.missing(value, key))
    }

    /// A Python attribute: a method or a property.
    pub(crate) fn attribute(&mut self, value: &Val, name: &Str) -> Res<Option<Val>> {
        match value {
            Val::Obj(obj) if obj.methods().contains(&name.as_str()) => Ok(Some(bound(value, name))),
            Val::Obj(obj) => Rc::clone(obj).attribute(self, name),
            Val::Func(func) => match &**func {
                Func::Closure { attributes, .. } => {
                    Ok(attributes.iter().find(|(key, _)| **key == **name).map(|(_, value)| value.clone()))
                }
                _ => Ok(None),
            },
            value => Ok(match methods::property(value, name) {
                Some(property) => Some(property),
                None if methods::exists(value, name) => Some(bound(value, name)),
                None => None,
            }),
        }
    }

    /// The item of a container; none when there is none (never a fault of the lookup itself).
    pub(crate) fn item(&mut self, value: &Val, key: &Val) -> Res<Option<Val>> {
        match value {
            Val::Dict(dict) => match key {
                Val::Str(key) => dict.get_str(self, key),
                Val::List(_) | Val::Dict(_) => Ok(None),
                key => match HashKey::new(key.clone()) {
                    Ok(key) => dict.get(self, &key),
                    Err(_) => Ok(None),
                },
            },
            Val::Obj(obj) => Rc::clone(obj).item(self, key),
            value => {
                let Some(at) = key.as_int() else { return Ok(None) };
                let item = self.at(value, at)?;
                Ok(item.map(|item| item.markup_if(value.is_markup())))
            }
        }
    }

    fn at(&mut self, value: &Val, at: i64) -> Res<Option<Val>> {
        Ok(match value {
            Val::List(list) => match slice::index(list.len(), at) {
                Some(index) => return list.get(self, index),
                None => None,
            },
            Val::Tuple(items) => slice::index(items.len(), at).map(|index| items[index].clone()),
            Val::Str(text) if text.is_ascii() => {
                slice::index(text.len(), at).map(|index| Val::from(&text[index..=index]))
            }
            Val::Str(text) => {
                let index = slice::index(text.chars().count(), at);
                index.and_then(|index| text.chars().nth(index)).map(|char| Val::from(String::from(char)))
            }
            Val::Bytes(bytes) => slice::index(bytes.len(), at).map(|index| Val::Int(bytes[index].into())),
            Val::Range(range) => slice::index(range.len(), at).and_then(|index| range.get(index)),
            _ => None,
        })
    }

    fn missing(&mut self, value: &Val, key: &Val) -> Val {
        let shown = self.accepting_markers(|ctx| ctx.repr(key)).unwrap_or_default();
        // Jinja takes a false key for none given and words the message otherwise.
        let falsy = self.accepting_markers(|ctx| ctx.truth(key)).is_ok_and(|truth| !truth);
        if falsy && key.as_str().is_none() {
            let kind = if value.is_none() { "None".into() } else { format!("{} object", value.type_name()) };
            let message = format!("{kind} has no element {shown}");
            return Val::Undef(Rc::new(Marker { origin: self.origin(), ..Marker::hint(message) }));
        }
        let message = match number::integer(key).filter(|_| !matches!(key, Val::Bool(_))) {
            Some(int) => format!("object of type '{}' has no attribute {int}", value.type_name()),
            None => format!("object of type '{}' has no attribute {shown}", value.type_name()),
        };
        let name = key.as_str().map(str::to_owned);
        Val::Undef(Rc::new(Marker { name, origin: self.origin(), ..Marker::hint(message) }))
    }
}

/// The attributes every Python object has between double underscores.
const HIDDEN: [&str; 24] = [
    "__class__",
    "__delattr__",
    "__dict__",
    "__dir__",
    "__doc__",
    "__eq__",
    "__format__",
    "__ge__",
    "__getattribute__",
    "__gt__",
    "__hash__",
    "__init__",
    "__init_subclass__",
    "__le__",
    "__lt__",
    "__module__",
    "__ne__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__setattr__",
    "__str__",
    "__subclasshook__",
];
/// Those of containers and strings.
const HIDDEN_OF_CONTAINERS: [&str; 10] = [
    "__add__",
    "__contains__",
    "__delitem__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__mod__",
    "__mul__",
    "__rmul__",
    "__setitem__",
];
/// Those of numbers.
const HIDDEN_OF_NUMBERS: [&str; 16] = [
    "__abs__",
    "__add__",
    "__bool__",
    "__divmod__",
    "__float__",
    "__floordiv__",
    "__int__",
    "__mod__",
    "__mul__",
    "__neg__",
    "__pos__",
    "__pow__",
    "__radd__",
    "__round__",
    "__sub__",
    "__truediv__",
];

/// Whether the sandbox hides an attribute that exists.
fn is_unsafe(name: &str, value: &Val) -> bool {
    if !name.starts_with("__") {
        return false;
    }
    let number = value.is_integer() || matches!(value, Val::Float(_));
    let own: &[&str] = if number { &HIDDEN_OF_NUMBERS } else { &HIDDEN_OF_CONTAINERS };
    HIDDEN.contains(&name) || own.contains(&name)
}

fn unsafe_access(value: &Val, name: &str) -> Val {
    Val::undefined(format!("access to attribute '{name}' of '{}' object is unsafe.", value.type_name()))
}

fn bound(value: &Val, name: &Str) -> Val {
    Val::Func(Rc::new(Func::Method { receiver: value.clone(), name: name.clone() }))
}
