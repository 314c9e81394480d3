//! Python's `re` for templates: patterns kept compiled, refusals as Python's exceptions.

use crate::{Budget, Fault, Res, ctx::text_fits};
use rplay_pyre::{Error, Pattern};
pub(crate) use rplay_pyre::{Flags, escape};
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// Patterns kept compiled per thread.
const CACHED: usize = 256;

thread_local! {
    static CACHE: RefCell<HashMap<(String, Flags), Rc<Pattern>>> = RefCell::default();
}

/// `re.compile`.
pub(crate) fn compile(pattern: &str, flags: Flags) -> Res<Rc<Pattern>> {
    let key = (pattern.to_owned(), flags);
    if let Some(found) = CACHE.with_borrow(|cache| cache.get(&key).cloned()) {
        return Ok(found);
    }
    let compiled = Rc::new(Pattern::new(pattern, flags)?);
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(key, compiled.clone());
    });
    Ok(compiled)
}

/// `re.subn`, at most `count` times unless that is 0. Each match counts against the budget.
pub(crate) fn sub(
    pattern: &Pattern,
    text: &str,
    replacement: &str,
    count: usize,
    budget: Budget<'_>,
) -> Res<(String, usize)> {
    pattern.subn_within(text, replacement, count, |bytes| {
        text_fits(bytes)?;
        budget.heavy()
    })
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Refused(_) | Error::Unsupported { .. } => Fault::raised("error", message),
            Error::UnknownGroup(_) => Fault::index_error(message),
            Error::GaveUp(_) => Fault::limit(message),
        }
    }
}
