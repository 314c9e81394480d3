//! Home directories, where `useradd` does not make them.

use super::user::Args;
use crate::system::User;
use crate::{Failure, System};
use std::path::Path;

/// Whether the directory that is to hold the home is missing, which `useradd` cannot make.
pub(super) fn lacks_parent(home: &str, sys: &System) -> bool {
    Path::new(home).parent().is_some_and(|parent| !sys.is_dir(parent))
}

/// Makes the home as a copy of the skeleton, with the mode of `/etc/login.defs`.
pub(super) fn make(home: &str, args: &Args, sys: &System) -> Result<(), Failure> {
    if sys.exists(home) {
        return Ok(());
    }
    let skeleton = args.skeleton.as_deref().unwrap_or("/etc/skel");
    if let Some(parent) = Path::new(home).parent() {
        sys.command(["mkdir", "-p", "--", &parent.to_string_lossy()]).run_checked()?;
    }
    if sys.is_dir(skeleton) {
        sys.command(["cp", "-R", "-P", "-p", "--", skeleton, home]).run_checked()?;
    } else {
        sys.make_dir(home, 0o777)?;
    }
    let defaults = sys.read_text("/etc/login.defs").ok();
    if let Some(mode) = defaults.as_deref().map(mode_of) {
        sys.set_mode(home, mode)?;
    }
    Ok(())
}

/// Gives the home and all in it to the user; what links point to is left alone.
pub(super) fn give(home: &str, user: &User, sys: &System) -> Result<(), Failure> {
    let owner = format!("{}:{}", user.uid, user.gid);
    sys.command(["chown", "-R", "-h", "-P", "--", &owner, home]).run_checked().map(drop)
}

/// `HOME_MODE`, else what `UMASK` leaves, else as with a umask of 022.
fn mode_of(defaults: &str) -> u32 {
    let value = |name: &str| {
        let digits = defaults.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
        digits.and_then(|digits| u32::from_str_radix(digits, 8).ok()).map(|mode| mode & 0o7777)
    };
    value("HOME_MODE").or_else(|| value("UMASK").map(|mask| 0o777 & !mask)).unwrap_or(0o755)
}

#[cfg(test)]
mod tests {
    use super::mode_of;

    #[test]
    fn the_homes_mode_is_login_defs() {
        assert_eq!(mode_of("#HOME_MODE 0700\nUMASK\t\t027\n"), 0o750);
        assert_eq!(mode_of("UMASK 022\nHOME_MODE\t0700\n"), 0o700);
        assert_eq!(mode_of(""), 0o755);
    }
}
