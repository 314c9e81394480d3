//! Users and groups: `/etc/passwd` and `/etc/group`, then `getent` for directory services, since
//! a statically linked program has no name service of its own.

use super::System;
use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Log-in name.
    pub name: String,
    /// Number.
    pub uid: u32,
    /// Number of the primary group.
    pub gid: u32,
    /// Full name and the like.
    pub gecos: String,
    /// Home directory.
    pub home: String,
    /// Log-in shell.
    pub shell: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Number.
    pub gid: u32,
    /// Members besides those whose primary group it is.
    pub members: Vec<String>,
}

/// Answers of `getent`, kept for the length of a call.
#[derive(Default)]
pub(super) struct Accounts {
    asked: Mutex<HashMap<(&'static str, String), Option<String>>>,
}

fn parse_user(line: &str) -> Option<User> {
    let parts: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, gecos, home, shell] = parts.as_slice() else { return None };
    Some(User {
        name: (*name).to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        gecos: (*gecos).to_owned(),
        home: (*home).to_owned(),
        shell: (*shell).to_owned(),
    })
}

fn parse_group(line: &str) -> Option<Group> {
    let parts: Vec<&str> = line.split(':').collect();
    let [name, _, gid, members] = parts.as_slice() else { return None };
    let members = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
    Some(Group { name: (*name).to_owned(), gid: gid.parse().ok()?, members })
}

/// Lines of a file that may be missing, not UTF-8, or hold NIS markers.
fn lines(path: &str) -> Vec<String> {
    let content = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&content).lines().map(str::to_owned).collect()
}

impl System {
    /// The user of a name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<User> {
        let known = self.users().into_iter().find(|user| user.name == name);
        known.or_else(|| {
            self.getent("passwd", name).and_then(|line| parse_user(&line)).filter(|user| user.name == name)
        })
    }

    /// The user of a number.
    #[must_use]
    pub fn user_by_id(&self, uid: u32) -> Option<User> {
        let known = self.users().into_iter().find(|user| user.uid == uid);
        known.or_else(|| self.getent("passwd", &uid.to_string()).and_then(|line| parse_user(&line)))
    }

    /// The group of a name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<Group> {
        let known = self.groups().into_iter().find(|group| group.name == name);
        known.or_else(|| {
            self.getent("group", name).and_then(|line| parse_group(&line)).filter(|group| group.name == name)
        })
    }

    /// The group of a number.
    #[must_use]
    pub fn group_by_id(&self, gid: u32) -> Option<Group> {
        let known = self.groups().into_iter().find(|group| group.gid == gid);
        known.or_else(|| self.getent("group", &gid.to_string()).and_then(|line| parse_group(&line)))
    }

    /// The name of a user's number.
    #[must_use]
    pub fn user_name(&self, uid: u32) -> Option<String> {
        self.user_by_id(uid).map(|user| user.name)
    }

    /// The name of a group's number.
    #[must_use]
    pub fn group_name(&self, gid: u32) -> Option<String> {
        self.group_by_id(gid).map(|group| group.name)
    }

    /// The users of `/etc/passwd`.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        lines("/etc/passwd").iter().filter_map(|line| parse_user(line)).collect()
    }

    /// The groups of `/etc/group`.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        lines("/etc/group").iter().filter_map(|line| parse_group(line)).collect()
    }

    /// The number of the user this process acts as.
    #[must_use]
    pub fn effective_user(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }

    /// One line of a name service, as `getent DATABASE KEY` prints it.
    #[must_use]
    pub fn getent(&self, database: &'static str, key: &str) -> Option<String> {
        let asked = (database, key.to_owned());
        let mut cache = self.accounts.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = cache.get(&asked) {
            return answer.clone();
        }
        let answer = self
            .bin_path("getent")
            .filter(|_| !key.starts_with('-'))
            .and_then(|program| self.command([program.as_str(), database, key]).run().ok())
            .filter(|output| output.rc == 0)
            .and_then(|output| output.stdout_text().lines().next().map(str::to_owned));
        cache.insert(asked, answer.clone());
        answer
    }
}
