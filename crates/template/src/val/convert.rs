//! Between stored data and values of an operation.

use super::list::{Home, Slot};
use crate::{Ctx, Fault, HashKey, PyDict, PyList, Res, Scope, Val};
use rplay_value::{Dict, Key, Str, Value};
use std::sync::Arc;

/// Whether a string is a template to render: it has a start of a tag and may be one.
pub(crate) fn is_template(text: &Str) -> bool {
    text.is_trusted() && looks_like_template(text)
}

/// Whether a string has a start of a tag or an override header.
pub(crate) fn looks_like_template(text: &str) -> bool {
    let bytes = text.as_bytes();
    let tag = bytes.windows(2).any(|pair| pair[0] == b'{' && matches!(pair[1], b'{' | b'%' | b'#'));
    tag || text.starts_with("#jinja2:")
}

/// A `Val` over stored data; containers stay shared and are rendered (in their home) on access.
pub(crate) fn from_value(value: &Value, home: Home) -> Val {
    match value {
        Value::None => Val::None,
        Value::Bool(bool) => Val::Bool(*bool),
        Value::Int(int) => Val::Int(*int),
        Value::BigInt(int) => Val::Big(Arc::clone(int)),
        Value::Float(float) => Val::Float(*float),
        Value::Str(text) => Val::Str(text.clone()),
        Value::Bytes(bytes) => Val::Bytes(Arc::clone(bytes)),
        Value::List(items) => Val::List(PyList::shared(Arc::clone(items), home)),
        Value::Dict(dict) => Val::Dict(PyDict::shared(Arc::clone(dict), home)),
        Value::Date(date) => Val::Date(*date),
        Value::DateTime(time) => Val::DateTime(*time),
        // Without a home there is nobody to decrypt it: it stays the text it is.
        Value::Vaulted(vaulted) => Val::Str(Str::new(Arc::clone(&vaulted.ciphertext))),
    }
}

/// A scalar that needs neither rendering nor a copy of its own.
pub(super) fn plain(value: &Value, has_home: bool) -> Option<Val> {
    match value {
        Value::List(_) | Value::Dict(_) => None,
        Value::Str(text) if has_home && is_template(text) => None,
        Value::Vaulted(_) if has_home => None,
        value => Some(from_value(value, None)),
    }
}

/// The slot of an item of shared data.
pub(super) fn slot(value: &Value, home: &Home) -> Slot {
    match (plain(value, home.is_some()), home) {
        (Some(plain), _) => Slot::Ready(plain),
        (None, Some(home)) => Slot::Lazy(value.clone(), Arc::clone(home)),
        (None, None) => Slot::Ready(from_value(value, None)),
    }
}

/// How deep a result may be that is kept.
const KEPT_DEPTH: usize = 16;

/// The data a value is already: no template in it is left to render, nothing of the operation is in it.
pub(crate) fn settled(value: &Val) -> Option<Value> {
    settled_within(value, KEPT_DEPTH)
}

fn settled_within(value: &Val, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    match value {
        Val::List(list) => match list.untouched() {
            Some((items, _)) => (!items.iter().any(needs_rendering)).then_some(Value::List(items)),
            None => {
                let items: Option<Vec<Value>> =
                    list.with(|slots| slots.iter().map(|slot| settled_slot(slot, depth)).collect());
                items.map(|items| Value::List(Arc::new(items)))
            }
        },
        Val::Dict(dict) => match dict.untouched() {
            Some((shared, _)) => (!shared.values().any(needs_rendering)).then_some(Value::Dict(shared)),
            None => dict.owned(|entries| {
                let entry = |(key, slot): (&HashKey, &Slot)| {
                    Some((key_value(key.value()).and_then(Key::new)?, settled_slot(slot, depth)?))
                };
                entries.iter().map(entry).collect::<Option<Dict>>().map(|dict| Value::Dict(Arc::new(dict)))
            })?,
        },
        // Text that merely looks like a template must not become one, and data knows no markup.
        Val::Str(text) if is_template(text) || text.is_markup() => None,
        scalar => key_value(scalar),
    }
}

fn settled_slot(slot: &Slot, depth: usize) -> Option<Value> {
    match slot {
        Slot::Ready(value) => settled_within(value, depth),
        Slot::Lazy(value, _) => (!needs_rendering(value)).then(|| value.clone()),
    }
}

/// A key as stored data; none for a tuple and other keys a store cannot hold.
pub(super) fn key_value(key: &Val) -> Option<Value> {
    Some(match key {
        Val::None => Value::None,
        Val::Bool(bool) => Value::Bool(*bool),
        Val::Int(int) => Value::Int(*int),
        Val::Big(int) => Value::BigInt(Arc::clone(int)),
        Val::Float(float) => Value::Float(*float),
        Val::Str(text) if text.is_markup() => Value::Str(Str::new(text.text().clone())),
        Val::Str(text) => Value::Str(text.clone()),
        Val::Bytes(bytes) => Value::Bytes(Arc::clone(bytes)),
        Val::Date(date) => Value::Date(*date),
        Val::DateTime(time) => Value::DateTime(*time),
        _ => return None,
    })
}

