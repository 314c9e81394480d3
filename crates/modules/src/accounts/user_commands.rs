//! The commands that make, change and remove users.
//!
//! Passwords go through `chpasswd`'s input: an option of `useradd` would show them in the
//! process list.

use super::shadow::Shadow;
use super::user::{Args, UpdatePassword};
use crate::system::{Group, User};
use crate::{Failure, System};

/// A command, and what it reads.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) words: Vec<String>,
    pub(super) input: Option<String>,
}

/// Makes the commands of one task.
pub(super) struct Commands<'a> {
    pub(super) args: &'a Args,
    pub(super) sys: &'a System,
}

const DAY: f64 = 86_400.0;

impl Commands<'_> {
    fn tool(&self, name: &str) -> Result<String, Failure> {
        let name = if self.args.local { format!("l{name}") } else { name.to_owned() };
        Ok(self.sys.require_bin(&name)?)
    }

    pub(super) fn delete(&self) -> Result<Step, Failure> {
        let mut words = vec![self.tool("userdel")?];
        if self.args.force && !self.args.local {
            words.push("-f".to_owned());
        }
        if self.args.remove {
            words.push("-r".to_owned());
        }
        words.push(self.args.name.clone());
        Ok(Step { words, input: None })
    }

    pub(super) fn create(&self) -> Result<Vec<Step>, Failure> {
        let args = self.args;
        let mut words = vec![self.tool("useradd")?];
        self.push_number(&mut words);
        self.push_group(&mut words)?;
        let groups = self.groups(None)?.unwrap_or_default();
        if !groups.is_empty() && !args.local {
            push(&mut words, "-G", groups.join(","));
        }
        let optional = [("-Z", &args.seuser), ("-c", &args.comment), ("-d", &args.home), ("-s", &args.shell)];
        for (option, value) in optional {
            if let Some(value) = value {
                push(&mut words, option, value.clone());
            }
        }
        if let Some(expires) = args.expires.filter(|_| !args.local) {
            push(&mut words, "-e", day(expires)?);
        }
        if let Some(days) = args.password_expire_account_disable {
            push(&mut words, "-f", days.to_string());
        }
        self.push_home(&mut words);
        if args.system {
            words.push("-r".to_owned());
        }
        for (name, value) in [("UID_MIN", args.uid_min), ("UID_MAX", args.uid_max)] {
            if let Some(value) = value {
                push(&mut words, "-K", format!("{name}={value}"));
            }
        }
        words.push(args.name.clone());
        let mut steps = vec![Step { words, input: None }];
        if let Some(password) = &args.password {
            steps.push(self.password(password)?);
        }
        if args.local {
            self.push_local_expiry(&mut steps, args.expires)?;
            self.push_memberships(&mut steps, &[], &groups)?;
        }
        Ok(steps)
    }

    fn push_number(&self, words: &mut Vec<String>) {
        if let Some(uid) = self.args.uid {
            push(words, "-u", uid.to_string());
            if self.args.non_unique {
                words.push("-o".to_owned());
            }
        }
    }

    fn push_group(&self, words: &mut Vec<String>) -> Result<(), Failure> {
        match &self.args.group {
            Some(group) => {
                self.group(group)?;
                push(words, "-g", group.clone());
            }
            // A group of this name exists: one of its own cannot be made.
            None if self.lookup(&self.args.name).is_some() => {
                words.push(if self.args.local { "-n" } else { "-N" }.to_owned());
            }
            None => {}
        }
        Ok(())
    }

    fn push_home(&self, words: &mut Vec<String>) {
        let args = self.args;
        if !args.create_home {
            words.push("-M".to_owned());
            return;
        }
        if !args.local {
            words.push("-m".to_owned());
        }
        if let Some(skeleton) = &args.skeleton {
            push(words, "-k", skeleton.clone());
        }
        if let Some(umask) = &args.umask {
            push(words, "-K", format!("UMASK={umask}"));
        }
    }

    /// The commands that bring an existing user to what is wanted; none when all is so already.
    pub(super) fn modify(&self, user: &User) -> Result<Vec<Step>, Failure> {
        let args = self.args;
        let shadow = Shadow::of(&args.name, self.sys);
        let mut words = Vec::new();
        if args.uid.is_some_and(|uid| uid != user.uid) {
            self.push_number(&mut words);
        }
        if let Some(name) = &args.group {
            let group = self.group(name)?;
            if group.gid != user.gid {
                push(&mut words, "-g", group.gid.to_string());
            }
        }
        let (current, wanted) = self.memberships(user)?;
        if !args.local && wanted != current {
            if args.append {
                words.push("-a".to_owned());
                let new = wanted.iter().filter(|group| !current.contains(group)).cloned();
                push(&mut words, "-G", new.collect::<Vec<_>>().join(","));
            } else {
                push(&mut words, "-G", wanted.join(","));
            }
        }
        self.push_texts(&mut words, user);
        self.push_expiry(&mut words, &shadow)?;
        if let Some(days) =
            args.password_expire_account_disable.filter(|days| *days != shadow.inactive.unwrap_or(-1))
        {
            push(&mut words, "-f", days.to_string());
        }
        let password = self.new_password(&shadow);
        // Setting the password locks or unlocks by itself.
        if let (None, Some(lock)) = (password, args.password_lock.filter(|lock| *lock != shadow.locked())) {
            words.push(if lock { "-L" } else { "-U" }.to_owned());
        }
        let mut steps = Vec::new();
        if !words.is_empty() {
            words.insert(0, self.tool("usermod")?);
            words.push(args.name.clone());
            steps.push(Step { words, input: None });
        }
        if let Some(password) = password {
            steps.push(self.password(password)?);
        }
        if args.local {
            let differs = args.expires.filter(|expires| expiry_differs(*expires, &shadow));
            self.push_local_expiry(&mut steps, differs)?;
            self.push_memberships(&mut steps, &current, &wanted)?;
        }
        Ok(steps)
    }

    fn push_texts(&self, words: &mut Vec<String>, user: &User) {
        let args = self.args;
        if let Some(comment) = args.comment.as_ref().filter(|comment| **comment != user.gecos) {
            push(words, "-c", comment.clone());
        }
        if let Some(home) = args.home.as_ref().filter(|home| **home != user.home) {
            push(words, "-d", home.clone());
            if args.move_home {
                words.push("-m".to_owned());
            }
        }
        if let Some(shell) = args.shell.as_ref().filter(|shell| **shell != user.shell) {
            push(words, "-s", shell.clone());
        }
    }

    fn push_expiry(&self, words: &mut Vec<String>, shadow: &Shadow) -> Result<(), Failure> {
        let differs = |expires: &f64| !self.args.local && expiry_differs(*expires, shadow);
        if let Some(expires) = self.args.expires.filter(differs) {
            push(words, "-e", day(expires)?);
        }
        Ok(())
    }

    fn push_local_expiry(&self, steps: &mut Vec<Step>, expires: Option<f64>) -> Result<(), Failure> {
        if let Some(expires) = expires {
            let days = if expires < 0.0 { -1.0 } else { (expires / DAY).floor() };
            let words = vec![
                self.sys.require_bin("lchage")?,
                "-E".to_owned(),
                days.to_string(),
                self.args.name.clone(),
            ];
            steps.push(Step { words, input: None });
        }
        Ok(())
    }

    /// libuser's tools change the members of groups, not the groups of a user.
    fn push_memberships(
        &self,
        steps: &mut Vec<Step>,
        current: &[String],
        wanted: &[String],
    ) -> Result<(), Failure> {
        let only = |left: &[String], right: &[String]| -> Vec<String> {
            left.iter().filter(|group| !right.contains(group)).cloned().collect()
        };
        for (option, groups) in [("-M", only(wanted, current)), ("-m", only(current, wanted))] {
            for group in groups {
                let tool = self.sys.require_bin("lgroupmod")?;
                let words = vec![tool, option.to_owned(), self.args.name.clone(), group];
                steps.push(Step { words, input: None });
            }
        }
        Ok(())
    }

    /// The password to be set, if one is.
    fn new_password(&self, shadow: &Shadow) -> Option<&str> {
        let bare = |text: &str| text.trim_start_matches('!').to_owned();
        let wanted = self.args.password.as_deref()?;
        let differs = bare(wanted) != bare(&shadow.password);
        (self.args.update_password == UpdatePassword::Always && differs).then_some(wanted)
    }

    fn password(&self, hash: &str) -> Result<Step, Failure> {
        if hash.contains(['\n', '\r']) || hash.contains(':') {
            return Err(
                "the 'password' argument holds a line break or a colon, which /etc/shadow cannot".into()
            );
        }
        let lock = if self.args.password_lock == Some(true) { "!" } else { "" };
        let words = vec![self.sys.require_bin("chpasswd")?, "-e".to_owned()];
        Ok(Step { words, input: Some(format!("{}:{lock}{hash}\n", self.args.name)) })
    }

    fn lookup(&self, name: &str) -> Option<Group> {
        name.parse().ok().and_then(|gid| self.sys.group_by_id(gid)).or_else(|| self.sys.group(name))
    }

    fn group(&self, name: &str) -> Result<Group, Failure> {
        self.lookup(name).ok_or_else(|| Failure::new(format!("Group {name} does not exist")))
    }

    /// The wanted further groups by name, sorted, without the primary one of `user`.
    fn groups(&self, user: Option<&User>) -> Result<Option<Vec<String>>, Failure> {
        let Some(listed) = &self.args.groups else { return Ok(None) };
        let mut found = Vec::new();
        for name in listed.iter().flat_map(|entry| entry.split(',')).map(str::trim) {
            if name.is_empty() {
                continue;
            }
            let group = self.group(name)?;
            if user.is_none_or(|user| user.gid != group.gid || group.members.contains(&user.name)) {
                found.push(group.name);
            }
        }
        found.sort();
        found.dedup();
        Ok(Some(found))
    }

    /// The further groups now and as wanted, both sorted.
    fn memberships(&self, user: &User) -> Result<(Vec<String>, Vec<String>), Failure> {
        let member = |group: &Group| group.members.contains(&user.name);
        let mut current: Vec<String> =
            self.sys.groups().into_iter().filter(member).map(|group| group.name).collect();
        current.sort();
        let Some(mut wanted) = self.groups(Some(user))? else { return Ok((current.clone(), current)) };
        if self.args.append {
            wanted.extend(current.iter().cloned());
            wanted.sort();
            wanted.dedup();
        }
        Ok((current, wanted))
    }
}

