//! `script`: runs a file of the controller on the host.

use super::{
    Action, ActionContext, Call, Step,
    arguments::{Kind, Spec},
};
use crate::{error::TaskError, task::Content};
use rplay_value::Value;

/// `script`: the module of that name gets the file's content with the call.
pub(super) struct Script;

const SPEC: Spec = Spec {
    exclusive: &["_raw_params", "cmd"],
    one_of: &["_raw_params", "cmd"],
    ..Spec::of(&[
        ("_raw_params", Kind::Raw),
        ("chdir", Kind::Text),
        ("cmd", Kind::Text),
        ("creates", Kind::Text),
        ("decrypt", Kind::Bool),
        ("executable", Kind::Text),
        ("removes", Kind::Text),
    ])
};

impl Action for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.check(&SPEC)?;
        let line = context.text("cmd").or_else(|| context.text("_raw_params")).unwrap_or_default();
        let (file, rest) = first_word(line.trim());
        let path = context.find("files", &file).map_err(TaskError::by_the_action)?;
        let mut args = context.args.clone();
        args.remove("_raw_params");
        args.insert("cmd", Value::from(format!("{file}{rest}")));
        args.insert("_content", "script".into());
        let mut call = Call::new("script", args);
        let content = Content::file(context.engine, path, context.bool("decrypt", true)?)?;
        call.content.push(("script".into(), content));
        Ok(Step::Call(call))
    }
}

/// The first word of a command line, unquoted, and the rest as it stands.
fn first_word(line: &str) -> (String, &str) {
    for quote in ['\'', '"'] {
        if let Some((word, rest)) = line.strip_prefix(quote).and_then(|line| line.split_once(quote)) {
            return (word.to_owned(), rest);
        }
    }
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    (line[..end].to_owned(), &line[end..])
}