/// Whether anything in the data has to be rendered or decrypted.
pub(crate) fn needs_rendering(value: &Value) -> bool {
    match value {
        Value::Str(text) => is_template(text),
        Value::Vaulted(_) => true,
        Value::List(items) => items.iter().any(needs_rendering),
        Value::Dict(dict) => dict.values().any(needs_rendering),
        _ => false,
    }
}

fn unsupported(type_name: &str) -> Fault {
    Fault::raised(
        "AnsibleVariableTypeError",
        format!("Type '{type_name}' is unsupported for variable storage."),
    )
}

impl Ctx<'_> {
    /// The value as plain data: everything rendered, tuples as lists, `omit` dropped from containers. Faults
    /// on undefined values and on what a variable cannot hold.
    pub fn finalize(&mut self, value: &Val) -> Res<Value> {
        Ok(match value {
            Val::None => Value::None,
            Val::Bool(bool) => Value::Bool(*bool),
            Val::Int(int) => Value::Int(*int),
            Val::Big(int) => Value::BigInt(Arc::clone(int)),
            Val::Float(float) => Value::Float(*float),
            // A constant of a template that looks like one must not be rendered by the next reader.
            Val::Str(text) if is_template(text) => Value::Str(text.untrusted()),
            Val::Str(text) if text.is_markup() => Value::Str(Str::new(text.text().clone())),
            Val::Str(text) => Value::Str(text.clone()),
            Val::Bytes(bytes) => Value::Bytes(Arc::clone(bytes)),
            Val::Date(date) => Value::Date(*date),
            Val::DateTime(time) => Value::DateTime(*time),
            Val::List(list) => return self.deeper(|ctx| ctx.finalize_list(list)),
            Val::Tuple(items) => return self.deeper(|ctx| ctx.finalize_items(items.to_vec())),
            Val::Dict(dict) => return self.deeper(|ctx| ctx.finalize_dict(dict)),
            Val::Undef(marker) if marker.blank => return Err(unsupported("Undefined")),
            Val::Undef(marker) => return Err(marker.trip()),
            Val::Obj(obj) if obj.plain().is_some() => {
                return self.finalize(&obj.plain().unwrap_or(Val::None));
            }
            Val::Range(_) | Val::Delta(_) | Val::Func(_) | Val::Obj(_) | Val::Omit => {
                return Err(unsupported(value.type_name()));
            }
        })
    }

    fn finalize_list(&mut self, list: &PyList) -> Res<Value> {
        if let Some((items, home)) = list.untouched()
            && (home.is_none() || !items.iter().any(needs_rendering))
        {
            return Ok(Value::List(items));
        }
        let items = self.accepting_markers(|ctx| list.items(ctx))?;
        self.finalize_items(items)
    }

    /// The items of a list as data; templates among them that belong to `scope` are left as they are.
    pub(crate) fn outer_items(&mut self, list: &PyList, scope: &Arc<dyn Scope>) -> Res<Vec<Value>> {
        let slots = list.with(|slots| slots.clone());
        let mut out = Vec::with_capacity(slots.len());
        for slot in slots {
            match slot {
                Slot::Lazy(text @ Value::Str(_), home) if Arc::ptr_eq(&home, scope) => out.push(text),
                Slot::Lazy(value, home) => {
                    let value = self.value_in(&value, &home);
                    out.push(self.finalize(&value)?);
                }
                Slot::Ready(value) => out.push(self.finalize(&value)?),
            }
        }
        Ok(out)
    }

    fn finalize_items(&mut self, items: Vec<Val>) -> Res<Value> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            self.meter().steps(1)?;
            if !matches!(item, Val::Omit) {
                out.push(self.finalize(&item)?);
            }
        }
        Ok(Value::List(Arc::new(out)))
    }

    fn finalize_dict(&mut self, dict: &PyDict) -> Res<Value> {
        if let Some((shared, home)) = dict.untouched()
            && (home.is_none() || !shared.values().any(needs_rendering))
        {
            return Ok(Value::Dict(shared));
        }
        let entries = self.accepting_markers(|ctx| dict.entries(ctx))?;
        let mut out = Dict::with_capacity(entries.len());
        for (key, value) in entries {
            if !matches!(value, Val::Omit) {
                out.insert(finalize_key(&key)?, self.finalize(&value)?);
            }
        }
        Ok(Value::Dict(Arc::new(out)))
    }
}

fn finalize_key(key: &HashKey) -> Res<Key> {
    // A tuple as a key would become a list, which Python cannot hash.
    let hashable = key_value(key.value()).and_then(Key::new);
    hashable.ok_or_else(|| Fault::type_error("unhashable type: 'list'"))
}
