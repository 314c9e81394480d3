//! `debconf`: answers to what Debian packages ask.

use crate::args::{Choice, Map, ModuleArgs, Value, repr, str_of};
use crate::{Diff, Failure, ModuleResult, Plan, System};

/// Set the answer to a package's question.
#[derive(Clone, Debug, ModuleArgs)]
#[args(required_together("question", "vtype", "value"))]
pub(crate) struct Args {
    /// The package.
    #[arg(alias = "pkg")]
    name: String,
    /// The question; left out: the answers there are.
    #[arg(aliases("selection", "setting"))]
    question: Option<String>,
    /// The question's type.
    vtype: Option<Kind>,
    /// The answer.
    #[arg(alias = "answer")]
    value: Option<Value>,
    /// Leave the question marked as not asked yet.
    #[arg(default = false)]
    unseen: bool,
}

/// The question's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Kind {
    Boolean,
    Error,
    Multiselect,
    Note,
    Password,
    Seen,
    Select,
    String,
    Text,
    Title,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let answers = answers(&args.name, sys)?;
    let wanted = args.vtype.zip(args.value.as_ref().filter(|value| !value.is_null()));
    let Some(question) = &args.question else {
        return Ok(Plan::done(ModuleResult::unchanged().with("msg", "").with("current", answers)));
    };
    let Some((kind, value)) = wanted else {
        return Err("when supplying a question you must supply a valid vtype and value".into());
    };
    let value = normal(kind, value)?;
    let known = answers.get(question).map(str_of);
    let same = match (&known, kind) {
        (None, _) => false,
        (Some(_), Kind::Password) => password(&args.name, question, sys)? == Some(line(&value)),
        (Some(known), Kind::Boolean) => Value::from(known.to_lowercase()) == value,
        (Some(known), _) => match &value {
            Value::Array(_) => sorted(known.split(',').map(|part| part.trim().to_owned())) == value,
            value => Value::from(known.as_str()) == *value,
        },
    };
    if same {
        return Ok(Plan::done(ModuleResult::unchanged().with("msg", "").with("current", answers)));
    }
    let entry = |value: Value| Map::from_iter([(question.clone(), value)]);
    let previous = entry(known.unwrap_or_default().into());
    let current = entry(if sys.check_mode() { value.clone() } else { line(&value).into() });
    let diff = Diff::new(previous.clone(), current.clone());
    let result = ModuleResult::changed().with("msg", "").with("current", current).with("previous", previous);
    let selection = format!("{} {question} {} {}", args.name, kind.as_str(), line(&value));
    Ok(Plan::change(result.with_diff(diff), move |sys, result| {
        let mut words = vec![sys.require_bin("debconf-set-selections")?];
        if args.unseen {
            words.push("-u".to_owned());
        }
        let output = sys.command(words).stdin(format!("{selection}\n")).run()?;
        if output.rc != 0 {
            return Err(Failure::new(output.stderr_text()));
        }
        Ok(result.with("msg", output.stdout_text()))
    }))
}

/// The value as it is compared and stored.
fn normal(kind: Kind, value: &Value) -> Result<Value, Failure> {
    match (kind, value) {
        (Kind::Boolean, value) => Ok(str_of(value).to_lowercase().into()),
        (Kind::Multiselect, Value::Array(parts)) => match parts.iter().find(|part| !part.is_string()) {
            None => Ok(sorted(parts.iter().map(str_of))),
            Some(odd) => Err(Failure::new(format!(
                "Invalid value provided for 'multiselect': {} is no string",
                repr(odd)
            ))),
        },
        (_, Value::String(_)) => Ok(value.clone()),
        (_, other) => Err(Failure::new(format!(
            "the value of a {} has to be a string, not {}",
            kind.as_str(),
            repr(other)
        ))),
    }
}

fn sorted(parts: impl Iterator<Item = String>) -> Value {
    let mut parts: Vec<String> = parts.collect();
    parts.sort();
    parts.into()
}

fn line(value: &Value) -> String {
    match value {
        Value::Array(parts) => parts.iter().map(str_of).collect::<Vec<_>>().join(", "),
        value => str_of(value),
    }
}

/// The package's answers by question.
fn answers(package: &str, sys: &System) -> Result<Map, Failure> {
    let output = sys.command([sys.require_bin("debconf-show")?, package.to_owned()]).run()?;
    if output.rc != 0 {
        return Err(Failure::new(output.stderr_text()));
    }
    Ok(parse(&output.stdout_text()))
}

fn parse(text: &str) -> Map {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs
        .map(|(question, answer)| (question.trim_matches('*').trim().to_owned(), answer.trim().into()))
        .collect()
}

/// The stored password, which `debconf-show` does not tell.
fn password(package: &str, question: &str, sys: &System) -> Result<Option<String>, Failure> {
    let output = sys.command([sys.require_bin("debconf-get-selections")?]).run()?;
    if output.rc != 0 {
        let why = output.stderr_text();
        return Err(Failure::new(format!("Failed to get the value '{question}' from '{package}': {why}")));
    }
    let text = output.stdout_text();
    let mut lines = text.lines().filter(|line| line.starts_with(package)).map(|line| line.split('\t'));
    Ok(lines.find_map(|mut fields| match (fields.nth(1), fields.next(), fields.next()) {
        (Some(found), Some("password"), value) if found == question => {
            Some(value.unwrap_or_default().to_owned())
        }
        _ => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::{Kind, normal, parse};
    use serde_json::json;

    #[test]
    fn answers_are_read_by_question() {
        let text = "  tzdata/Zones/Etc: UTC\n* locales/default: None\n  a/b:\n";
        assert_eq!(
            json!(parse(text)),
            json!({"tzdata/Zones/Etc": "UTC", "locales/default": "None", "a/b": ""})
        );
    }

    #[test]
    fn values_are_compared_as_debconf_has_them() {
        let normal = |kind, value| normal(kind, &value).map_err(|failure| failure.msg().to_owned());
        assert_eq!(normal(Kind::Boolean, json!(true)), Ok(json!("true")));
        assert_eq!(normal(Kind::Multiselect, json!(["b", "a"])), Ok(json!(["a", "b"])));
        assert_eq!(normal(Kind::Select, json!("x")), Ok(json!("x")));
        assert!(normal(Kind::Multiselect, json!([1])).is_err());
        assert!(normal(Kind::String, json!(["x"])).is_err());
    }
}