fn push(words: &mut Vec<String>, option: &str, value: String) {
    words.extend([option.to_owned(), value]);
}

/// A time as the date `useradd -e` takes; empty: never.
fn day(seconds: f64) -> Result<String, Failure> {
    if seconds < 0.0 {
        return Ok(String::new());
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float beyond the range becomes its end, which is refused"
    )]
    let time = jiff::Timestamp::from_second(seconds.floor() as i64);
    let time =
        time.map_err(|error| Failure::new(format!("Invalid value for 'expires' {seconds}: {error}")))?;
    Ok(time.strftime("%Y-%m-%d").to_string())
}

/// A user without a line in `/etc/shadow` gets one by setting the date, any date.
fn expiry_differs(seconds: f64, shadow: &Shadow) -> bool {
    match shadow.expire {
        _ if !shadow.present => true,
        None => seconds >= 0.0,
        #[expect(clippy::cast_precision_loss, reason = "days since 1970 are small numbers")]
        Some(days) => seconds < 0.0 || (seconds / DAY).floor() != days as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::{day, expiry_differs};
    use crate::accounts::shadow::Shadow;

    #[test]
    fn expiry_is_a_day() {
        assert_eq!(day(1_422_403_387.0).unwrap(), "2015-01-28");
        assert_eq!(day(-1.0).unwrap(), "");
        assert!(day(1e30).is_err());
        let on = |expire| Shadow { present: true, expire, ..Shadow::default() };
        assert!(expiry_differs(-1.0, &Shadow::default()));
        assert!(!expiry_differs(-1.0, &on(None)));
        assert!(expiry_differs(-1.0, &on(Some(1))));
        assert!(!expiry_differs(1_422_403_387.0, &on(Some(16463))));
        assert!(expiry_differs(1_422_403_387.0, &on(None)));
    }
}
