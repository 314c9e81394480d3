//! Passwords, sudo and su on lab hosts: real PAM, real sudo. Needs a lab that is up (`cargo xtask lab up`)
//! and named in `RPLAY_LAB`, as `cargo xtask test` does.

mod support;

use std::time::{Duration, Instant};

use rplay_connection::{
    Become, BecomeMethod, ConnectErrorKind, Connections, Options, Secret, Target, Transport,
};
use rplay_lab::{DEPLOY_USER, Lab, OPS_PASSWORD, OPS_USER, ROOT_PASSWORD};
use serde_json::json;
use support::{call, field, options};

fn lab() -> Lab {
    let name = std::env::var("RPLAY_LAB").expect(
        "RPLAY_LAB names no lab: run `cargo xtask test`, or `cargo xtask lab up 1` and RPLAY_LAB=lab",
    );
    Lab::attach(&name).unwrap_or_else(|error| panic!("lab {name} is not up: {error}"))
}

fn target(user: &str, password: Option<&str>) -> Target {
    let mut target = Target::new(&lab().hosts()[0].name, Transport::Ssh);
    target.user = Some(user.to_owned());
    target.password = password.map(Secret::new);
    target
}

fn lab_options() -> Options {
    let mut options = options();
    options.ssh_config = Some(lab().record().ssh_config.clone());
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
    let user = to.to_owned();
    target.r#become =
        Some(Become { method, user, password, flags: None, exe: None, chdir: None, prompts: Vec::new() });
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
fn password_login() {
    let (options, _directory) = passwords_only();
    assert_ne!(uid(options.clone(), &target(OPS_USER, Some(OPS_PASSWORD))).unwrap(), "0");
    let error = Connections::new(options).session(&target(OPS_USER, Some("wrong"))).unwrap_err();
    assert!(matches!(&error.kind, ConnectErrorKind::Auth { tried, .. } if tried.len() == 1), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn password_login_through_the_openssh_client() {
    let (options, _directory) = passwords_only();
    let mut through = target(OPS_USER, Some(OPS_PASSWORD));
    through.transport = Transport::OpenSsh;
    assert_ne!(uid(options.clone(), &through).unwrap(), "0");
    through.password = Some(Secret::new("wrong"));
    let error = uid(options, &through).unwrap_err();
    assert!(error.contains("Permission denied"), "{error}");
}

#[test]
fn sudo() {
    let began = Instant::now();
    let run = |user, to, password| uid(lab_options(), &escalated(user, BecomeMethod::Sudo, to, password));
    assert_eq!(run(DEPLOY_USER, "root", None).unwrap(), "0");
    assert_eq!(run(OPS_USER, "root", Some(OPS_PASSWORD)).unwrap(), "0");
    assert_eq!(run(OPS_USER, "nobody", Some(OPS_PASSWORD)).unwrap(), "65534");
    // A password that is not asked for does no harm.
    assert_eq!(run(DEPLOY_USER, "root", Some("whatever")).unwrap(), "0");
    let host = target(OPS_USER, None).host;
    assert_eq!(run(OPS_USER, "root", None).unwrap_err(), format!("{host}: Missing sudo password"));
    assert_eq!(run(OPS_USER, "root", Some("wrong")).unwrap_err(), format!("{host}: Incorrect sudo password"));
    let unknown = run(DEPLOY_USER, "no-such-user", None).unwrap_err();
    assert!(unknown.contains("unknown user"), "{unknown}");
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn su() {
    let run = |user, to, password| uid(lab_options(), &escalated(user, BecomeMethod::Su, to, password));
    assert_eq!(run(OPS_USER, "root", Some(ROOT_PASSWORD)).unwrap(), "0");
    let host = target(OPS_USER, None).host;
    assert_eq!(run(OPS_USER, "root", Some("wrong")).unwrap_err(), format!("{host}: Incorrect su password"));
    assert_eq!(run(OPS_USER, "root", None).unwrap_err(), format!("{host}: Missing su password"));
}
