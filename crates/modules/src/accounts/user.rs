//! `user`: users.

use super::group::State;
use super::shadow::Shadow;
use super::user_commands::{Commands, Step};
use super::{user_home, user_keys};
use crate::args::{Choice, ModuleArgs};
use crate::system::User;
use crate::{Failure, ModuleResult, Plan, System};
use std::path::PathBuf;

/// Add, change or remove users.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Whether the user is to exist.
    #[arg(default = "present")]
    pub(super) state: State,
    /// The user.
    #[arg(alias = "user")]
    pub(super) name: String,
    /// The number.
    pub(super) uid: Option<u32>,
    /// Allow a number that another user has.
    #[arg(default = false)]
    pub(super) non_unique: bool,
    /// The primary group.
    pub(super) group: Option<String>,
    /// Further groups; an empty list takes the user out of all.
    pub(super) groups: Option<Vec<String>>,
    /// Full name and the like.
    pub(super) comment: Option<String>,
    /// The home directory.
    #[arg(ty = "path")]
    pub(super) home: Option<String>,
    /// The log-in shell.
    #[arg(ty = "path")]
    pub(super) shell: Option<String>,
    /// The password's hash.
    #[arg(no_log)]
    pub(super) password: Option<String>,
    /// BSD only: refused here.
    login_class: Option<String>,
    /// Days until the password must be changed.
    #[arg(no_log = false)]
    pub(super) password_expire_max: Option<i64>,
    /// Days before the password may be changed.
    #[arg(no_log = false)]
    pub(super) password_expire_min: Option<i64>,
    /// Days of warning before the password must be changed.
    #[arg(no_log = false)]
    pub(super) password_expire_warn: Option<i64>,
    /// macOS only: refused here.
    hidden: Option<bool>,
    /// The SELinux user.
    pub(super) seuser: Option<String>,
    /// Remove the user although logged in.
    #[arg(default = false)]
    pub(super) force: bool,
    /// Remove the home directory and mail with the user.
    #[arg(default = false)]
    pub(super) remove: bool,
    /// Make the home directory.
    #[arg(default = true, alias = "createhome")]
    pub(super) create_home: bool,
    /// What a new home directory is a copy of.
    pub(super) skeleton: Option<String>,
    /// Take the number from those of the system.
    #[arg(default = false)]
    pub(super) system: bool,
    /// Move the old home directory to the new place.
    #[arg(default = false)]
    pub(super) move_home: bool,
    /// Leave the user in groups that are not listed.
    #[arg(default = false)]
    pub(super) append: bool,
    /// Make an SSH key unless there is one.
    #[arg(default = false)]
    pub(super) generate_ssh_key: bool,
    /// The key's length; 0: as ssh-keygen chooses.
    #[arg(default = 0)]
    pub(super) ssh_key_bits: u32,
    /// The key's type.
    #[arg(default = "rsa")]
    pub(super) ssh_key_type: String,
    /// The key's file, relative to the home directory.
    pub(super) ssh_key_file: Option<PathBuf>,
    /// The key's comment.
    pub(super) ssh_key_comment: Option<String>,
    /// The key's passphrase.
    #[arg(no_log)]
    pub(super) ssh_key_passphrase: Option<String>,
    /// Whether the password of an existing user is set too.
    #[arg(default = "always", no_log = false)]
    pub(super) update_password: UpdatePassword,
    /// When the account expires, in seconds since 1970; negative: never.
    pub(super) expires: Option<f64>,
    /// Lock or unlock the password.
    #[arg(no_log = false)]
    pub(super) password_lock: Option<bool>,
    /// Use libuser's tools and only look at local files.
    #[arg(default = false)]
    pub(super) local: bool,
    /// Solaris only: refused here.
    profile: Option<String>,
    /// Solaris only: refused here.
    authorization: Option<String>,
    /// Solaris only: refused here.
    role: Option<String>,
    /// The umask the home directory is made with.
    pub(super) umask: Option<String>,
    /// Days after which an expired password disables the account.
    #[arg(no_log = false)]
    pub(super) password_expire_account_disable: Option<i64>,
    /// The smallest number to take.
    pub(super) uid_min: Option<u32>,
    /// The greatest number to take.
    pub(super) uid_max: Option<u32>,
}

/// Whose password is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum UpdatePassword {
    Always,
    OnCreate,
}

