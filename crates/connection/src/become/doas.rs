//! `doas`, which reads passwords from a terminal only.

use crate::r#become::{Method, Verdict};
use crate::error::BecomeError;
use crate::shell::quote;
use crate::target::Become;

pub(crate) struct Doas;

const NAME: &str = "doas";

impl Method for Doas {
    fn name(&self) -> &'static str {
        NAME
    }

    fn command(&self, how: &Become, script: &str, _prompt: &str) -> String {
        let exe = how.exe.as_deref().unwrap_or("doas");
        let flags = how.flags.as_deref().unwrap_or_default();
        let never_ask = if how.password.is_some() { "" } else { " -n" };
        let flags = if flags.is_empty() { String::new() } else { format!(" {flags}") };
        format!("exec {exe}{flags}{never_ask} -u {} /bin/sh -c {}", quote(&how.user), quote(script))
    }

    fn judge(&self, _how: &Become, text: &str, _prompt: &str) -> Verdict {
        if text.contains("Authentication failed") || text.contains("Authorization failed") {
            return Verdict::Refused(BecomeError::Incorrect { method: NAME });
        }
        let last = text.rsplit('\n').next().unwrap_or_default();
        if last.contains("password:") { Verdict::Asks } else { Verdict::Wait }
    }

    fn failure(&self, text: &str) -> BecomeError {
        if text.contains("Authentication required") || text.contains("Authorization required") {
            return BecomeError::Missing { method: NAME };
        }
        BecomeError::Refused { method: NAME, words: crate::r#become::last_lines(text) }
    }

    fn needs_pty(&self, how: &Become) -> bool {
        how.password.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r#become::sample;
    use crate::target::BecomeMethod;

    #[test]
    fn commands_and_verdicts() {
        let how = sample(BecomeMethod::Doas, false);
        assert_eq!(Doas.command(&how, "x", ""), "exec doas -n -u app /bin/sh -c x");
        assert_eq!(Doas.judge(&how, "doas (ops@host) password: ", ""), Verdict::Asks);
        let missing = BecomeError::Missing { method: "doas" };
        assert_eq!(Doas.failure("doas: Authentication required"), missing);
    }
}
