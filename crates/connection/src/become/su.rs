//! `su`, fed its password on standard input (PAM reads it there when there is no terminal).

use crate::r#become::{Method, Verdict};
use crate::error::BecomeError;
use crate::shell::quote;
use crate::target::Become;

pub(crate) struct Su;

const NAME: &str = "su";

/// What implementations of `su` say when the password is wrong.
const WRONG: [&str; 3] = ["Authentication failure", "incorrect password", "Sorry"];

impl Method for Su {
    fn name(&self) -> &'static str {
        NAME
    }

    fn command(&self, how: &Become, script: &str, _prompt: &str) -> String {
        let exe = how.exe.as_deref().unwrap_or("su");
        let flags = how.flags.as_deref().filter(|flags| !flags.is_empty());
        let flags = flags.map_or_else(String::new, |flags| format!("{flags} "));
        // The user's own shell may be anything (nologin, fish): it only has to start sh.
        let inner = format!("exec /bin/sh -c {}", quote(script));
        format!("exec env LC_ALL=C {exe} {flags}{} -c {}", quote(&how.user), quote(&inner))
    }

    fn judge(&self, how: &Become, text: &str, _prompt: &str) -> Verdict {
        if WRONG.iter().any(|words| text.contains(words)) {
            let error = match how.password {
                Some(_) => BecomeError::Incorrect { method: NAME },
                None => BecomeError::Missing { method: NAME },
            };
            return Verdict::Refused(error);
        }
        if !asks(text, &how.prompts) {
            return Verdict::Wait;
        }
        match how.password {
            Some(_) => Verdict::Asks,
            None => Verdict::Refused(BecomeError::Missing { method: NAME }),
        }
    }
}

/// A prompt is a last line that ends in a colon (in whatever language PAM speaks) and no newline; where the words
/// of prompts are given, one of them stands before the colon.
fn asks(text: &str, prompts: &[String]) -> bool {
    let last = text.rsplit('\n').next().unwrap_or_default().trim_end();
    let Some(words) = last.strip_suffix([':', '：']) else { return false };
    let words = words.trim_end().to_lowercase();
    prompts.is_empty() || prompts.iter().any(|prompt| words.ends_with(&prompt.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r#become::sample;
    use crate::target::BecomeMethod;

    #[test]
    fn commands_and_verdicts() {
        let how = sample(BecomeMethod::Su, true);
        assert_eq!(Su.command(&how, "x", ""), "exec env LC_ALL=C su app -c 'exec /bin/sh -c x'");
        assert_eq!(Su.judge(&how, "Password: ", ""), Verdict::Asks);
        assert_eq!(Su.judge(&how, "Mot de passe : ", ""), Verdict::Asks);
        assert_eq!(Su.judge(&how, "Last login: today\n", ""), Verdict::Wait);
        let wrong = Verdict::Refused(BecomeError::Incorrect { method: "su" });
        assert_eq!(Su.judge(&how, "Password: \nsu: Authentication failure\n", ""), wrong);
        let given = Become { prompts: vec!["пароль".into(), "Kennwort".into()], ..how };
        assert_eq!(Su.judge(&given, "Пароль: ", ""), Verdict::Asks);
        assert_eq!(Su.judge(&given, "Password: ", ""), Verdict::Wait);
        let how = sample(BecomeMethod::Su, false);
        let missing = Verdict::Refused(BecomeError::Missing { method: "su" });
        assert_eq!(Su.judge(&how, "Password: ", ""), missing);
    }
}
