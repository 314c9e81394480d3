//! Python's comparisons.

use super::number;
use crate::{Ctx, Fault, HashKey, Res, Val};
use std::cmp::Ordering;

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

impl CompareOp {
    fn symbol(self) -> &'static str {
        match self {
            CompareOp::Eq => "==",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
            CompareOp::In => "in",
            CompareOp::NotIn => "not in",
        }
    }

    fn accepts(self, order: Ordering) -> bool {
        match self {
            CompareOp::Lt => order.is_lt(),
            CompareOp::Le => order.is_le(),
            CompareOp::Gt => order.is_gt(),
            CompareOp::Ge => order.is_ge(),
            _ => false,
        }
    }
}

impl Ctx<'_> {
    /// The result of a comparison.
    pub fn compare(&mut self, op: CompareOp, a: &Val, b: &Val) -> Res<bool> {
        match op {
            CompareOp::Eq => self.equal(a, b),
            CompareOp::Ne => self.equal(a, b).map(|equal| !equal),
            CompareOp::In => self.contains(b, a),
            CompareOp::NotIn => self.contains(b, a).map(|found| !found),
            _ => self.ordered(op, a, b),
        }
    }

    /// Python's `a < b`.
    pub fn less(&mut self, a: &Val, b: &Val) -> Res<bool> {
        self.ordered(CompareOp::Lt, a, b)
    }

    /// Sorts by Python's `<`; stable. The first failing comparison ends it.
    pub fn sort_by_key<T>(&mut self, items: &mut [T], key: impl Fn(&T) -> &Val) -> Res<()> {
        let mut fault = None;
        items.sort_by(|a, b| {
            if fault.is_some() {
                return Ordering::Equal;
            }
            // The sort hands the later item in first, and "is it less" is what Python asks.
            match self.less(key(a), key(b)) {
                Ok(true) => Ordering::Less,
                Ok(false) => match self.less(key(b), key(a)) {
                    Ok(true) => Ordering::Greater,
                    Ok(false) => Ordering::Equal,
                    Err(error) => {
                        fault = Some(error);
                        Ordering::Equal
                    }
                },
                Err(error) => {
                    fault = Some(error);
                    Ordering::Equal
                }
            }
        });
        fault.map_or(Ok(()), Err)
    }

    /// Python's `a == b`.
    pub fn equal(&mut self, a: &Val, b: &Val) -> Res<bool> {
        self.meter().steps(1)?;
        match (a, b) {
            (Val::Undef(marker), _) | (_, Val::Undef(marker)) => Err(marker.trip()),
            (Val::Str(a), Val::Str(b)) => Ok(a == b),
            (Val::None, Val::None) | (Val::Omit, Val::Omit) => Ok(true),
            (Val::List(x), Val::List(y)) => {
                if x.is_same(y) {
                    return Ok(true);
                }
                if x.len() != y.len() {
                    return Ok(false);
                }
                let (x, y) = (x.items(self)?, y.items(self)?);
                self.deeper(|ctx| ctx.equal_items(&x, &y))
            }
            (Val::Tuple(x), Val::Tuple(y)) => {
                if x.len() != y.len() {
                    return Ok(false);
                }
                self.deeper(|ctx| ctx.equal_items(x, y))
            }
            (Val::Dict(x), Val::Dict(y)) => {
                if x.is_same(y) {
                    return Ok(true);
                }
                if x.len() != y.len() {
                    return Ok(false);
                }
                self.deeper(|ctx| ctx.equal_dicts(x, y))
            }
            (Val::Bytes(a), Val::Bytes(b)) => Ok(a == b),
            (Val::Range(a), Val::Range(b)) => Ok(a == b),
            (Val::Date(a), Val::Date(b)) => Ok(a == b),
            (Val::DateTime(a), Val::DateTime(b)) => Ok(a == b),
            (Val::Delta(a), Val::Delta(b)) => Ok(a == b),
            _ => Ok(number::equal(a, b).unwrap_or_else(|| a.is_same(b))),
        }
    }

    fn equal_items(&mut self, a: &[Val], b: &[Val]) -> Res<bool> {
        for (a, b) in a.iter().zip(b) {
            if !self.equal(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_dicts(&mut self, a: &crate::PyDict, b: &crate::PyDict) -> Res<bool> {
        for key in a.keys() {
            let Some(theirs) = b.get(self, &key)? else { return Ok(false) };
            let Some(ours) = a.get(self, &key)? else { return Ok(false) };
            if !self.equal(&ours, &theirs)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ordered(&mut self, op: CompareOp, a: &Val, b: &Val) -> Res<bool> {
        match (a, b) {
            (Val::Undef(marker), _) | (_, Val::Undef(marker)) => Err(marker.trip()),
            (Val::Str(a), Val::Str(b)) => Ok(op.accepts(a.as_str().cmp(b.as_str()))),
            (Val::Bytes(a), Val::Bytes(b)) => Ok(op.accepts(a.cmp(b))),
            (Val::Date(a), Val::Date(b)) => Ok(op.accepts(a.cmp(b))),
            (Val::Delta(a), Val::Delta(b)) => Ok(op.accepts(a.cmp(b))),
            (Val::DateTime(x), Val::DateTime(y)) => match (x.offset, y.offset) {
                (None, None) => Ok(op.accepts(x.civil.cmp(&y.civil))),
                (Some(_), Some(_)) => Ok(op.accepts(super::ops::instant(x).cmp(&super::ops::instant(y)))),
                _ => Err(Fault::type_error("can't compare offset-naive and offset-aware datetimes")),
            },
            (Val::List(x), Val::List(y)) => {
                let (x, y) = (x.items(self)?, y.items(self)?);
                self.deeper(|ctx| ctx.ordered_items(op, &x, &y))
            }
            (Val::Tuple(x), Val::Tuple(y)) => self.deeper(|ctx| ctx.ordered_items(op, x, y)),
            _ => {
                let is_number = |v: &Val| v.is_integer() || matches!(v, Val::Float(_));
                if is_number(a) && is_number(b) {
                    return Ok(number::order(a, b).is_some_and(|order| op.accepts(order)));
                }
                Err(Fault::type_error(format!(
                    "'{}' not supported between instances of '{}' and '{}'",
                    op.symbol(),
                    a.type_name(),
                    b.type_name()
                )))
            }
        }
    }

    fn ordered_items(&mut self, op: CompareOp, a: &[Val], b: &[Val]) -> Res<bool> {
        for (a, b) in a.iter().zip(b) {
            if !self.equal(a, b)? {
                return self.ordered(op, a, b);
            }
        }
        Ok(op.accepts(a.len().cmp(&b.len())))
    }

    /// Python's `item in container`.
    pub fn contains(&mut self, container: &Val, item: &Val) -> Res<bool> {
        match (container, item) {
            (Val::Undef(marker), _) => Err(marker.trip()),
            (Val::Str(text), Val::Str(part)) => Ok(text.contains(part.as_str())),
            (Val::Str(_), _) => Err(Fault::type_error(format!(
                "'in <string>' requires string as left operand, not {}",
                item.type_name()
            ))),
            (Val::Dict(_) | Val::Range(_), Val::Undef(marker)) => Err(marker.trip()),
            (Val::Dict(dict), item) => Ok(dict.contains(&HashKey::new(item.clone())?)),
            (Val::Range(range), item) => match number::integer(item) {
                Some(int) => Ok(i64::try_from(int).is_ok_and(|int| range.contains(int))),
                None => Ok(matches!(item, Val::Float(float)
                    if float.fract() == 0.0 && range.contains(*float as i64))),
            },
            (Val::List(list), item) => {
                let mut index = 0;
                while let Some(found) = list.get(self, index)? {
                    if found.is_same(item) || self.equal(&found, item)? {
                        return Ok(true);
                    }
                    index += 1;
                }
                Ok(false)
            }
            (Val::Tuple(items), item) => {
                for found in items.iter() {
                    if found.is_same(item) || self.equal(found, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (Val::Bytes(bytes), Val::Bytes(part)) => {
                Ok(part.is_empty() || bytes.windows(part.len()).any(|window| window == &**part))
            }
            (Val::Bytes(bytes), Val::Int(byte)) => Ok(bytes.iter().any(|b| i64::from(*b) == *byte)),
            (Val::Obj(obj), item) => match obj.items(self)? {
                Some(items) => self.contains(&Val::tuple(items), item),
                None => Err(not_iterable(container)),
            },
            _ => Err(not_iterable(container)),
        }
    }
}

fn not_iterable(container: &Val) -> Fault {
    Fault::type_error(format!("argument of type '{}' is not iterable", container.type_name()))
}
