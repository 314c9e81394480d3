//! SSH against a real sshd on this machine. Needs root and openssh-server.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rplay_connection::{
    AgentBinaries, AgentBinary, CallError, ConnectErrorKind, Connections, Secret, Session, Transport,
};
use serde_json::json;
use support::proxy::Proxy;
use support::sshd::Sshd;
use support::{call, echo, field, hasty, options};

fn echoes(session: &Session) {
    assert_eq!(field(&session.call(echo(5), &(), &mut ()).unwrap(), "n"), "5");
}

fn kind(connections: &Connections, target: &rplay_connection::Target) -> ConnectErrorKind {
    connections.session(target).map(|_| ()).unwrap_err().kind
}

#[test]
fn cold_then_warm() {
    let sshd = Sshd::start();
    for round in ["cold", "warm", "warm again"] {
        let connections = Connections::new(sshd.options(options()));
        let began = Instant::now();
        let session = connections.session(&sshd.target()).unwrap();
        let connected = began.elapsed();
        echoes(&session);
        println!("{round}: connected {connected:?}, first result {:?}", began.elapsed());
        let began = Instant::now();
        (0..200).for_each(|_| echoes(&session));
        println!("one call: {:?}", began.elapsed() / 200);
        let began = Instant::now();
        session.call_many((0..5000).map(echo).collect(), &(), &mut (), &mut |_, _| {}).unwrap();
        println!("5000 pipelined calls: {:?}", began.elapsed());
    }
    let directory = sshd.path("tmp/rplay-0");
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "only the agent is left");
}

#[test]
fn damaged_agents_are_replaced() {
    let sshd = Sshd::start();
    let run = || echoes(&Connections::new(sshd.options(options())).session(&sshd.target()).unwrap());
    run();
    let path = sshd.cached_agent();
    let good = fs::read(&path).unwrap();
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.truncate(100),
        |bytes| bytes.truncate(bytes.len() - 5000),
        |bytes| bytes.push(0),
        |bytes| bytes.clear(),
    ];
    for damage in damages {
        let mut bytes = good.clone();
        damage(&mut bytes);
        // Written beside and renamed, for the running agent's file cannot be written.
        fs::write(path.with_extension("x"), bytes).unwrap();
        fs::set_permissions(path.with_extension("x"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::rename(path.with_extension("x"), &path).unwrap();
        run();
        assert!(fs::read(&path).unwrap() == good);
    }
}

#[test]
fn login_noise_is_a_warning() {
    let sshd = Sshd::start_with(
        "SetEnv BASH_ENV=/nonexistent\nForceCommand echo noisy login; eval \"$SSH_ORIGINAL_COMMAND\"",
    );
    let connections = Connections::new(sshd.options(options()));
    let session = connections.session(&sshd.target()).unwrap();
    echoes(&session);
    assert_eq!(session.take_warnings(), ["testhost: the login printed \"noisy login\""]);
}

#[test]
fn a_login_that_runs_nothing_is_explained() {
    let sshd = Sshd::start_with("ForceCommand echo this account is not available; exit 1");
    let connections = Connections::new(sshd.options(options()));
    let session = connections.session(&sshd.target()).unwrap();
    let error = session.call(echo(1), &(), &mut ()).unwrap_err();
    assert!(error.to_string().contains("this account is not available"), "{error}");
}

#[test]
fn host_keys_are_checked() {
    let sshd = Sshd::start();
    let connections = Connections::new(sshd.options(options()));
    // The server prefers ed25519; only the other key being known must not matter.
    sshd.write_known_hosts("host_ecdsa", sshd.port);
    echoes(&connections.session(&sshd.target()).unwrap());
    connections.close_all();
    sshd.write_known_hosts("other", sshd.port);
    let changed = kind(&connections, &sshd.target());
    let ConnectErrorKind::HostKeyChanged { file, line: 2, .. } = &changed else { panic!("{changed}") };
    assert_eq!(*file, sshd.path("known_hosts").display().to_string());
    fs::write(sshd.path("known_hosts"), "").unwrap();
    let unknown = kind(&connections, &sshd.target());
    assert!(matches!(unknown, ConnectErrorKind::HostKeyUnknown { .. }), "{unknown}");
    let public = fs::read_to_string(sshd.path("host_ed25519.pub")).unwrap();
    fs::write(sshd.path("known_hosts"), format!("@revoked * {public}")).unwrap();
    let revoked = kind(&connections, &sshd.target());
    assert!(matches!(revoked, ConnectErrorKind::HostKeyRevoked { line: 1, .. }), "{revoked}");
    fs::write(sshd.path("known_hosts"), "").unwrap();
    let mut unchecked = sshd.target();
    unchecked.host_key_checking = false;
    echoes(&connections.session(&unchecked).unwrap());
}

#[test]
fn unknown_host_keys_are_asked_about() {
    let sshd = Sshd::start();
    fs::write(sshd.path("known_hosts"), "# no end").unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let mut options = sshd.options(options());
    let (count, answers) = (asked.clone(), ["no", "perhaps", "yes"]);
    options.prompt = Some(Arc::new(move |question, echo| {
        assert_eq!(echo, rplay_connection::Echo::Shown);
        let number = count.fetch_add(1, Ordering::SeqCst);
        assert!(number == 2 || question.contains("SHA256:"), "{question}");
        answers.get(number).map(|answer| Secret::new(*answer))
    }));
    let connections = Connections::new(options.clone());
    let declined = kind(&connections, &sshd.target());
    assert!(matches!(declined, ConnectErrorKind::HostKeyUnknown { .. }), "{declined}");
    // What was declined is not asked about again.
    assert!(connections.session(&sshd.target()).is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Another run asks again; many hosts at once are asked about one after another, and this is one host.
    let mut again = sshd.options(self::options());
    again.prompt = options.prompt.clone();
    let connections = Connections::new(again);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (connections, mut target) = (&connections, sshd.target());
            target.host = format!("host{number}");
            scope.spawn(move || echoes(&connections.session(&target).unwrap()));
        }
    });
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let known = fs::read_to_string(sshd.path("known_hosts")).unwrap();
    assert!(known.starts_with(&format!("# no end\n[127.0.0.1]:{} ssh-ed25519 ", sshd.port)), "{known}");
    assert_eq!(known.lines().count(), 2, "{known}");
}

