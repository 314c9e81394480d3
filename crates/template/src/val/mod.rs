//! Values of one templating operation.
//!
//! Unlike [`Value`], a [`Val`] may be undefined, callable, mutable or not rendered yet. It never leaves the
//! thread or the operation it was made in: [`Ctx::finalize`](crate::Ctx::finalize) turns it into a `Value`.

mod compare;
mod convert;
mod dict;
mod format;
mod getattr;
mod iterate;
mod key;
mod list;
mod marker;
mod markup;
mod number;
mod ops;
mod percent;
mod range;
mod slice;
mod spec;
mod text;

pub use compare::CompareOp;
pub use dict::PyDict;
pub use key::HashKey;
pub use list::{PyList, Slot};
pub use marker::Marker;
pub(crate) use ops::BinOp;
pub use range::Range;

use crate::{Args, Ctx, Res};
use num_bigint::BigInt;
use rplay_value::{DateTime, Str, Value};
use std::{fmt, rc::Rc, sync::Arc};

/// A value of one templating operation.
#[derive(Clone)]
pub enum Val {
    /// `None`.
    None,
    /// A boolean.
    Bool(bool),
    /// An integer of machine size.
    Int(i64),
    /// An integer beyond 64 bits.
    Big(Arc<BigInt>),
    /// A float.
    Float(f64),
    /// A string.
    Str(Str),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list; clones share their items, as in Python.
    List(PyList),
    /// A tuple.
    Tuple(Rc<[Val]>),
    /// A dictionary; clones share their entries, as in Python.
    Dict(PyDict),
    /// Python's `range`.
    Range(Range),
    /// A date.
    Date(jiff::civil::Date),
    /// A date and time.
    DateTime(DateTime),
    /// The difference of two times.
    Delta(Delta),
    /// An undefined value or a failed operation.
    Undef(Rc<Marker>),
    /// The `omit` placeholder.
    Omit,
    /// Something to call.
    Func(Rc<Func>),
    /// `loop`, a namespace, an imported template and other things that exist only inside templates.
    Obj(Rc<dyn Obj>),
}

/// The difference of two times in microseconds: Python's `timedelta`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delta {
    /// Microseconds.
    pub micros: i64,
}

