//! What is asked of a person at a terminal: `script` gives the program one, and this types.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal of its own.
struct Terminal {
    child: Child,
    keys: Option<ChildStdin>,
    shown: Receiver<Vec<u8>>,
    text: String,
    read: usize,
}

impl Terminal {
    /// Runs a command line in a directory; `rplay` is the program under test.
    fn run(dir: &Path, line: &str) -> Self {
        assert!(Path::new("/usr/bin/script").exists(), "these tests need script (util-linux)");
        let line = line.replace("rplay", env!("CARGO_BIN_EXE_rplay"));
        let mut child = Command::new("script")
            .args(["-qefc", &line, "/dev/null"])
            .current_dir(dir)
            .env("HOME", dir)
            .env("TERM", "dumb")
            .env("ANSIBLE_NOCOLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script starts");
        let mut stdout = child.stdout.take().unwrap();
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count) = stdout.read(&mut part) {
                if count == 0 || sender.send(part[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = child.stdin.take();
        Self { child, keys, shown, text: String::new(), read: 0 }
    }

    /// Waits until a text shows after what was seen before.
    fn see(&mut self, wanted: &str) -> &mut Self {
        let began = Instant::now();
        loop {
            if let Some(found) = self.text[self.read..].find(wanted) {
                self.read += found + wanted.len();
                return self;
            }
            let left = PATIENCE.saturating_sub(began.elapsed());
            match self.shown.recv_timeout(left) {
                Ok(part) => self.text.push_str(&String::from_utf8_lossy(&part)),
                Err(_) => panic!("{wanted:?} does not show in {:?}", self.text),
            }
        }
    }

    /// Types, a moment later: a prompt that discards what was typed early must be ready.
    fn type_in(&mut self, keys: &str) -> &mut Self {
        std::thread::sleep(Duration::from_millis(200));
        self.keys.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Everything shown, and the exit code.
    fn end(mut self) -> (String, i32) {
        while let Ok(part) = self.shown.recv_timeout(PATIENCE) {
            self.text.push_str(&String::from_utf8_lossy(&part));
        }
        drop(self.keys.take());
        let status = self.child.wait().unwrap();
        (self.text, status.code().unwrap())
    }
}

fn files(entries: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in entries {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

const PLAY: &str = "
- hosts: '{{ target }}'
  gather_facts: no
  connection: local
  vars: {label: the word}
  vars_prompt:
    - {name: target, prompt: which host, private: no}
    - {name: secret, prompt: '{{ label }}', confirm: yes, encrypt: sha512_crypt, salt: 'jESIyad4F08hP3Ta'}
    - {name: plain, default: 5}
    - {name: unsafe, prompt: raw, unsafe: yes}
  tasks:
    - debug: {msg: '{{ secret }} {{ plain }} {{ unsafe }}'}
";

#[test]
fn vars_prompt_asks_confirms_hashes_and_hides() {
    let dir = files(&[("p.yml", PLAY)]);
    let mut terminal = Terminal::run(dir.path(), "rplay -i here, p.yml");
    terminal.see("which host: ").type_in("here\n");
    terminal.see("the word: ").type_in("Scenic\n");
    terminal.see("confirm the word: ").type_in("Other\n");
    terminal.see("***** VALUES ENTERED DO NOT MATCH ****");
    terminal.see("the word: ").type_in("Scenic\n").see("confirm the word: ").type_in("Scenic\n");
    terminal.see("plain [5]: ").type_in("\n");
    terminal.see("raw: ").type_in("{{ x }}\n");
    let (text, code) = terminal.end();
    // The hash is what passlib makes of the same words.
    assert!(text.contains("\"msg\": \"$6$rounds=656000$jESIyad4F08hP3Ta$"), "{text}");
    assert!(text.contains(" 5 {{ x }}\""), "{text}");
    assert!(!text.contains("Scenic"), "{text}");
    assert_eq!(code, 0);
}

#[test]
fn leaving_a_prompt_leaves_a_terminal_that_echoes() {
    let dir = files(&[("p.yml", PLAY)]);
    let mut terminal = Terminal::run(dir.path(), "rplay -i here, p.yml; echo code $?; stty -a");
    terminal.see("which host: ").type_in("here\n").see("the word: ").type_in("abc\u{3}");
    terminal.see("code 99").see("\nisig ").see(" echo ");
    let (text, _) = terminal.end();
    assert!(!text.contains("abc"), "{text}");
}

#[test]
fn vault_passwords_are_asked_for() {
    let dir = files(&[("v.yml", "token: from the vault\n"), ("p.yml", VAULTED)]);
    let mut terminal = Terminal::run(dir.path(), "rplay vault encrypt --vault-id dev@prompt v.yml");
    terminal.see("New vault password (dev): ").type_in("pass\n");
    terminal.see("Confirm new vault password (dev): ").type_in("pass\n");
    let (text, code) = terminal.end();
    assert!(text.contains("Encryption successful"), "{text}");
    assert_eq!(code, 0);
    assert!(
        fs::read_to_string(dir.path().join("v.yml")).unwrap().starts_with("$ANSIBLE_VAULT;1.2;AES256;dev\n")
    );
    let mut terminal = Terminal::run(dir.path(), "rplay -i here, p.yml -J");
    terminal.see("Vault password: ").type_in("pass\n").see("from the vault");
    assert_eq!(terminal.end().1, 0);
    let mut terminal = Terminal::run(dir.path(), "rplay vault view v.yml");
    terminal.see("Vault password: ").type_in("wrong\n");
    let (text, code) = terminal.end();
    assert!(text.contains("Decryption failed"), "{text}");
    assert!(!text.contains("wrong"), "{text}");
    assert_eq!(code, 1);
    let mut terminal = Terminal::run(dir.path(), "rplay vault encrypt_string --prompt --vault-id dev@prompt");
    terminal.see("(dev): ").type_in("pass\n").see("(dev): ").type_in("pass\n");
    terminal.see("Variable name (enter for no name): ").type_in("name\n");
    terminal.see("String to encrypt (hidden): ").type_in("hush\n").see("name: !vault |");
    let (text, code) = terminal.end();
    assert!(!text.contains("hush"), "{text}");
    assert_eq!(code, 0);
}

const VAULTED: &str = "
- hosts: here
  gather_facts: no
  connection: local
  vars_files: [v.yml]
  tasks:
    - debug: {var: token}
";

/// A server on a free port of this machine, with a key that a passphrase locks.
struct Sshd {
    child: Child,
    port: u16,
}

impl Sshd {
    fn start(dir: &Path) -> Self {
        assert!(Path::new("/usr/sbin/sshd").exists(), "these tests need openssh-server");
        fs::create_dir_all("/run/sshd").expect("these tests start sshd, which needs root");
        for (name, passphrase) in [("host", ""), ("locked", "open sesame")] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
                .arg(dir.join(name))
                .status();
            assert!(made.unwrap().success());
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host\nAuthorizedKeysFile {0}/locked.pub\n\
             StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n",
            dir.display()
        );
        fs::write(dir.join("sshd_config"), config).unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(dir.join("sshd_config"))
            .stderr(fs::File::create(dir.join("log")).unwrap())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "sshd does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, port }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn unknown_host_keys_are_asked_about_once() {
    let dir = files(&[]);
    let sshd = Sshd::start(dir.path());
    let host = format!("ansible_host=127.0.0.1 ansible_port={} ansible_user=root", sshd.port);
    fs::write(dir.path().join("hosts"), format!("a {host}\nb {host}\n")).unwrap();
    let mut terminal = Terminal::run(dir.path(), "rplay all -i hosts -m raw -a 'echo hi'");
    terminal.see("The authenticity of host").see("(yes/no/[fingerprint])? ").type_in("perhaps\n");
    terminal.see("Type 'yes', 'no' or the fingerprint: ").type_in("no\n");
    let (text, code) = terminal.end();
    // Both hosts are the same address: the answer for one is the answer for the other.
    assert_eq!(text.matches("The authenticity of host").count(), 1, "{text}");
    assert_eq!(text.matches("UNREACHABLE!").count(), 2, "{text}");
    assert_eq!(code, 4);
}

#[test]
fn passphrases_are_asked_for_once() {
    let dir = files(&[]);
    let sshd = Sshd::start(dir.path());
    let host = format!(
        "ansible_host=127.0.0.1 ansible_port={} ansible_user=root ansible_host_key_checking=no \
         ansible_ssh_private_key_file={}",
        sshd.port,
        dir.path().join("locked").display()
    );
    fs::write(dir.path().join("hosts"), format!("a {host}\nb {host}\n")).unwrap();
    let mut terminal = Terminal::run(dir.path(), "rplay all -i hosts -m raw -a 'echo hi'");
    terminal.see("Enter passphrase for key").type_in("open sesame\n");
    let (text, code) = terminal.end();
    assert_eq!(text.matches("Enter passphrase").count(), 1, "{text}");
    assert_eq!(text.matches("CHANGED").count(), 2, "{text}");
    assert!(!text.contains("sesame"), "{text}");
    assert_eq!(code, 0);
}

const PAUSES: &str = "
- hosts: here
  gather_facts: no
  connection: local
  tasks:
    - pause: {prompt: say something}
      register: said
    - name: a while
      pause: {seconds: 60}
    - pause: {prompt: say nothing, echo: no}
      register: unseen
    - debug: msg='{{ said.user_input }} and {{ unseen.user_input | length }}'
    - pause:
    - debug: msg='never'
";

#[test]
fn pauses_are_answered_left_and_aborted() {
    let dir = files(&[("p.yml", PAUSES)]);
    let mut terminal = Terminal::run(dir.path(), "rplay -i here, p.yml");
    terminal.see("[pause]").see("say something:").type_in("hello thaxx\u{7f}\u{7f}\u{7f}ere\r");
    terminal.see("Pausing for 60 seconds").see("ctrl+C then 'C' = continue early").type_in("\r\u{3}");
    terminal.see("Press 'C' to continue the play or 'A' to abort").type_in("C");
    terminal.see("say nothing (output is hidden):").type_in("pancakes\r");
    terminal.see("hello there and 8");
    terminal.see("Press enter to continue, Ctrl+C to interrupt:").type_in("\u{3}");
    terminal.see("Press 'C' to continue the play or 'A' to abort").type_in("a");
    let (text, code) = terminal.end();
    assert!(text.contains("user requested abort!"), "{text}");
    assert!(!text.contains("pancakes") && !text.contains("never"), "{text}");
    assert_eq!(code, 2);
}
