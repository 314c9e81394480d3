//! Becoming another user: how to wrap a command, and what the wrapper's words mean.

mod doas;
mod su;
mod sudo;

use crate::error::BecomeError;
use crate::shell::random_word;
use crate::target::{Become, BecomeMethod};

/// One way of becoming another user.
pub(crate) trait Method: Send + Sync {
    /// The method's name, as in messages.
    fn name(&self) -> &'static str;

    /// The command line that runs `script` (for `/bin/sh -c`) as the other user. `prompt` is a
    /// random text to ask for the password with, where the tool lets one choose.
    fn command(&self, how: &Become, script: &str, prompt: &str) -> String;

    /// What the text printed so far means.
    fn judge(&self, how: &Become, text: &str, prompt: &str) -> Verdict;

    /// The reason of a failure that ended the command, from its words.
    fn failure(&self, text: &str) -> BecomeError {
        BecomeError::Refused { method: self.name(), words: last_lines(text) }
    }

    /// True when the tool only reads passwords from a terminal.
    fn needs_pty(&self, _how: &Become) -> bool {
        false
    }
}

/// Meaning of what a become tool printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing to do yet.
    Wait,
    /// It asks for the password.
    Asks,
    /// It refused.
    Refused(BecomeError),
}

/// The method meant by the target.
pub(crate) fn method(how: &Become) -> &'static dyn Method {
    match how.method {
        BecomeMethod::Sudo => &sudo::Sudo,
        BecomeMethod::Su => &su::Su,
        BecomeMethod::Doas => &doas::Doas,
    }
}

/// Text of a password prompt that no tool prints by chance.
pub(crate) fn random_prompt() -> std::io::Result<String> {
    Ok(format!("[rplay {}] password:", random_word()?))
}

/// The last words of a tool, on one line.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from = lines.len().saturating_sub(3);
    let words = lines.get(from..).unwrap_or_default().join(" / ");
    if words.is_empty() { "it ended without a word".to_owned() } else { words }
}

#[cfg(test)]
pub(crate) fn sample(method: BecomeMethod, password: bool) -> Become {
    let password = password.then(|| crate::Secret::new("pw"));
    Become { method, user: "app".into(), password, flags: None, exe: None, chdir: None, prompts: Vec::new() }
}