#[test]
fn refused_keys_are_named() {
    let sshd = Sshd::start();
    let connections = Connections::new(sshd.options(options()));
    let mut target = sshd.target();
    target.private_key_file = Some(sshd.path("other"));
    target.password = Some(Secret::new("not for logs"));
    let error = connections.session(&target).unwrap_err();
    let words = error.to_string();
    assert!(words.starts_with("testhost: root@127.0.0.1:"), "{words}");
    assert!(words.contains("Permission denied (publickey"), "{words}");
    assert!(words.contains("other: refused"), "{words}");
    assert!(!words.contains("not for logs"));
}

#[test]
fn encrypted_keys_ask_once() {
    let sshd = Sshd::start();
    let mut target = sshd.target();
    target.private_key_file = Some(sshd.path("locked"));
    let words = kind(&Connections::new(sshd.options(options())), &target).to_string();
    assert!(words.contains("encrypted, no passphrase"), "{words}");
    let mut asking = sshd.options(options());
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    asking.prompt = Some(Arc::new(move |_, _| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Some(Secret::new("open sesame"))
    }));
    let connections = Connections::new(asking);
    echoes(&connections.session(&target).unwrap());
    connections.reset(&target);
    echoes(&connections.session(&target).unwrap());
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn unreachable_in_words() {
    let sshd = Sshd::start();
    let connections = Connections::new(sshd.options(options()));
    let mut target = sshd.target();
    target.port = Some(1);
    let words = kind(&connections, &target).to_string();
    assert_eq!(words, "connect to 127.0.0.1:1: Connection refused");
    target.address = "no-such-host.invalid".into();
    assert!(matches!(kind(&connections, &target), ConnectErrorKind::Resolve { .. }));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    target.address = "127.0.0.1".into();
    target.port = Some(silent.local_addr().unwrap().port());
    target.timeout = Duration::from_secs(1);
    let began = Instant::now();
    assert!(matches!(kind(&connections, &target), ConnectErrorKind::Timeout { .. }));
    assert!(began.elapsed() < Duration::from_secs(10));
}

/// A target behind a proxy.
fn behind(sshd: &Sshd, proxy: &Proxy) -> rplay_connection::Target {
    sshd.write_known_hosts("host_ed25519", proxy.port);
    let mut target = sshd.target();
    target.port = Some(proxy.port);
    target
}

#[test]
fn a_cut_link_leaves_the_outcome_unknown_and_runs_nothing_twice() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port);
    let target = behind(&sshd, &proxy);
    let connections = Connections::new(sshd.options(options()));
    let session = connections.session(&target).unwrap();
    echoes(&session);
    let (file, nap) = (sshd.path("count"), support::nap(33));
    let command = format!("echo run >> {}; {nap}", file.display());
    let error = std::thread::scope(|scope| {
        let work = scope.spawn(|| session.call(call("shell", json!({"cmd": command})), &(), &mut ()));
        assert!(support::begins(&nap));
        proxy.cut();
        work.join().unwrap().unwrap_err()
    });
    assert!(matches!(error, CallError::Lost { .. }), "{error}");
    assert!(error.unreachable());
    // The next task gets a new connection; the lost one was not repeated and left nothing behind.
    echoes(&connections.session(&target).unwrap());
    assert!(support::ends(&nap), "the child was left behind");
    assert_eq!(fs::read_to_string(file).unwrap(), "run\n");
}

