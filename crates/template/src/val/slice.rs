//! Python's slices and indexes.

use crate::{Ctx, Fault, Res, Val};
use num_traits::Signed;

/// The positions a slice selects from a sequence of `len` items.
pub(crate) fn positions(len: usize, start: &Val, stop: &Val, step: &Val) -> Res<Vec<usize>> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let step = bound(step)?.unwrap_or(1);
    if step == 0 {
        return Err(Fault::value_error("slice step cannot be zero"));
    }
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |index: i64| if index < 0 { index.saturating_add(len).max(low) } else { index.min(high) };
    let mut at = bound(start)?.map_or(if step > 0 { low } else { high }, clamp);
    let stop = bound(stop)?.map_or(if step > 0 { high } else { low }, clamp);
    let mut out = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        out.extend(usize::try_from(at));
        at = at.saturating_add(step);
    }
    Ok(out)
}

fn bound(value: &Val) -> Res<Option<i64>> {
    match value {
        Val::None => Ok(None),
        Val::Big(int) => Ok(Some(if int.is_negative() { i64::MIN / 2 } else { i64::MAX / 2 })),
        value => match value.as_int() {
            Some(int) => Ok(Some(int.clamp(i64::MIN / 2, i64::MAX / 2))),
            None => {
                Err(Fault::type_error("slice indices must be integers or None or have an __index__ method"))
            }
        },
    }
}

/// The place of a possibly negative index.
pub(crate) fn index(len: usize, index: i64) -> Option<usize> {
    let len = i64::try_from(len).ok()?;
    let index = if index < 0 { index + len } else { index };
    if (0..len).contains(&index) { usize::try_from(index).ok() } else { None }
}

impl Ctx<'_> {
    /// `value[start:stop:step]`; an undefined value for what cannot be sliced.
    pub(crate) fn slice(&mut self, value: &Val, bounds: [&Val; 3]) -> Res<Val> {
        self.plain_slice(value, bounds).map(|part| part.markup_if(value.is_markup()))
    }

    fn plain_slice(&mut self, value: &Val, bounds: [&Val; 3]) -> Res<Val> {
        let [start, stop, step] = bounds;
        match value {
            Val::Undef(_) => Ok(value.clone()),
            Val::Str(text) if text.is_ascii() => {
                let bytes = text.as_bytes();
                let picked = positions(bytes.len(), start, stop, step)?;
                Ok(Val::from(picked.into_iter().map(|at| char::from(bytes[at])).collect::<String>()))
            }
            Val::Str(text) => {
                let chars: Vec<char> = text.chars().collect();
                let picked = positions(chars.len(), start, stop, step)?;
                Ok(Val::from(picked.into_iter().map(|at| chars[at]).collect::<String>()))
            }
            Val::Bytes(bytes) => {
                let picked = positions(bytes.len(), start, stop, step)?;
                Ok(Val::Bytes(picked.into_iter().map(|at| bytes[at]).collect()))
            }
            Val::Tuple(items) => {
                let picked = positions(items.len(), start, stop, step)?;
                Ok(Val::tuple(picked.into_iter().map(|at| items[at].clone())))
            }
            Val::List(list) => {
                let mut out = Vec::new();
                for at in positions(list.len(), start, stop, step)? {
                    out.extend(list.get(self, at)?);
                }
                Ok(Val::from(out))
            }
            Val::Range(range) => {
                let picked = positions(range.len().min(crate::ctx::MAX_ITEMS), start, stop, step)?;
                let step = range.step.saturating_mul(bound(step)?.unwrap_or(1));
                let first = picked.first().and_then(|at| range.get(*at)).and_then(|first| first.as_int());
                let start = first.unwrap_or(range.start);
                let count = i64::try_from(picked.len()).unwrap_or(i64::MAX);
                let stop = start.saturating_add(step.saturating_mul(count));
                Ok(Val::Range(crate::Range { start, stop, step }))
            }
            Val::Dict(_) => Err(Fault::type_error("unhashable type: 'slice'")),
            other => Err(Fault::type_error(format!("'{}' object is not subscriptable", other.type_name()))),
        }
    }
}
