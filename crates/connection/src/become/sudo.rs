//! `sudo`, fed its password on standard input.

use crate::r#become::{Method, Verdict};
use crate::error::BecomeError;
use crate::shell::quote;
use crate::target::Become;

pub(crate) struct Sudo;

const NAME: &str = "sudo";

impl Method for Sudo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn command(&self, how: &Become, script: &str, prompt: &str) -> String {
        let exe = how.exe.as_deref().unwrap_or("sudo");
        let flags = how.flags.as_deref().unwrap_or("-H -S -n");
        let asked = how.password.is_some();
        let flags: Vec<&str> =
            flags.split_ascii_whitespace().filter(|flag| !(asked && is_never_ask(flag))).collect();
        let ask = if asked { format!(" -S -p {}", quote(prompt)) } else { String::new() };
        let to = how.chdir.as_ref().map_or(String::new(), |dir| format!("cd {} && ", quote(dir)));
        let user = if how.user.is_empty() { String::new() } else { format!(" -u {}", quote(&how.user)) };
        format!("{to}exec {exe} {}{ask}{user} /bin/sh -c {}", flags.join(" "), quote(script))
    }

    fn judge(&self, how: &Become, text: &str, prompt: &str) -> Verdict {
        let asked = text.matches(prompt).count();
        let again = text.contains("Sorry, try again") || text.contains("incorrect password attempt");
        match asked {
            // A second question means that the first answer was wrong: more tries lock accounts.
            _ if again || asked > 1 => Verdict::Refused(BecomeError::Incorrect { method: NAME }),
            1 if how.password.is_some() => Verdict::Asks,
            _ => Verdict::Wait,
        }
    }

    fn failure(&self, text: &str) -> BecomeError {
        if text.contains("a password is required") || text.contains("interactive authentication is required")
        {
            return BecomeError::Missing { method: NAME };
        }
        let words = crate::r#become::last_lines(text);
        BecomeError::Refused { method: NAME, words: words.trim_start_matches("sudo: ").to_owned() }
    }
}

fn is_never_ask(flag: &str) -> bool {
    matches!(flag, "-n" | "--non-interactive" | "-S" | "--stdin")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r#become::sample;
    use crate::target::BecomeMethod;

    #[test]
    fn commands() {
        let mut how = sample(BecomeMethod::Sudo, false);
        assert_eq!(Sudo.command(&how, "a b", "P"), "exec sudo -H -S -n -u app /bin/sh -c 'a b'");
        how = sample(BecomeMethod::Sudo, true);
        assert_eq!(Sudo.command(&how, "a b", "P q:"), "exec sudo -H -S -p 'P q:' -u app /bin/sh -c 'a b'");
        how.chdir = Some("/a b".into());
        assert!(Sudo.command(&how, "x", "P:").starts_with("cd '/a b' && exec sudo -H"));
        how.chdir = None;
        how.user = String::new();
        assert_eq!(Sudo.command(&how, "x", "P:"), "exec sudo -H -S -p P: /bin/sh -c x");
        how.user = "app".to_owned();
        how.flags = Some("-i".into());
        how.exe = Some("/opt/sudo".into());
        assert_eq!(Sudo.command(&how, "x", "P:"), "exec /opt/sudo -i -S -p P: -u app /bin/sh -c x");
    }

    #[test]
    fn verdicts() {
        let how = sample(BecomeMethod::Sudo, true);
        assert_eq!(Sudo.judge(&how, "We trust you", "P:"), Verdict::Wait);
        assert_eq!(Sudo.judge(&how, "lecture\nP:", "P:"), Verdict::Asks);
        let wrong = Verdict::Refused(BecomeError::Incorrect { method: "sudo" });
        assert_eq!(Sudo.judge(&how, "P:Sorry, try again.\n", "P:"), wrong);
        assert_eq!(Sudo.judge(&how, "P:\nP:", "P:"), wrong);
        let missing = BecomeError::Missing { method: "sudo" };
        assert_eq!(Sudo.failure("sudo: a password is required\n"), missing);
        let words = "app is not in the sudoers file.".to_owned();
        assert_eq!(Sudo.failure(&words), BecomeError::Refused { method: "sudo", words: words.clone() });
    }
}