#[test]
fn a_stalled_link_is_frozen() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port);
    let target = behind(&sshd, &proxy);
    let connections = Connections::new(sshd.options(hasty()));
    let session = connections.session(&target).unwrap();
    echoes(&session);
    proxy.stall();
    let began = Instant::now();
    let error = session.call(echo(1), &(), &mut ()).unwrap_err();
    assert!(matches!(error, CallError::Frozen { .. }), "{error}");
    drop(session);
    connections.close_all();
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn slow_links_and_short_reads_change_nothing() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port);
    let target = behind(&sshd, &proxy);
    let connections = Connections::new(sshd.options(options()));
    echoes(&connections.session(&target).unwrap());
    connections.close_all();
    proxy.slice(7);
    let session = connections.session(&target).unwrap();
    let result = session.call(call("big", json!({"size": 100_000})), &(), &mut ()).unwrap();
    assert_eq!(field(&result, "text").len(), 100_000);
    proxy.slice(0);
    proxy.delay(Duration::from_millis(30));
    let began = Instant::now();
    session.call_many((0..100).map(echo).collect(), &(), &mut (), &mut |_, _| {}).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "a loop costs about one round trip");
}

#[test]
fn dropped_handshakes_are_tried_again() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port);
    let target = behind(&sshd, &proxy);
    proxy.drop_first(3);
    echoes(&Connections::new(sshd.options(options())).session(&target).unwrap());
}

#[test]
fn many_threads_share_one_connection() {
    let sshd = Sshd::start();
    let connections = Connections::new(sshd.options(options()));
    let session = connections.session(&sshd.target()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for size in [10, 100_000, 3_000_000, 10] {
                    let text = "z".repeat(size);
                    let result = session.call(call("echo", json!({"text": text})), &(), &mut ()).unwrap();
                    assert_eq!(field(&result, "text").len(), size);
                }
            });
        }
    });
    let log = fs::read_to_string(sshd.path("log")).unwrap();
    assert_eq!(log.matches("Accepted publickey").count(), 1, "{log}");
}

#[test]
fn missing_architecture_is_named() {
    let sshd = Sshd::start();
    let mut options = sshd.options(options());
    options.agents = AgentBinaries::new(vec![AgentBinary::embedded("s390x", b"no agent")]);
    let error = Connections::new(options).session(&sshd.target()).unwrap().prepare().unwrap_err();
    assert!(error.to_string().contains("no rplay agent for x86_64: this build carries s390x"), "{error}");
}

#[test]
fn directories_are_tried_in_turn() {
    let sshd = Sshd::start();
    let mut target = sshd.target();
    target.remote_tmp = "/proc/nowhere".into();
    let connections = Connections::new(sshd.options(options()));
    let result = connections.session(&target).unwrap().call(call("whoami", json!({})), &(), &mut ()).unwrap();
    assert!(field(&result, "exe").starts_with("/var/tmp/rplay-0/"), "{result:?}");
}

#[test]
fn an_agent_that_never_runs_names_the_directories() {
    let sshd = Sshd::start();
    let mut options = sshd.options(options());
    options.agents = AgentBinaries::new(vec![AgentBinary::embedded("x86_64", b"#!/bin/sh\nexit 7\n")]);
    let error = Connections::new(options).session(&sshd.target()).unwrap().prepare().unwrap_err();
    let ConnectErrorKind::AgentCannotRun { tried } = &error.kind else { panic!("{error}") };
    assert_eq!(tried.len(), 4, "{error}");
    assert!(tried[0].contains("exit status 7") && tried[0].contains("/tmp/rplay-0"), "{error}");
}

#[test]
fn raw_over_ssh() {
    let sshd = Sshd::start();
    let connections = Connections::new(sshd.options(options()));
    let session = connections.session(&sshd.target()).unwrap();
    let output = session.raw("cat; echo e >&2; exit 3", Some(b"in")).unwrap();
    assert_eq!((output.rc, output.stdout.as_slice(), output.stderr.as_slice()), (3, &b"in"[..], &b"e\n"[..]));
    let output = session.raw("head -c 3000000 /dev/zero; kill -9 $$", None).unwrap();
    assert_eq!((output.rc, output.stdout.len()), (137, 3_000_000));
}

#[test]
fn become_by_su_without_password() {
    let sshd = Sshd::start();
    let mut target = sshd.target();
    target.r#become = Some(rplay_connection::Become {
        method: rplay_connection::BecomeMethod::Su,
        user: "nobody".into(),
        password: None,
        flags: Some("-s /bin/sh".into()),
        exe: None,
        chdir: None,
        prompts: Vec::new(),
    });
    let connections = Connections::new(sshd.options(options()));
    let session = connections.session(&target).unwrap();
    let result = session.call(call("whoami", json!({})), &(), &mut ()).unwrap();
    // The agent came over the stream into a directory of the other user's.
    assert_eq!(field(&result, "uid"), "65534");
    assert_eq!(session.raw("id -u", None).unwrap().stdout, b"65534\n");
}

#[test]
fn the_openssh_client_where_it_is_needed() {
    let sshd = Sshd::start();
    let mut target = sshd.target();
    target.ssh_args = vec!["-oServerAliveInterval=7".into()];
    let connections = Connections::new(sshd.options(options()));
    let session = connections.session(&target).unwrap();
    echoes(&session);
    echoes(&session);
    target.transport = Transport::OpenSsh;
    target.private_key_file = Some(sshd.path("other"));
    let error = connections.session(&target).unwrap().prepare().unwrap_err();
    assert!(error.to_string().contains("Permission denied"), "{error}");
}
