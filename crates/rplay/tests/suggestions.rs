//! Misspelt names are answered with the nearest one there is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::process::Command;

fn run(play: &str) -> (Option<i32>, String) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("play.yml"), play).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rplay"))
        .current_dir(home.path())
        .env("HOME", home.path())
        .args(["-i", "localhost,", "-c", "local", "play.yml"])
        .output()
        .unwrap();
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), text)
}

#[test]
fn the_nearest_name_is_proposed() {
    let head = "- hosts: all\n  gather_facts: false\n  vars: {package_name: etcd}\n  tasks:\n";
    for (tasks, code, wanted) in [
        ("    - debug: msg={{ packge_name }}\n", 2, "Did you mean the variable 'package_name'?"),
        (
            "    - debug: msg=x\n      when: packge_name == 'x'\n",
            2,
            "Did you mean the variable 'package_name'?",
        ),
        ("    - comand: /bin/true\n", 4, "command"),
        ("    - debug: msg=x\n      ignore_erors: true\n", 4, "ignore_errors"),
    ] {
        let (ended, said) = run(&format!("{head}{tasks}"));
        assert!(ended == Some(code) && said.contains(wanted), "{tasks}{ended:?}\n{said}");
        assert!(said.contains("play.yml:"), "{tasks}{said}");
    }
}

#[test]
fn errors_tell_what_led_to_them() {
    let play = "- hosts: localhost\n  gather_facts: false\n  vars:\n    a: \"x {{ b }}\"\n    b: \"{{ c }}\"\n  tasks:\n    - debug:\n        msg: \"{{ a }}\"\n";
    let (code, text) = run(play);
    assert_eq!(code, Some(2));
    assert!(text.contains("play.yml:4:8 as \"x {{ b }}\", which uses 'b'"), "{text}");
    assert!(text.contains("play.yml:5:8 as \"{{ c }}\", which uses the undefined 'c'"), "{text}");
}
