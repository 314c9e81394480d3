//! What led to an error: the variables a template went through, the includes a task came by.

use crate::tree::Parent;
use rplay_template::{Binding, Scope, TemplateError};
use rplay_value::{Origin, Value};
use std::fmt::Write;

/// Longer templates are cut: they are there to be recognised.
const SHOWN: usize = 160;

/// Where each variable between the template and the failure is defined, one a line; nothing when the template
/// itself failed.
pub(crate) fn variables(error: &TemplateError, scope: &dyn Scope) -> Option<String> {
    let mut out = String::new();
    let cause = error.cause.as_ref().map_or(error.message.as_str(), |cause| cause.message.as_str());
    for (index, name) in error.chain.iter().enumerate() {
        let (place, text) = definition(scope, name);
        let place = place.map_or(String::new(), |origin| format!(" at {origin}"));
        let text = text.map_or(String::new(), |text| format!(" as {text}"));
        let uses = match (error.chain.get(index + 1), undefined(cause)) {
            (Some(next), _) => format!(", which uses '{next}'"),
            (None, Some(missing)) => format!(", which uses the undefined '{missing}'"),
            (None, None) => String::new(),
        };
        let _ = writeln!(out, "'{name}' is defined{place}{text}{uses}");
    }
    (!out.is_empty()).then(|| out.trim_end().to_owned())
}

/// The name in `'x' is undefined`.
pub(crate) fn undefined(message: &str) -> Option<&str> {
    let (_, name) = message.strip_suffix("' is undefined")?.rsplit_once('\'')?;
    Some(name)
}

fn definition(scope: &dyn Scope, name: &str) -> (Option<Origin>, Option<String>) {
    let Some(Binding::Value(Value::Str(text)) | Binding::In(Value::Str(text), _)) = scope.lookup(name) else {
        return (None, None);
    };
    let shown = (!text.is_secret()).then(|| cut(text.as_str()));
    (text.origin().filter(|origin| origin.line > 0).cloned(), shown)
}

fn cut(text: &str) -> String {
    let line = text.trim().replace('\n', "\\n");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("\"{}…\"", &line[..end]),
        None => format!("\"{line}\""),
    }
}

/// How a task came into the play: its includes, innermost first; nothing for one that stands in the play.
pub(crate) fn includes(parent: &Parent) -> Option<String> {
    let lines: Vec<String> =
        parent.included.iter().rev().map(|(what, at)| format!("{what} at {at}")).collect();
    (!lines.is_empty()).then(|| format!("The task was reached through\n  {}", lines.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Layers;
    use rplay_template::ErrorKind;
    use rplay_value::{Dict, Key, Str, Tag};
    use std::sync::Arc;

    fn templated(text: &str, line: u32) -> Value {
        let origin = Origin { file: "group_vars/all.yml".into(), line, column: 4 };
        Value::Str(Str::tagged(text, Tag { trusted: true, origin: Some(origin), ..Tag::default() }))
    }

    #[test]
    fn every_variable_on_the_way_is_told_with_its_place() {
        let vars: Dict = [("a", templated("x {{ b }}", 1)), ("b", templated("{{ c.d }}", 2))]
            .into_iter()
            .map(|(key, value)| (Key::from(key), value))
            .collect();
        let scope = Layers(vec![Arc::new(vars)]);
        let mut error = TemplateError::new(ErrorKind::Undefined, "'c' is undefined");
        assert_eq!(variables(&error, &scope), None);
        error.chain = vec!["a".into(), "b".into()];
        assert_eq!(
            variables(&error, &scope).unwrap(),
            "'a' is defined at group_vars/all.yml:1:4 as \"x {{ b }}\", which uses 'b'\n\
             'b' is defined at group_vars/all.yml:2:4 as \"{{ c.d }}\", which uses the undefined 'c'"
        );
    }

    #[test]
    fn includes_are_told_innermost_first() {
        let mut parent = Parent::default();
        assert_eq!(includes(&parent), None);
        parent.included =
            vec![("include_tasks".into(), "p.yml:4:7".into()), ("include_role".into(), "inc.yml:1:3".into())];
        assert_eq!(
            includes(&parent).unwrap(),
            "The task was reached through\n  include_role at inc.yml:1:3\n  include_tasks at p.yml:4:7"
        );
    }
}