pub(crate) fn plan(mut args: Args, sys: &System) -> Result<Plan, Failure> {
    refuse_foreign(&args)?;
    if let Some(groups) = &mut args.groups {
        groups.iter_mut().for_each(|group| *group = group.trim().to_owned());
    }
    warn(&args, sys);
    let found = find(&args, sys);
    let commands = Commands { args: &args, sys };
    match (args.state, found) {
        (State::Absent, None) => Ok(Plan::done(named(&args))),
        (State::Absent, Some(_)) => {
            let step = commands.delete()?;
            Ok(Plan::change(ModuleResult::changed(), move |sys, _| {
                let mut result = ModuleResult { changed: true, ..named(&args) };
                run(&[step], &args, sys, &mut result)?;
                Ok(result.with("force", args.force).with("remove", args.remove))
            }))
        }
        (State::Present, None) => {
            let steps = commands.create()?;
            Ok(Plan::change(ModuleResult::changed(), move |sys, _| create(&args, &steps, sys)))
        }
        (State::Present, Some(user)) => {
            let steps = commands.modify(&user)?;
            modify(args, user, steps, sys)
        }
    }
}

fn refuse_foreign(args: &Args) -> Result<(), Failure> {
    let foreign = [
        ("login_class", args.login_class.is_some()),
        ("hidden", args.hidden.is_some()),
        ("profile", args.profile.is_some()),
        ("authorization", args.authorization.is_some()),
        ("role", args.role.is_some()),
    ];
    if let Some((name, _)) = foreign.iter().find(|(_, given)| *given) {
        return Err(Failure::new(format!("'{name}' is for other systems than Linux")));
    }
    let apart = [
        ("umask", args.umask.is_some()),
        ("uid_min", args.uid_min.is_some()),
        ("uid_max", args.uid_max.is_some()),
    ];
    match apart.iter().find(|(_, given)| *given && args.local) {
        Some((name, _)) => Err(Failure::new(format!("'{name}' can not be used with 'local'"))),
        None => Ok(()),
    }
}

fn warn(args: &Args, sys: &System) {
    if args.append && args.groups.is_none() {
        sys.warn(
            "'append' is set, but no 'groups' are specified. Use 'groups' for appending new groups.\
             This will change to an error in Ansible 2.14.",
        );
    }
    if args.password.as_deref().is_some_and(looks_plain) {
        sys.warn(
            "The input password appears not to have been hashed. The 'password' argument must be encrypted \
             for this module to work properly.",
        );
    }
}

/// Whether a password is none of the forms `/etc/shadow` holds.
fn looks_plain(password: &str) -> bool {
    if password.is_empty() || ["*", "!", "*************"].contains(&password) {
        return false;
    }
    let fields: Vec<&str> = password.split('$').collect();
    let [_, method, .., hash] = fields.as_slice() else { return true };
    let length = match *method {
        "1" => Some(22),
        "5" | "y" => Some(43),
        "6" => Some(86),
        _ => None,
    };
    let odd = |letter: char| !(letter.is_ascii_alphanumeric() || "./".contains(letter));
    password.contains([':', '*', '!'])
        || hash.contains(odd)
        || length.is_some_and(|length| hash.len() != length)
}

pub(super) fn find(args: &Args, sys: &System) -> Option<User> {
    if args.local {
        return sys.users().into_iter().find(|user| user.name == args.name);
    }
    sys.user(&args.name)
}

fn named(args: &Args) -> ModuleResult {
    ModuleResult::unchanged().with("name", args.name.as_str()).with("state", args.state.as_str())
}

/// Runs the commands; their output is the result's.
fn run(steps: &[Step], args: &Args, sys: &System, result: &mut ModuleResult) -> Result<(), Failure> {
    let (mut out, mut err) = (String::new(), String::new());
    for step in steps {
        let mut command = sys.command(step.words.iter().map(String::as_str));
        if let Some(input) = &step.input {
            command = command.stdin(input.as_str());
        }
        let output = command.run()?;
        out.push_str(&output.stdout_text());
        err.push_str(&output.stderr_text());
        if output.rc != 0 {
            return Err(Failure::new(err).with("name", args.name.as_str()).rc(output.rc));
        }
    }
    for (key, text) in [("stdout", out), ("stderr", err)] {
        if !text.is_empty() {
            result.set(key, text);
        }
    }
    Ok(())
}

fn create(args: &Args, steps: &[Step], sys: &System) -> Result<ModuleResult, Failure> {
    let mut result = ModuleResult { changed: true, ..named(args) };
    let lacks_parent =
        args.create_home && args.home.as_deref().is_some_and(|home| user_home::lacks_parent(home, sys));
    if let (true, Some(home)) = (lacks_parent, &args.home) {
        user_home::make(home, args, sys)?;
    }
    run(steps, args, sys, &mut result)?;
    let user = find(args, sys).ok_or_else(|| vanished(args))?;
    if let (true, Some(home)) = (lacks_parent, &args.home) {
        user_home::give(home, &user, sys)?;
    }
    result.set("system", args.system);
    result.set("create_home", args.create_home);
    finish(args, result, sys)
}

