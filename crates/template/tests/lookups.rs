//! Lookups over a directory of files, and address filters, as their documentation and Ansible answer.

#![allow(clippy::expect_used)]

use rplay_template::{Scope, Settings, Templar};
use rplay_value::{Dict, Value};
use std::{fs, path::Path, sync::Arc};

fn answers(directory: &Path, template: &str) -> String {
    let root = Value::from(directory.to_string_lossy().into_owned());
    let hosts = |names: &[&str]| Value::list(names.iter().map(|name| Value::from(*name)));
    let vars = [
        ("ansible_search_path", Value::list([root.clone()])),
        ("playbook_dir", root),
        ("who", Value::from("you")),
        ("pre_a", Value::list([Value::from(1)])),
        ("pre_b", Value::list([Value::from(2)])),
        (
            "groups",
            Value::dict([
                ("all", hosts(&["a", "b", "c"])),
                ("web", hosts(&["a", "b"])),
                ("db", hosts(&["b"])),
            ]),
        ),
    ];
    let scope: Arc<dyn Scope> = Arc::new(vars.into_iter().collect::<Dict>());
    match Templar::new(Settings { strict: false, ..Settings::default() })
        .render(&scope, &Value::template(template))
    {
        Ok(Some(value)) => value.repr().replace(&*directory.to_string_lossy(), "DIR"),
        Ok(None) => "omitted".into(),
        Err(error) => error.to_string().replace(&*directory.to_string_lossy(), "DIR"),
    }
}

#[test]
fn lookups_answer() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    for sub in ["files", "templates"] {
        fs::create_dir(root.join(sub)).expect("a directory");
    }
    for (name, content) in [
        ("files/a.txt", " one\ntwo\n"),
        ("files/b.txt", "b"),
        ("templates/t.j2", "Hi {{ who }}{{ greeting | default('') }}\n"),
        ("files/table.csv", "li,3,6.94\nbe,4,9.01\n"),
        ("files/set.ini", "[DEFAULT]\nroot=/x\n[main]\nuser = joe\nhome=%(root)s/%(user)s\nUsers2=k\n"),
    ] {
        fs::write(root.join(name), content).expect("a file");
    }
    for (template, answer) in [
        ("{{ lookup('file', 'a.txt') }}", r"' one\ntwo'"),
        (
            "{{ lookup('file', 'nope') }}",
            "The lookup plugin 'file' failed: Unable to access the file 'nope'.",
        ),
        ("{{ lookup('file', 'nope', errors='ignore') }}", "None"),
        ("{{ query('fileglob', '*.txt') }}", "['DIR/files/a.txt', 'DIR/files/b.txt']"),
        ("{{ lookup('template', 't.j2', template_vars={'greeting': '!'}) }}", r"'Hi you!\n'"),
        ("{{ lookup('csvfile', 'be', file='table.csv', delimiter=',') }}", "'4'"),
        ("{{ lookup('csvfile', 'xx', file='table.csv', delimiter=',', default='d') }}", "'d'"),
        ("{{ lookup('ini', 'user', section='main', file='set.ini') }}", "'joe'"),
        ("{{ lookup('ini', 'home section=main file=set.ini') }}", "'/x/joe'"),
        ("{{ q('ini', 'user.*', section='main', file='set.ini', re=true) }}", "['joe', 'k']"),
        ("{{ lookup('first_found', ['nope', 'files/b.txt']) }}", "'DIR/files/b.txt'"),
        ("{{ lookup('first_found', {'files': ['b.txt'], 'paths': ['files']}) }}", "'DIR/files/b.txt'"),
        ("{{ q('first_found', ['nope'], skip=true) }}", "[]"),
        ("{{ q('sequence', 'start=4 end=8 stride=2 format=h%02d') }}", "['h04', 'h06', 'h08']"),
        ("{{ q('sequence', '3') }}{{ q('sequence', count=2, start=0) }}", "\"['1', '2', '3']['0', '1']\""),
        ("{{ q('dict', {'a': 1}) }}", "[{'key': 'a', 'value': 1}]"),
        ("{{ q('nested', [1, 2], ['a', 'b']) }}", "[[1, 'a'], [1, 'b'], [2, 'a'], [2, 'b']]"),
        ("{{ q('together', [1, 2], ['a']) }}", "[[1, 'a'], [2, None]]"),
        ("{{ q('indexed_items', ['a', 'b']) }}", "[[0, 'a'], [1, 'b']]"),
        ("{{ q('subelements', [{'n': 1, 't': ['x', 'y']}], 't') }}", "[[{'n': 1}, 'x'], [{'n': 1}, 'y']]"),
        ("{{ q('community.general.flattened', [1, [2, [3]]]) }}", "[1, 2, 3]"),
        ("{{ lookup('varnames', '^pre_') }}", "'pre_a,pre_b'"),
        ("{{ lookup('community.general.merge_variables', '^pre_') }}", "[1, 2]"),
        ("{{ q('inventory_hostnames', 'web:!db') }}", "['a']"),
        ("{{ lookup('vars', 'who') }}{{ lookup('vars', 'nope', default=1) }}", "'you1'"),
        (
            "{{ lookup('pipe', 'echo x; exit 3') }}",
            "The lookup plugin 'pipe' failed: lookup_plugin.pipe(echo x; exit 3) returned 3",
        ),
        ("{{ q('lines', 'printf \"a\\nb\\n\"') }}", "['a', 'b']"),
        ("{{ lookup('password', 'pw length=9 chars=digits seed=x') == lookup('password', 'pw') }}", "True"),
        ("{{ lookup('password', '/dev/null', length=7, chars=['hexdigits']) | length }}", "7"),
        (
            "{{ lookup('file', 'a.txt', nonsense=1) }}",
            // Ansible lets it pass in silence, we with a warning.
            "' one\\ntwo'",
        ),
    ] {
        assert_eq!(answers(root, template), answer, "{template}");
    }
    let password = fs::read_to_string(root.join("pw")).expect("the password file");
    assert_eq!(password.trim_end().len(), 9);
}

