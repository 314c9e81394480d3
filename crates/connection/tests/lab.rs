//! Passwords, sudo and su on lab hosts: real PAM, real sudo. Needs a lab of `xtask lab` whose
//! ssh_config stands in RPLAY_LAB_SSH_CONFIG and whose first host is RPLAY_LAB_HOST; without it
//! these tests fail when asked for, which is why they are ignored by default.

mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rplay_connection::{
    Become, BecomeMethod, ConnectErrorKind, Connections, Options, Secret, Target, Transport,
};
use serde_json::json;
use support::{call, field, options};

fn target(user: &str, password: Option<&str>) -> Target {
    let host = std::env::var("RPLAY_LAB_HOST").expect("RPLAY_LAB_HOST names a lab host");
    let mut target = Target::new(&host, Transport::Ssh);
    target.user = Some(user.to_owned());
    target.password = password.map(Secret::new);
    target
}

fn lab_options() -> Options {
    let mut options = options();
    let config = std::env::var("RPLAY_LAB_SSH_CONFIG").expect("RPLAY_LAB_SSH_CONFIG names a file");
    options.ssh_config = Some(PathBuf::from(config));
    options
}

/// The lab's configuration without its key, so that only passwords can log in.
fn passwords_only() -> (Options, tempfile::TempDir) {
    let mut options = lab_options();
    let directory = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(options.ssh_config.take().unwrap()).unwrap();
    let keyless = |line: &&str| !line.trim().to_ascii_lowercase().starts_with("identityfile");
    let lines: Vec<&str> = text.lines().filter(keyless).collect();
    let file = directory.path().join("config");
    std::fs::write(&file, format!("{}\nHost *\n  IdentityFile none\n", lines.join("\n"))).unwrap();
    options.ssh_config = Some(file);
    (options, directory)
}

fn escalated(user: &str, method: BecomeMethod, to: &str, password: Option<&str>) -> Target {
    let mut target = target(user, None);
    let password = password.map(Secret::new);
    target.r#become = Some(Become { method, user: to.to_owned(), password, flags: None, exe: None });
    target
}

fn uid(options: Options, target: &Target) -> Result<String, String> {
    let connections = Connections::new(options);
    let session = connections.session(target).map_err(|error| error.to_string())?;
    let result = session.call(call("whoami", json!({})), &(), &mut ()).map_err(|error| error.to_string())?;
    let raw = session.raw("id -u", None).map_err(|error| error.to_string())?;
    assert_eq!(String::from_utf8(raw.stdout).unwrap().trim(), field(&result, "uid"));
    Ok(field(&result, "uid"))
}

#[test]
#[ignore = "needs a lab host"]
fn password_login() {
    let (options, _directory) = passwords_only();
    assert_ne!(uid(options.clone(), &target("ops", Some("lab-ops"))).unwrap(), "0");
    let error = Connections::new(options).session(&target("ops", Some("wrong"))).unwrap_err();
    assert!(matches!(&error.kind, ConnectErrorKind::Auth { tried, .. } if tried.len() == 1), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
#[ignore = "needs a lab host"]
fn password_login_through_the_openssh_client() {
    let (options, _directory) = passwords_only();
    let mut through = target("ops", Some("lab-ops"));
    through.transport = Transport::OpenSsh;
    assert_ne!(uid(options.clone(), &through).unwrap(), "0");
    through.password = Some(Secret::new("wrong"));
    let error = uid(options, &through).unwrap_err();
    assert!(error.contains("Permission denied"), "{error}");
}

#[test]
#[ignore = "needs a lab host"]
fn sudo() {
    let began = Instant::now();
    let run = |user, to, password| uid(lab_options(), &escalated(user, BecomeMethod::Sudo, to, password));
    assert_eq!(run("deploy", "root", None).unwrap(), "0");
    assert_eq!(run("ops", "root", Some("lab-ops")).unwrap(), "0");
    assert_eq!(run("ops", "nobody", Some("lab-ops")).unwrap(), "65534");
    // A password that is not asked for does no harm.
    assert_eq!(run("deploy", "root", Some("whatever")).unwrap(), "0");
    let host = target("ops", None).host;
    assert_eq!(run("ops", "root", None).unwrap_err(), format!("{host}: Missing sudo password"));
    assert_eq!(run("ops", "root", Some("wrong")).unwrap_err(), format!("{host}: Incorrect sudo password"));
    let unknown = run("deploy", "no-such-user", None).unwrap_err();
    assert!(unknown.contains("unknown user"), "{unknown}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
#[ignore = "needs a lab host"]
fn su() {
    let run = |user, to, password| uid(lab_options(), &escalated(user, BecomeMethod::Su, to, password));
    assert_eq!(run("ops", "root", Some("lab-root")).unwrap(), "0");
    let host = target("ops", None).host;
    assert_eq!(run("ops", "root", Some("wrong")).unwrap_err(), format!("{host}: Incorrect su password"));
    assert_eq!(run("ops", "root", None).unwrap_err(), format!("{host}: Missing su password"));
}