/// Something to call.
pub enum Func {
    /// A global function.
    Global {
        /// Its name.
        name: &'static str,
        /// What it does.
        call: fn(&mut Ctx<'_>, Args) -> Res<Val>,
        /// Undefined arguments are handed to it instead of becoming the result.
        accepts_markers: bool,
    },
    /// A method of a value.
    Method {
        /// The value.
        receiver: Val,
        /// The method's name.
        name: Str,
    },
    /// A macro, `caller`, `super()` and the like: `name` for messages, undefined arguments accepted.
    Closure {
        /// Its name.
        name: Str,
        /// The Python type name messages show.
        type_name: &'static str,
        /// What it does.
        call: Rc<dyn Fn(&mut Ctx<'_>, Args) -> Res<Val>>,
        /// Undefined arguments are handed to it instead of becoming the result.
        accepts_markers: bool,
        /// Attributes, for macros.
        attributes: Vec<(&'static str, Val)>,
    },
}

/// Things that exist only inside templates.
pub trait Obj {
    /// The Python type name messages show.
    fn type_name(&self) -> &'static str;
    /// An attribute; `None` when there is none of that name.
    fn attribute(&self, ctx: &mut Ctx<'_>, name: &str) -> Res<Option<Val>>;
    /// The names of its methods.
    fn methods(&self) -> &'static [&'static str] {
        &[]
    }
    /// Calls one of its methods.
    fn method(&self, _ctx: &mut Ctx<'_>, _name: &str, _args: Args) -> Res<Option<Val>> {
        Ok(None)
    }
    /// Sets an attribute; `false` when that is not possible.
    fn set_attribute(&self, _name: &str, _value: Val) -> bool {
        false
    }
    /// An item.
    fn item(&self, _ctx: &mut Ctx<'_>, _key: &Val) -> Res<Option<Val>> {
        Ok(None)
    }
    /// Whether it can be called.
    fn is_callable(&self) -> bool {
        false
    }
    /// Whether the test `iterable` takes it for something to iterate.
    fn is_iterable(&self) -> bool {
        false
    }
    /// The result of a call; `None` when it is not callable.
    fn call(&self, _ctx: &mut Ctx<'_>, _args: Args) -> Res<Option<Val>> {
        Ok(None)
    }
    /// Its items; `None` when it cannot be iterated.
    fn items(&self, _ctx: &mut Ctx<'_>) -> Res<Option<Vec<Val>>> {
        Ok(None)
    }
    /// Its length, if it has one.
    fn length(&self, _ctx: &mut Ctx<'_>) -> Res<Option<usize>> {
        Ok(None)
    }
    /// `str()` of it.
    fn text(&self, _ctx: &mut Ctx<'_>) -> Res<String> {
        Ok(format!("<{} object>", self.type_name()))
    }
    /// The plain value it stands for when it is stored or shown (a group of `groupby` is a tuple).
    fn plain(&self) -> Option<Val> {
        None
    }
    /// The output nodes it stands for when printed (an imported template prints its body).
    fn nodes(&self) -> Option<Vec<Val>> {
        None
    }
}

impl Val {
    /// A list.
    pub fn list(items: impl IntoIterator<Item = Val>) -> Self {
        Val::List(PyList::new(items.into_iter().collect()))
    }

    /// A tuple.
    pub fn tuple(items: impl IntoIterator<Item = Val>) -> Self {
        Val::Tuple(items.into_iter().collect())
    }

    /// A dictionary with string keys.
    pub fn dict<K: Into<Str>>(items: impl IntoIterator<Item = (K, Val)>) -> Self {
        Val::Dict(items.into_iter().map(|(key, value)| (HashKey::from(key.into()), value)).collect())
    }

    /// An undefined value with Ansible's message for it.
    pub fn undefined(message: impl Into<String>) -> Self {
        Val::Undef(Rc::new(Marker::hint(message)))
    }

    /// An integer of any size.
    pub fn int(int: BigInt) -> Self {
        number::normal(int)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Val::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer a boolean or an integer of machine size stands for.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Val::Bool(bool) => Some(i64::from(*bool)),
            Val::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// Whether this is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Val::None)
    }

    /// Whether this is an undefined or failed value.
    pub fn is_undefined(&self) -> bool {
        matches!(self, Val::Undef(_))
    }

    /// Whether this is an integer (a boolean is one, in Python).
    pub fn is_integer(&self) -> bool {
        matches!(self, Val::Bool(_) | Val::Int(_) | Val::Big(_))
    }

    /// Whether this can be called.
    pub fn is_callable(&self) -> bool {
        match self {
            Val::Func(_) => true,
            Val::Obj(obj) => obj.is_callable(),
            _ => false,
        }
    }

    /// The name of the Python type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Val::None => "NoneType",
            Val::Bool(_) => "bool",
            Val::Int(_) | Val::Big(_) => "int",
            Val::Float(_) => "float",
            Val::Str(text) if text.is_markup() => "Markup",
            Val::Str(_) => "str",
            Val::Bytes(_) => "bytes",
            Val::List(_) => "list",
            Val::Tuple(_) => "tuple",
            Val::Dict(dict) => dict.type_name(),
            Val::Range(_) => "range",
            Val::Date(_) => "date",
            Val::DateTime(_) => "datetime",
            Val::Delta(_) => "timedelta",
            Val::Undef(marker) => marker.type_name(),
            Val::Omit => "_OmitType",
            Val::Func(func) => func.type_name(),
            Val::Obj(obj) => obj.type_name(),
        }
    }

    /// Python's `is`.
    pub fn is_same(&self, other: &Val) -> bool {
        match (self, other) {
            (Val::None, Val::None) | (Val::Omit, Val::Omit) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            // CPython shares the small integers.
            (Val::Int(a), Val::Int(b)) => a == b && (-5..=256).contains(a),
            (Val::Str(a), Val::Str(b)) => Arc::ptr_eq(a.text(), b.text()),
            (Val::List(a), Val::List(b)) => a.is_same(b),
            (Val::Dict(a), Val::Dict(b)) => a.is_same(b),
            (Val::Tuple(a), Val::Tuple(b)) => Rc::ptr_eq(a, b),
            (Val::Undef(a), Val::Undef(b)) => Rc::ptr_eq(a, b),
            (Val::Func(a), Val::Func(b)) => Rc::ptr_eq(a, b),
            (Val::Obj(a), Val::Obj(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Plain data without templates as a `Val`.
    pub fn from_value(value: &Value) -> Self {
        convert::from_value(value, None)
    }
}

impl Func {
    /// The Python type name messages show.
    pub fn type_name(&self) -> &'static str {
        match self {
            Func::Global { name: "range" | "dict" | "namespace" | "cycler" | "joiner", .. } => "type",
            Func::Global { .. } => "function",
            Func::Method { receiver: Val::Obj(_), .. } => "method",
            // Lists are a subclass written in Python, some of whose methods are Python functions.
            Func::Method { receiver: Val::List(_), name } if &**name == "sort" => "method",
            Func::Method { .. } => "builtin_function_or_method",
            Func::Closure { type_name, .. } => type_name,
        }
    }

    /// Whether undefined arguments are handed to it.
    pub(crate) fn accepts_markers(&self) -> bool {
        match self {
            Func::Method { .. } => false,
            Func::Global { accepts_markers, .. } | Func::Closure { accepts_markers, .. } => *accepts_markers,
        }
    }
}

impl fmt::Debug for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Val::Bool(bool) => write!(f, "{bool}"),
            Val::Int(int) => write!(f, "{int}"),
            Val::Float(float) => write!(f, "{float}"),
            Val::Str(text) => write!(f, "{text:?}"),
            Val::Undef(marker) => write!(f, "undefined({})", marker.message()),
            other => write!(f, "<{}>", other.type_name()),
        }
    }
}

impl From<bool> for Val {
    fn from(bool: bool) -> Self {
        Val::Bool(bool)
    }
}
impl From<i64> for Val {
    fn from(int: i64) -> Self {
        Val::Int(int)
    }
}
impl From<usize> for Val {
    fn from(int: usize) -> Self {
        Val::int(int.into())
    }
}
impl From<f64> for Val {
    fn from(float: f64) -> Self {
        Val::Float(float)
    }
}
impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Val::Str(text.into())
    }
}
impl From<String> for Val {
    fn from(text: String) -> Self {
        Val::Str(text.into())
    }
}
impl From<Str> for Val {
    fn from(text: Str) -> Self {
        Val::Str(text)
    }
}
impl From<Vec<Val>> for Val {
    fn from(items: Vec<Val>) -> Self {
        Val::List(PyList::new(items))
    }
}
impl<T: Into<Val>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Self {
        value.map_or(Val::None, Into::into)
    }
}

pub(crate) use convert::{
    from_value as from_shared, is_template, looks_like_template, needs_rendering, settled,
};
pub(crate) use markup::escaped;
pub(crate) use number::{float as float_of, integer as integer_of, normal as normal_integer};
pub(crate) use slice::index as slice_index;
