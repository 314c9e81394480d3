//! `vars_prompt`.

use crate::{
    content::Layers,
    engine::Engine,
    event::{Diagnostic, Event},
    run::RunError,
};
use rplay_playbook::{Play, VarsPrompt};
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use std::{io, sync::Arc, time::Instant};

/// Hashes as the filter of that name does; `vars_prompt` has the names of its arguments.
const HASH: &str = "secret | password_hash(encrypt, salt=salt, salt_size=salt_size)";

/// Asks the person at the terminal.
pub trait Prompt: Send + Sync {
    /// An answer to `question`, without showing it while it is typed if `private`. None where nobody can
    /// answer.
    ///
    /// # Errors
    /// When the terminal fails; [`io::ErrorKind::Interrupted`] when the person wants to leave.
    fn ask(&self, question: &str, private: bool) -> io::Result<Option<String>>;

    /// Whether somebody sits at a terminal and can be asked.
    fn is_attended(&self) -> bool;

    /// What is typed at the terminal, key by key.
    ///
    /// # Errors
    /// When the terminal fails; [`io::ErrorKind::Interrupted`] when the run is to stop.
    fn typed(&self, wanted: &Typing<'_>) -> io::Result<Typed>;

    /// The next line of standard input, be it a terminal or not; none at its end.
    ///
    /// # Errors
    /// When it cannot be read.
    fn line(&self) -> io::Result<Option<String>>;
}

/// How keys are taken. Ctrl-C always leaves.
#[derive(Clone, Copy, Debug)]
pub struct Typing<'a> {
    /// Whether they show.
    pub echo: bool,
    /// Keys that complete the input, in lower case; without any only time does.
    pub complete: &'a [u8],
    /// Keys that leave, in lower case.
    pub leave: &'a [u8],
    /// When waiting ends.
    pub until: Option<Instant>,
}

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// This, up to a key that completes.
    Text(String),
    /// A key that leaves.
    Left,
    /// Nothing that counts in the given time.
    TimeUp,
}

/// The answers to a play's prompts, whose texts may use the variables of `scope`. What extra variables already
/// say is not asked.
pub(crate) fn ask(engine: &Engine, play: &Play, scope: &Arc<dyn Scope>) -> Result<Dict, RunError> {
    let mut answers = Dict::new();
    for prompt in &play.vars_prompt {
        if engine.settings.extra_vars.contains(&prompt.name) {
            continue;
        }
        let asked = Asked::new(engine, prompt, scope)?;
        let answer = Value::from(asked.answer(engine)?);
        let answer = if prompt.r#unsafe { answer } else { answer.with_trust(true) };
        answers.insert(prompt.name.clone(), answer);
    }
    Ok(answers)
}

/// A prompt with its templates rendered.
struct Asked<'a> {
    prompt: &'a VarsPrompt,
    question: String,
    default: Option<String>,
    encrypt: Value,
    salt: Value,
}

impl<'a> Asked<'a> {
    fn new(engine: &Engine, prompt: &'a VarsPrompt, scope: &Arc<dyn Scope>) -> Result<Self, RunError> {
        let rendered = |value: &Option<Value>| -> Result<Value, RunError> {
            let Some(value) = value else { return Ok(Value::None) };
            let rendered = engine.templar.render(scope, value).map_err(crate::error::TaskError::from);
            Ok(rendered.map_err(|error| content(error.summary()))?.unwrap_or_default())
        };
        let text = match &prompt.prompt {
            None => prompt.name.to_string(),
            given => rendered(given)?.to_text(),
        };
        let default = Some(rendered(&prompt.default)?).filter(|value| !value.is_none());
        let default = default.map(|value| value.to_text());
        let question = match (&default, text.is_empty()) {
            (_, true) => format!("input for {}: ", prompt.name),
            (Some(default), false) => format!("{text} [{default}]: "),
            (None, false) => format!("{text}: "),
        };
        Ok(Self {
            prompt,
            question,
            default,
            encrypt: rendered(&prompt.encrypt)?,
            salt: rendered(&prompt.salt)?,
        })
    }

    fn answer(&self, engine: &Engine) -> Result<String, RunError> {
        let answer = self.typed(engine)?;
        if answer.is_none() {
            engine.warn("Not prompting as we are not in interactive mode", None);
        }
        let answer = answer.filter(|answer| !answer.is_empty() || self.default.is_none());
        let Some(answer) = answer.or_else(|| self.default.clone()) else {
            // What Python makes of no answer at all.
            return if self.encrypt.is_true() {
                Err(content(format!("vars_prompt: there is no answer for '{}' to hash", self.prompt.name)))
            } else {
                Ok("None".into())
            };
        };
        if self.encrypt.is_true() { self.hashed(engine, answer) } else { Ok(answer) }
    }

    /// What the person typed; asked again until it is confirmed.
    fn typed(&self, engine: &Engine) -> Result<Option<String>, RunError> {
        loop {
            let first = one(engine, &self.question, self.prompt.private)?;
            if first.is_none() || !self.prompt.confirm {
                return Ok(first);
            }
            let again = one(engine, &format!("confirm {}", self.question), self.prompt.private)?;
            if first == again {
                return Ok(first);
            }
            engine.emit(Event::Prompt("***** VALUES ENTERED DO NOT MATCH ****".into()));
        }
    }

    fn hashed(&self, engine: &Engine, answer: String) -> Result<String, RunError> {
        let mut vars = Dict::new();
        vars.insert("secret", answer.into());
        vars.insert("encrypt", self.encrypt.clone());
        vars.insert("salt", self.salt.clone());
        vars.insert("salt_size", self.prompt.salt_size.map_or(Value::None, Value::from));
        let scope: Arc<dyn Scope> = Arc::new(Layers(vec![Arc::new(vars)]));
        let hashed = engine.templar.expression(&scope, &Str::trusted(HASH));
        hashed.map(|value| value.to_text()).map_err(|error| {
            let cause = error.cause.map_or(error.message, |cause| cause.message);
            content(format!("vars_prompt: '{}' cannot be hashed: {cause}", self.prompt.name))
        })
    }
}

fn one(engine: &Engine, question: &str, private: bool) -> Result<Option<String>, RunError> {
    engine.prompt.ask(question, private).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => RunError::Interrupted,
        _ => content(format!("cannot read the answer: {error}")),
    })
}

fn content(message: String) -> RunError {
    RunError::Content(Diagnostic::new(message, None))
}
