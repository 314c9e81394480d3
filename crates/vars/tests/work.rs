//! How often templates are parsed and variables rendered, by the templar's own count.

use rplay_template::{Scope, Settings, Templar, Work};
use rplay_value::{Dict, Key, Str, Value};
use rplay_vars::{AllHosts, HostVars, PlayLayers, TaskLayers, TaskScope};
use std::sync::Arc;

fn trusted(text: &str) -> Value {
    Value::Str(Str::trusted(text))
}

fn dict(entries: &[(&str, Value)]) -> Dict {
    entries.iter().map(|(key, value)| (Key::from(*key), value.clone())).collect()
}

fn scope_of(name: &str, hosts: &Arc<AllHosts>, vars: &[(&str, Value)]) -> TaskScope {
    let magic = dict(&[("inventory_hostname", name.into())]);
    let host = Arc::new(HostVars::new(name.into(), vec![Arc::new(dict(vars))], Arc::new(magic)));
    hosts.insert(host.clone());
    TaskScope::new(host, Arc::new(PlayLayers::default()), Arc::new(TaskLayers::default()), hosts.clone())
}

fn scope(vars: &[(&str, Value)]) -> TaskScope {
    scope_of("h1", &Arc::default(), vars)
}

fn text(templar: &Templar, scope: &TaskScope, template: &str) -> String {
    let shared: Arc<dyn Scope> = Arc::new(scope.clone());
    templar.render_text(&shared, &Str::trusted(template)).unwrap().to_text()
}

fn rendered(templar: &Templar) -> u64 {
    templar.work().variables
}

#[test]
fn a_template_is_parsed_once_for_all_hosts_and_threads() {
    let templar = Templar::new(Settings::default());
    let hosts = Arc::default();
    std::thread::scope(|threads| {
        for index in 0..8 {
            let (templar, hosts) = (&templar, &hosts);
            threads.spawn(move || {
                for host in 0..25 {
                    let name = format!("h{}", index * 25 + host);
                    let scope =
                        scope_of(&name, hosts, &[("greeting", trusted("I am {{ inventory_hostname }}"))]);
                    assert_eq!(text(templar, &scope, "{{ greeting }}!"), format!("I am {name}!"));
                }
            });
        }
    });
    assert_eq!(templar.work(), Work { parses: 2, variables: 200 });
}

#[test]
fn a_variable_is_rendered_once_for_a_task_and_host() {
    let templar = Templar::new(Settings::default());
    let vars = [
        ("domain", trusted("{{ 'example' }}.org")),
        ("names", trusted("{{ ['a', 'b'] | map('upper') | list }}")),
        ("site", trusted("www.{{ domain }}")),
        ("deep", Value::from(dict(&[("url", trusted("https://{{ domain }}/"))]))),
    ];
    let scope = scope(&vars);
    for _ in 0..3 {
        assert_eq!(
            text(&templar, &scope, "{{ site }} {{ domain }} {{ deep.url }}"),
            "www.example.org example.org https://example.org/"
        );
        assert_eq!(text(&templar, &scope, "{{ names | join('+') }}"), "A+B");
    }
    assert_eq!(rendered(&templar), 4);
}

#[test]
fn an_item_renders_again_only_what_reads_it() {
    let templar = Templar::new(Settings::default());
    let vars = [
        ("domain", trusted("{{ 'example' }}.org")),
        ("fqdn", trusted("{{ item | default('none') }}.{{ domain }}")),
    ];
    let scope = scope(&vars);
    assert_eq!(text(&templar, &scope, "{{ fqdn }}"), "none.example.org");
    assert_eq!(rendered(&templar), 2);
    for item in ["a", "b"] {
        let mut scope = scope.clone();
        scope.set_local("item", item.into());
        for _ in 0..2 {
            assert_eq!(text(&templar, &scope, "{{ fqdn }}"), format!("{item}.example.org"));
        }
    }
    assert_eq!(rendered(&templar), 4);
    assert_eq!(text(&templar, &scope, "{{ fqdn }}"), "none.example.org");
    assert_eq!(rendered(&templar), 4);
}

#[test]
fn what_a_task_sets_is_seen() {
    let templar = Templar::new(Settings::default());
    let mut scope = scope(&[
        ("state", trusted("{{ port | default('closed') }}")),
        ("os", trusted("{{ ansible_system | default('?') }}")),
    ]);
    assert_eq!(text(&templar, &scope, "{{ state }} {{ os }}"), "closed ?");
    scope.note_set(&dict(&[("port", 80.into())]));
    assert_eq!(text(&templar, &scope, "{{ state }} {{ os }}"), "80 ?");
    scope.note_facts(&dict(&[("ansible_system", "Linux".into())]));
    assert_eq!(text(&templar, &scope, "{{ state }} {{ os }}"), "80 Linux");
    scope.host().set([("port".into(), 90.into())]);
    assert_eq!(text(&templar, &scope, "{{ state }}"), "80");
    scope.refresh();
    assert_eq!(text(&templar, &scope, "{{ state }}"), "90");
}

#[test]
fn chance_clock_and_files_are_asked_each_time() {
    let templar = Templar::new(Settings::default());
    let fleeting = [
        "{{ 999999999 | random }}",
        "{{ [1, 2] | map('random') | list }}",
        "{{ 'x' | password_hash('sha256') }}",
        "{{ now() }}",
        "{{ lookup('env', 'HOME') }}",
        "{{ '/etc' is directory }}",
        "{{ ['/etc'] | select('exists') | list }}",
        "{{ vars.keys() | length }}",
    ];
    for (index, template) in fleeting.iter().enumerate() {
        let scope = scope(&[("inner", trusted(template)), ("outer", trusted("{{ inner }}"))]);
        let before = rendered(&templar);
        for _ in 0..2 {
            text(&templar, &scope, "{{ outer }}");
        }
        assert_eq!(rendered(&templar) - before, 4, "{index}: {template}");
    }
}

#[test]
fn kept_results_are_copies_and_no_templates() {
    let templar = Templar::new(Settings::default());
    let vars = [("list", trusted("{{ [1, 2] }}")), ("braces", trusted("{{ '{' ~ '{ list }' ~ '}' }}"))];
    let scope = scope(&vars);
    for _ in 0..2 {
        assert_eq!(text(&templar, &scope, "{% set _ = list.append(3) %}{{ list }}"), "[1, 2, 3]");
        assert_eq!(text(&templar, &scope, "{{ braces }}"), "{{ list }}");
    }
    assert_eq!(rendered(&templar), 2);
}

#[test]
fn failures_are_not_kept() {
    let templar = Templar::new(Settings::default());
    let scope = scope(&[("bad", trusted("{{ missing }}"))]);
    let shared: Arc<dyn Scope> = Arc::new(scope);
    for _ in 0..2 {
        let error = templar.render_text(&shared, &Str::trusted("{{ bad }}")).unwrap_err();
        assert!(error.to_string().contains("'missing' is undefined"), "{error}");
    }
    assert_eq!(rendered(&templar), 2);
}
