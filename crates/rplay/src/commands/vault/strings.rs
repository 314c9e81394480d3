//! `encrypt_string`.

use super::{
    Session, failed,
    files::Place,
    options::{Action, EncryptString},
    target, unusable,
};
use crate::{Failure, prompt};
use rplay_engine::Prompt;
use std::io::{IsTerminal, stdout};
use zeroize::Zeroizing;

/// Columns the digits are indented by.
const INDENT: usize = 10;

/// A string to encrypt.
struct Plain {
    text: Zeroizing<Vec<u8>>,
    source: &'static str,
    name: Option<String>,
}

impl EncryptString {
    fn reads_stdin(&self) -> bool {
        self.strings.iter().any(|text| text == "-")
            || self.stdin_name.is_some()
            || (self.strings.is_empty() && !self.prompt)
    }
}

/// Refuses what cannot be together, before any password is asked for.
pub(super) fn check(action: &Action) -> Result<(), Failure> {
    match action {
        Action::EncryptString(action) if action.prompt && action.reads_stdin() => {
            Err(unusable("The --prompt option is not supported if also reading input from stdin"))
        }
        _ => Ok(()),
    }
}

impl Session {
    pub(super) fn encrypt_string(&mut self, action: &EncryptString) -> Result<(), Failure> {
        let mut list = Vec::new();
        if action.prompt {
            list.push(asked(action.show_input)?);
        }
        if action.reads_stdin() {
            list.push(self.from_stdin(action)?);
        }
        self.from_arguments(action, &mut list)?;
        let mut out = String::new();
        for (index, plain) in list.iter().enumerate() {
            let text = self.keyring.seal(&plain.text)?;
            if list.len() > 1 {
                self.screen.note(&heading(plain, index + 1));
            }
            out.push_str(&block(&text, plain.name.as_deref()));
        }
        let target = target(action.output.output.as_deref(), &Place::Standard)?;
        target.write(out.as_bytes(), true, &mut self.screen)?;
        self.done("Encryption successful");
        Ok(())
    }

    fn from_stdin(&mut self, action: &EncryptString) -> Result<Plain, Failure> {
        let shown = stdout().is_terminal();
        if shown {
            self.screen.note(
                "Reading plaintext input from stdin. (ctrl-d to end input, twice if your content does not already \
                 have a newline)",
            );
        }
        let text = Zeroizing::new(Place::Standard.read()?);
        if text.is_empty() {
            return Err(unusable("stdin was empty, not encrypting"));
        }
        if shown && !text.ends_with(b"\n") {
            self.screen.raw("\n");
        }
        Ok(Plain { text, source: "stdin", name: action.stdin_name.clone() })
    }

    /// Names go to strings in order; strings left over have none.
    fn from_arguments(&mut self, action: &EncryptString, list: &mut Vec<Plain>) -> Result<(), Failure> {
        let strings: Vec<&String> = action.strings.iter().filter(|text| *text != "-").collect();
        if let Some(last) = action.name.last().filter(|_| strings.len() > action.name.len()) {
            self.screen.note("The number of --name options do not match the number of args.");
            self.screen
                .note(&format!("The last named variable will be \"{last}\". The rest will not have names."));
        }
        for (index, text) in strings.into_iter().enumerate() {
            if text.is_empty() {
                return Err(unusable(
                    "The plaintext provided from the command line args was empty, not encrypting",
                ));
            }
            let (text, name) = (text.as_bytes().to_vec().into(), action.name.get(index).cloned());
            list.push(Plain { text, source: "the command line args", name });
        }
        Ok(())
    }
}

fn asked(show: bool) -> Result<Plain, Failure> {
    let name = shown("Variable name (enter for no name): ")?;
    let text = match show {
        true => shown("String to encrypt:")?.into(),
        false => prompt::password("String to encrypt (hidden): ")?.unwrap_or_default(),
    };
    if text.is_empty() {
        return Err(unusable("The plaintext provided from the prompt was empty, not encrypting"));
    }
    let text = Zeroizing::new(text.as_bytes().to_vec());
    Ok(Plain { text, source: "the interactive prompt", name: Some(name).filter(|name| !name.is_empty()) })
}

/// An answer typed in sight; without a terminal the next line of standard input.
fn shown(question: &str) -> Result<String, Failure> {
    match prompt::Terminal.ask(question, false) {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Ok(prompt::password(question)?.map(|answer| answer.to_string()).unwrap_or_default()),
        Err(error) => Err(failed(format!("{question}the answer cannot be read: {error}"))),
    }
}

/// Tells several results apart, on standard error.
fn heading(plain: &Plain, number: usize) -> String {
    match &plain.name {
        Some(name) => format!(
            "# The encrypted version of variable (\"{name}\", the string #{number} from {}).",
            plain.source
        ),
        None => format!("# The encrypted version of the string #{number} from {}.)", plain.source),
    }
}

/// A vault text as a YAML block.
fn block(text: &str, name: Option<&str>) -> String {
    let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
    let lines = text.lines().map(|line| format!("{:INDENT$}{line}\n", ""));
    std::iter::once(format!("{name}!vault |\n")).chain(lines).collect()
}