fn vanished(args: &Args) -> Failure {
    Failure::new(format!("failed to look up user name: {}", args.name))
}

fn modify(args: Args, user: User, steps: Vec<Step>, sys: &System) -> Result<Plan, Failure> {
    let mut predicted = named(&args).with("append", args.append).with("move_home", args.move_home);
    predicted.changed = !steps.is_empty() || Rest::of(&args, &user, sys).any();
    describe(&args, &user, &mut predicted);
    if !predicted.changed {
        if args.generate_ssh_key {
            user_keys::report(&args, &user, sys, &mut predicted)?;
        }
        return Ok(Plan::done(predicted));
    }
    Ok(Plan::change(predicted, move |sys, _| {
        let mut result = named(&args);
        result.changed = !steps.is_empty();
        run(&steps, &args, sys, &mut result)?;
        finish(&args, result.with("append", args.append).with("move_home", args.move_home), sys)
    }))
}

fn describe(args: &Args, user: &User, result: &mut ModuleResult) {
    if args.password.is_some() {
        result.set("password", "NOT_LOGGING_PASSWORD");
    }
    result.set("uid", user.uid);
    result.set("group", user.gid);
    result.set("comment", user.gecos.as_str());
    result.set("home", user.home.as_str());
    result.set("shell", user.shell.as_str());
    if let Some(groups) = &args.groups {
        result.set("groups", groups.join(","));
    }
}

/// What is to be done after the account itself.
struct Rest {
    home: bool,
    key: bool,
    ages: bool,
}

impl Rest {
    fn of(args: &Args, user: &User, sys: &System) -> Self {
        let home = args.home.as_deref().unwrap_or(&user.home);
        Self {
            home: args.create_home && !sys.exists(home),
            key: args.generate_ssh_key && !user_keys::exists(args, user, sys),
            ages: ages(args, &Shadow::of(&args.name, sys)).is_some(),
        }
    }

    fn any(&self) -> bool {
        self.home || self.key || self.ages
    }
}

/// What comes after the account stands: a missing home, the key, the password's ages.
fn finish(args: &Args, mut result: ModuleResult, sys: &System) -> Result<ModuleResult, Failure> {
    let user = find(args, sys).ok_or_else(|| vanished(args))?;
    describe(args, &user, &mut result);
    let rest = Rest::of(args, &user, sys);
    result.changed |= rest.any();
    if rest.home {
        let home = args.home.as_deref().unwrap_or(&user.home);
        user_home::make(home, args, sys)?;
        user_home::give(home, &user, sys)?;
    }
    if rest.key {
        user_keys::generate(args, &user, sys)?;
    }
    if args.generate_ssh_key {
        user_keys::report(args, &user, sys, &mut result)?;
    }
    if let Some(options) = ages(args, &Shadow::of(&args.name, sys)) {
        let mut words = vec![sys.require_bin("chage")?];
        words.extend(options);
        words.push(args.name.clone());
        let output = sys.command(words).run()?;
        if output.rc != 0 {
            return Err(Failure::new(output.stderr_text()).with("name", args.name.as_str()).rc(output.rc));
        }
    }
    Ok(result)
}

/// The options of `chage` that bring the password's ages about.
fn ages(args: &Args, shadow: &Shadow) -> Option<Vec<String>> {
    let wanted = [
        ("-m", args.password_expire_min, shadow.min),
        ("-M", args.password_expire_max, shadow.max),
        ("-W", args.password_expire_warn, shadow.warn),
    ];
    // chage takes -1 as "none", and /etc/shadow then has nothing.
    let differs = |wanted: i64, found: Option<i64>| wanted != found.unwrap_or(-1);
    let options: Vec<String> = wanted
        .into_iter()
        .filter_map(|(option, wanted, found)| {
            Some((option, wanted.filter(|wanted| differs(*wanted, found))?))
        })
        .flat_map(|(option, days)| [option.to_owned(), days.to_string()])
        .collect();
    (!options.is_empty()).then_some(options)
}

#[cfg(test)]
mod tests {
    use super::looks_plain;

    #[test]
    fn plain_passwords_are_told_from_hashes() {
        let sha512 = format!("$6$salt${}", "a".repeat(86));
        let table = [
            ("secret", true),
            ("*", false),
            ("!", false),
            (sha512.as_str(), false),
            ("$6$salt$short", true),
            ("$2b$12$abcdefghijklmnopqrstuv", false),
            ("a:b$c$d", true),
        ];
        for (password, plain) in table {
            assert_eq!(looks_plain(password), plain, "{password}");
        }
    }
}
