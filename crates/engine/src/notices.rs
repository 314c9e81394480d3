//! What is told while a task runs on a host: it goes into the task's result instead of being shown at once.

use crate::event::{Notice, NoticeKind, Owner, Removal};
use rplay_value::{Dict, Value};
use std::cell::RefCell;

const WARNINGS: &str = "warnings";
const DEPRECATIONS: &str = "deprecations";

thread_local! {
    /// One list for each [`hear`] under way on this thread.
    static HEARD: RefCell<Vec<Vec<Notice>>> = const { RefCell::new(Vec::new()) };
}

/// Ends the listening also when the work panics.
struct Listening;

impl Listening {
    fn begin() -> Self {
        HEARD.with_borrow_mut(|lists| lists.push(Vec::new()));
        Self
    }

    fn end(self) -> Vec<Notice> {
        HEARD.with_borrow_mut(|lists| lists.last_mut().map(std::mem::take)).unwrap_or_default()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        HEARD.with_borrow_mut(Vec::pop);
    }
}

/// Runs `work`; what is told on this thread meanwhile is returned.
pub(crate) fn hear<T>(work: impl FnOnce() -> T) -> (T, Vec<Notice>) {
    let listening = Listening::begin();
    let done = work();
    (done, listening.end())
}

/// Hands a notice to who listens on this thread; it comes back when nobody does.
pub(crate) fn overheard(notice: Notice) -> Option<Notice> {
    HEARD.with_borrow_mut(|lists| match lists.last_mut() {
        Some(list) => {
            list.push(notice);
            None
        }
        None => Some(notice),
    })
}

/// Puts what was heard into a result, before what its module or action told itself, each once. All of it, as
/// outputs show it.
pub(crate) fn settle(result: &mut Dict, heard: Vec<Notice>) -> Vec<Notice> {
    let mut all: Vec<Notice> = Vec::new();
    for notice in heard.into_iter().chain(told(result)) {
        if !all.contains(&notice) {
            all.push(notice);
        }
    }
    register(result, &all);
    all
}

/// The notices of a result that came from elsewhere, taken out of it.
fn told(result: &mut Dict) -> Vec<Notice> {
    let mut list = |key| match result.remove(key) {
        Some(Value::List(items)) => items.to_vec(),
        _ => Vec::new(),
    };
    let warnings = list(WARNINGS);
    let deprecations = list(DEPRECATIONS);
    let warnings = warnings.iter().map(|warning| Notice::warning(warning.to_text(), None));
    warnings.chain(deprecations.iter().map(deprecation)).collect()
}

/// The notices as registered results hold them.
fn register(result: &mut Dict, notices: &[Notice]) {
    let (mut warnings, mut deprecations) = (Vec::new(), Vec::new());
    for notice in notices {
        match &notice.kind {
            NoticeKind::Warning => warnings.push(Value::from(notice.message.clone())),
            NoticeKind::Deprecation(removal) => deprecations.push(dictionary(&notice.message, removal)),
        }
    }
    for (key, list) in [(WARNINGS, warnings), (DEPRECATIONS, deprecations)] {
        if !list.is_empty() {
            result.insert(key, Value::list(list));
        }
    }
}

/// Takes the notices out of the results of a loop's items: they belong to the result of the whole.
pub(crate) fn gather(items: &mut [Dict]) -> Vec<(&'static str, Vec<Value>)> {
    let mut gathered = Vec::new();
    for key in [WARNINGS, DEPRECATIONS] {
        let mut list = Vec::new();
        for item in items.iter_mut() {
            if let Some(Value::List(told)) = item.remove(key) {
                list.extend(told.iter().cloned());
            }
        }
        if !list.is_empty() {
            gathered.push((key, list));
        }
    }
    gathered
}

fn deprecation(told: &Value) -> Notice {
    let text = |key| told.get(key).filter(|value| !matches!(value, Value::None)).map(Value::to_text);
    let deprecator = told.get("deprecator").and_then(|owner| {
        let kind = owner.get("type").and_then(Value::as_str).map(str::to_owned);
        Some(Owner { name: owner.get("resolved_name")?.to_text(), kind })
    });
    let owner = deprecator.or_else(|| text("collection_name").map(|name| Owner { name, kind: None }));
    let removal = Removal { version: text("version"), date: text("date"), owner };
    let message = text("msg").unwrap_or_else(|| told.to_text());
    Notice { kind: NoticeKind::Deprecation(removal), ..Notice::warning(message, None) }
}

fn dictionary(message: &str, removal: &Removal) -> Value {
    let optional = |text: &Option<String>| text.clone().map_or(Value::None, Value::from);
    let owner = removal.owner.as_ref();
    let mut dict = Dict::new();
    dict.insert("msg", message.into());
    dict.insert("collection_name", owner.map_or(Value::None, |owner| owner.collection().into()));
    match &removal.date {
        Some(date) => dict.insert("date", date.clone().into()),
        None => dict.insert("version", optional(&removal.version)),
    };
    let deprecator = owner.map_or(Value::None, |owner| {
        Value::dict([("resolved_name", owner.name.clone().into()), ("type", optional(&owner.kind))])
    });
    dict.insert("deprecator", deprecator);
    dict.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_while_work_is_heard_is_not_shown() {
        let notice = || Notice::warning("odd", None);
        let ((), heard) = hear(|| {
            assert!(overheard(notice()).is_none());
            let ((), inner) = hear(|| assert!(overheard(notice()).is_none()));
            assert_eq!(inner.len(), 1);
        });
        assert_eq!(heard, [notice()]);
        assert_eq!(overheard(notice()), Some(notice()));
    }

    #[test]
    fn a_panic_ends_the_listening() {
        let caught = std::panic::catch_unwind(|| hear(|| std::panic::resume_unwind(Box::new(()))));
        assert!(caught.is_err());
        assert!(overheard(Notice::warning("odd", None)).is_some());
    }

    #[test]
    fn results_hold_each_notice_once_and_in_ansible_cores_shape() {
        let mut result = Dict::new();
        result.insert("warnings", Value::list(["a".into(), "b".into(), "a".into()]));
        let old = Value::dict([("msg", "old".into()), ("collection_name", Value::from("c.d"))]);
        result.insert("deprecations", Value::list([old]));
        let all = settle(&mut result, vec![Notice::warning("b", None)]);
        assert_eq!(all.len(), 3);
        assert_eq!(result.get("warnings"), Some(&Value::list(["b".into(), "a".into()])));
        let wanted = Value::dict([
            ("msg", "old".into()),
            ("collection_name", "c.d".into()),
            ("version", Value::None),
            ("deprecator", Value::dict([("resolved_name", "c.d".into()), ("type", Value::None)])),
        ]);
        assert_eq!(result.get("deprecations"), Some(&Value::list([wanted])));
    }
}
