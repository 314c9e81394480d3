//! `vars_prompt`.

use crate::{engine::Engine, event::Diagnostic, run::RunError};
use rplay_playbook::{Play, VarsPrompt};
use rplay_value::{Dict, Value};
use std::io;

/// Asks the person at the terminal.
pub trait Prompt: Send + Sync {
    /// An answer to `question`, without showing it while it is typed if `private`. None where nobody can
    /// answer.
    ///
    /// # Errors
    /// When the terminal fails.
    fn ask(&self, question: &str, private: bool) -> io::Result<Option<String>>;

    /// The next line of standard input, be it a terminal or not; none at its end.
    ///
    /// # Errors
    /// When it cannot be read.
    fn line(&self) -> io::Result<Option<String>>;
}

/// The answers to a play's prompts. What extra variables already say is not asked.
pub(crate) fn ask(engine: &Engine, play: &Play) -> Result<Dict, RunError> {
    let mut answers = Dict::new();
    for prompt in &play.vars_prompt {
        if engine.settings.extra_vars.contains(&prompt.name) {
            continue;
        }
        let answer = answer(engine, prompt)?;
        let answer = if prompt.r#unsafe { answer } else { answer.with_trust(true) };
        answers.insert(prompt.name.clone(), answer);
    }
    Ok(answers)
}

fn answer(engine: &Engine, prompt: &VarsPrompt) -> Result<Value, RunError> {
    if prompt.encrypt.as_ref().is_some_and(Value::is_true) {
        return Err(content(format!("vars_prompt: 'encrypt' of {} is not yet supported", prompt.name)));
    }
    let default = prompt.default.clone().unwrap_or_default();
    let text = prompt.prompt.as_ref().map_or_else(|| prompt.name.to_string(), Value::to_text);
    let question = match &default {
        Value::None => format!("{text}: "),
        default => format!("{text} [{}]: ", default.to_text()),
    };
    loop {
        let Some(first) = one(engine, &question, prompt.private)? else {
            engine.warn("Not prompting as we are not in interactive mode", None);
            return Ok(default);
        };
        if prompt.confirm
            && one(engine, &format!("confirm {question}"), prompt.private)?.as_ref() != Some(&first)
        {
            engine.emit(crate::event::Event::Prompt("***** VALUES ENTERED DO NOT MATCH ****".into()));
            continue;
        }
        return Ok(if first.is_empty() { default } else { first.into() });
    }
}

fn one(engine: &Engine, question: &str, private: bool) -> Result<Option<String>, RunError> {
    engine.prompt.ask(question, private).map_err(|error| content(format!("cannot read the answer: {error}")))
}

fn content(message: String) -> RunError {
    RunError::Content(Diagnostic::new(message, None))
}