#[test]
fn address_filters_answer() {
    for (expression, answer) in [
        ("'192.168.0.1'|ipaddr", "'192.168.0.1'"),
        ("'nope'|ansible.utils.ipaddr", "False"),
        (
            "['192.24.2.1', '::1', 'x', '10.0.0.0/8']|ansible.utils.ipaddr",
            "['192.24.2.1', '::1', '10.0.0.0/8']",
        ),
        ("['192.24.2.1', 'fe80::/10']|ansible.utils.ipv6", "['fe80::/10']"),
        ("'192.0.2.1/24'|ansible.utils.ipaddr('address')", "'192.0.2.1'"),
        ("'192.0.2.0/24'|ansible.utils.ipaddr('net')", "'192.0.2.0/24'"),
        ("'192.0.2.0/24'|ansible.utils.ipaddr('1')", "'192.0.2.1/24'"),
        ("'192.0.2.0/24'|ansible.utils.ipaddr(-1)|ansible.utils.ipaddr('address')", "'192.0.2.255'"),
        ("'192.0.2.5/24'|ansible.utils.ipaddr('network')", "'192.0.2.0'"),
        ("'192.0.2.5/24'|ansible.utils.ipaddr('netmask')", "'255.255.255.0'"),
        ("'192.0.2.5/255.255.255.0'|ansible.utils.ipaddr('prefix')", "24"),
        ("'192.0.2.5/24'|ansible.utils.ipaddr('range_usable')", "'192.0.2.1-192.0.2.254'"),
        ("'192.0.2.5/24'|ansible.utils.ipaddr('192.0.0.0/16')", "'192.0.2.5/24'"),
        ("'192.168.1.1'|ansible.utils.ipaddr('public')", "None"),
        ("'8.8.8.8'|ansible.utils.ipaddr('revdns')", "'8.8.8.8.in-addr.arpa.'"),
        ("'10.1.1.1'|ansible.utils.ipaddr('int')", "167837953"),
        ("'::1'|ansible.utils.ipwrap", "'[::1]'"),
        ("'192.168.144.5/16'|ansible.utils.ipsubnet(20)", "'16'"),
        ("'192.168.0.0/16'|ansible.utils.ipsubnet(20, 0)", "'192.168.0.0/20'"),
        ("'192.168.0.0/16'|ansible.utils.ipsubnet(20, -1)", "'192.168.240.0/20'"),
        ("'192.168.144.5'|ansible.utils.ipsubnet(20)", "'192.168.144.0/20'"),
        ("'192.168.144.16/30'|ansible.utils.ipsubnet('192.168.144.0/24')", "'5'"),
        ("'10.0.0.0/8'|ansible.utils.nthhost(305)", "'10.0.1.49'"),
        ("'192.168.122.1/24'|ansible.utils.next_nth_usable(2)", "'192.168.122.3'"),
        ("'192.168.0.0/24'|ansible.utils.network_in_usable('192.168.0.255')", "False"),
        (
            "['192.168.0.0/17', '192.168.128.0/17', '192.168.128.1']|ansible.utils.cidr_merge",
            "['192.168.0.0/16']",
        ),
        ("['192.168.1.1', '192.168.2.2']|ansible.utils.cidr_merge('span')", "'192.168.0.0/22'"),
        ("'192.168.1.5'|ansible.utils.ipmath(-10)", "'192.168.0.251'"),
        ("'1a:2b:3c:4d:5e:6f'|ansible.utils.hwaddr('cisco')", "'1a2b.3c4d.5e6f'"),
        (
            "'fdcf:1894:23b5:d38c:0000::/64'|ansible.utils.slaac('c2:31:b3:83:bf:2b')",
            "'fdcf:1894:23b5:d38c:c031:b3ff:fe83:bf2b'",
        ),
        ("['10.0.0.1', '11.0.0.1']|ansible.utils.reduce_on_network('10.0.0.0/8')", "['10.0.0.1']"),
    ] {
        assert_eq!(
            answers(Path::new("/nowhere"), &format!("{{{{ {expression} }}}}")),
            answer,
            "{expression}"
        );
    }
}
