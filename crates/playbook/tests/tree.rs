//! The tree that content becomes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use rplay_playbook::{
    Block, BlockKind, Entry, Field, LoopKind, Play, RoleOptions, Task, TaskContext, role_blocks,
};
use rplay_value::{Dict, Value};
use std::sync::Arc;

const MAIN: &str = "
- name: site
  hosts: [web, db]
  user: root
  become: 'yes'
  serial: 30%
  max_fail_percentage: 20%
  vars: {file: more}
  roles:
    - {role: app, listen_port: 80, when: enabled, tags: [one, two]}
  tasks:
    - name: pairs
      copy: src=a dest=\"b c\" mode=0644
      tags: x, y
      become_user: '{{ who }}'
    - shell: echo a=b chdir=/tmp
      args: {executable: /bin/bash}
      register: out
      until: out.rc == 0
      retries: '5'
      with_items: [1, 2]
      loop_control: {loop_var: each, label: x}
    - local_action: command ls
    - copy: '{{ arguments }}'
      args: '{{ more }}'
    - block:
        - import_tasks: '{{ file }}.yml'
          when: imported
          vars: {a: 1}
      rescue:
        - debug:
      always:
        - include_tasks: {file: other.yml, apply: {tags: z}}
      when: [outer]
    - import_role: {name: lib, tasks_from: extra}
      when: lib
  handlers:
    - name: restart
      service: name=app state=restarted
      listen: apply
- import_playbook: sub/second.yml
  vars: {q: 1}
  when: cond
  tags: second
";

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        ("site.yml", MAIN),
        ("more.yml", "- debug: msg=hi\n- meta: flush_handlers\n"),
        ("sub/second.yml", "- hosts: all\n  vars: {q: 0, r: 2}\n  tags: [t]\n  tasks:\n  - debug:\n"),
        ("roles/app/meta/main.yml", "dependencies:\n- {role: base, level: 3}\nallow_duplicates: yes\n"),
        ("roles/app/defaults/main.yml", "port: 1\n"),
        ("roles/app/vars/main/a.yml", "a: 1\nb: 1\n"),
        ("roles/app/vars/main/b.yml", "b: 2\n"),
        ("roles/app/tasks/main.yml", "- import_tasks: sub/a.yml\n"),
        ("roles/app/tasks/sub/a.yml", "- import_tasks: b.yml\n"),
        ("roles/app/tasks/sub/b.yml", "- debug:\n"),
        ("roles/app/handlers/main.yml", "- debug:\n  listen: [up]\n"),
        (
            "roles/app/meta/argument_specs.yml",
            "argument_specs: {main: {short_description: it, options: {port: {type: int}}}}\n",
        ),
        ("roles/base/tasks/main.yml", "- debug:\n"),
        ("roles/lib/tasks/extra.yml", "- debug:\n"),
        ("roles/lib/handlers/main.yml", "- name: lib handler\n  debug:\n"),
    ]
}

fn plays() -> Vec<Arc<Play>> {
    let dir = tempfile::tempdir().unwrap();
    common::write(dir.path(), &files());
    match common::loader(false).playbook(&dir.path().join("site.yml")) {
        Ok(playbook) => playbook.plays,
        Err(error) => panic!("{}", error.report()),
    }
}

fn task(entry: &Entry) -> &Task {
    match entry {
        Entry::Task(task) => task,
        Entry::Block(block) => panic!("a block: {block:?}"),
    }
}

fn block(entry: &Entry) -> &Block {
    match entry {
        Entry::Block(block) => block,
        Entry::Task(task) => panic!("a task: {task:?}"),
    }
}

fn args(task: &Task) -> String {
    Value::Dict(task.action.args.clone()).repr()
}

#[test]
fn plays_have_typed_keywords() {
    let plays = plays();
    let play = &plays[0];
    assert_eq!(play.keywords.r#become, Some(Field::Literal(true)));
    assert_eq!(play.keywords.remote_user, Some(Field::Literal("root".into())));
    assert_eq!(play.max_fail_percentage, Some(Field::Literal(20.0)));
    assert_eq!(play.serial, vec![Value::from("30%")]);
    assert_eq!(play.hosts.repr(), "['web', 'db']");
}

#[test]
fn tasks_have_split_arguments_and_loops() {
    let plays = plays();
    let tasks = &plays[0].tasks;
    let copy = task(&tasks[0]);
    assert_eq!(args(copy), "{'src': 'a', 'dest': 'b c', 'mode': '0644'}");
    assert_eq!(copy.keywords.tags, vec![Value::from("x"), Value::from("y")]);
    assert!(matches!(&copy.keywords.become_user, Some(Field::Template(_))));
    let shell = task(&tasks[1]);
    assert_eq!(args(shell), "{'executable': '/bin/bash', 'chdir': '/tmp', '_raw_params': 'echo a=b'}");
    assert_eq!(shell.r#loop.as_ref().unwrap().kind, LoopKind::With("items".into()));
    assert_eq!(shell.loop_control.loop_var, Some(Field::Literal("each".into())));
    assert_eq!(shell.until.as_ref().unwrap().retries, Some(Field::Literal(5)));
    let local = task(&tasks[2]);
    assert_eq!(
        (&*local.action.name, local.keywords.delegate_to.clone()),
        ("command", Some(Field::Literal("localhost".into())))
    );
    let whole = task(&tasks[3]);
    assert_eq!(
        (args(whole).as_str(), whole.action.template.clone()),
        ("{}", Some(Value::from("{{ (more) | combine(arguments) }}")))
    );
}

#[test]
fn static_imports_become_blocks() {
    let plays = plays();
    let written = block(&plays[0].tasks[4]);
    assert_eq!(written.keywords.when, vec![Value::from("outer")]);
    let import = block(&written.body[0]);
    assert!(matches!(import.kind, BlockKind::ImportTasks));
    assert_eq!((import.body.len(), import.keywords.when.len(), import.keywords.vars.len()), (2, 1, 1));
    assert_eq!(args(task(&written.always[0])), "{'apply': {'tags': 'z'}, '_raw_params': 'other.yml'}");
    let role = block(&plays[0].tasks[5]);
    let BlockKind::Role(lib) = &role.kind else { panic!("{:?}", role.kind) };
    assert_eq!((&*lib.name, lib.from.tasks.as_deref(), role.body.len()), ("lib", Some("extra"), 1));
    assert_eq!(plays[0].handlers.len(), 2, "the play's own and the imported role's");
    assert_eq!(task(&block(&plays[0].handlers[1]).body[0]).name.as_deref(), Some("lib handler"));
}

#[test]
fn roles_are_read_whole() {
    let plays = plays();
    let role = &plays[0].roles[0].role;
    assert_eq!(Value::Dict(role.params.clone()).repr(), "{'listen_port': 80}");
    assert_eq!(Value::Dict(role.vars.clone()).repr(), "{'a': 1, 'b': 2}");
    assert_eq!(
        (role.keywords.when.len(), role.keywords.tags.len(), role.meta.allow_duplicates),
        (1, 2, true)
    );
    let base = &role.dependencies[0];
    assert_eq!((&*base.name, &*base.parents[0].name, base.params.len()), ("base", "app", 1));
    let tasks = role.tasks.get().unwrap();
    assert_eq!(&*task(&tasks[0]).action.name, "ansible.builtin.validate_argument_spec");
    assert!(matches!(block(&block(&tasks[1]).body[0]).body[0], Entry::Task(_)));
    let handler = task(&role.handlers.get().unwrap()[0]);
    assert_eq!(handler.listen.iter().map(|topic| &**topic).collect::<Vec<_>>(), ["up", "app : up"]);
    assert_eq!(role_blocks(role, &Default::default(), &plays[0].place).len(), 2);
}

#[test]
fn imported_playbooks_take_on_what_the_import_says() {
    let plays = plays();
    let play = &plays[1];
    assert!(play.dir.ends_with("sub"));
    assert_eq!(Value::Dict(play.keywords.vars.clone()).repr(), "{'q': 1, 'r': 2}");
    assert_eq!((play.keywords.when.len(), play.keywords.tags.len()), (1, 2));
}

#[test]
fn dynamic_includes_find_their_files_and_roles() {
    let dir = tempfile::tempdir().unwrap();
    common::write(dir.path(), &files());
    let loader = common::loader(false);
    let playbook = loader.playbook(&dir.path().join("site.yml")).unwrap();
    let play = &playbook.plays[0];
    let context = TaskContext { play_dir: play.dir.clone(), ..TaskContext::default() };
    let path = loader.tasks_path("more.yml", &play.place, &context);
    assert_eq!(loader.tasks_file(&path, &context).unwrap().len(), 2);
    let options = RoleOptions { context, params: Arc::new(Dict::new()), ..RoleOptions::default() };
    let role = loader.role("app", &play.place, options.clone()).unwrap();
    assert!(role.from_include && role.meta.allow_duplicates && !role.public);
    assert!(role.is_same_use(&loader.role("app", &play.place, options).unwrap()));
}

#[test]
fn errors_show_place_suggestion_and_way() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let role = ("roles/r/tasks/main.yml", "- name: x\n  import_tasks: a.yml\n");
    common::write(
        &root,
        &[
            ("site.yml", "- hosts: all\n  roles: [r]\n"),
            role,
            ("roles/r/tasks/a.yml", "- debgu:\n    msg: x\n"),
        ],
    );
    let error = common::loader(false).playbook(&root.join("site.yml")).unwrap_err();
    let report = error.report().replace(root.to_str().unwrap(), "DIR");
    let wanted = "couldn't resolve module/action 'debgu'. This often indicates a misspelling, missing collection, or \
                  incorrect module path.\nOrigin: DIR/roles/r/tasks/a.yml:1:3\n\n1 - debgu:\n    ^ column 3\n\n\
                  Did you mean 'debug'?\n\nreached through import_tasks: a.yml (DIR/roles/r/tasks/main.yml:1:3)\n\
                  reached through role: r (DIR/site.yml:2:11)";
    assert_eq!(report, wanted);
}

#[test]
fn decrypted_lines_are_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    for text in ["- hosts: all\n  password: hunter2\n", "- hosts: all\n  password: hunter2: x\n"] {
        common::write(dir.path(), &[("secret.yml", text)]);
        let report = common::loader(false).playbook(&dir.path().join("secret.yml")).unwrap_err().report();
        assert!(!report.contains("hunter2") && report.contains("encrypted"), "{report}");
    }
}

#[test]
fn apply_gives_keywords() {
    let dir = tempfile::tempdir().unwrap();
    common::write(dir.path(), &files());
    let loader = common::loader(false);
    let playbook = loader.playbook(&dir.path().join("site.yml")).unwrap();
    let place = &playbook.plays[0].place;
    let apply = Value::dict([("tags", Value::from("a,b")), ("become", Value::from(true))]);
    let keywords = loader.apply_keywords(&apply, place).unwrap();
    assert_eq!((keywords.tags.len(), keywords.r#become), (2, Some(Field::Literal(true))));
    let error = loader.apply_keywords(&Value::dict([("loop", Value::from(1))]), place).unwrap_err();
    assert_eq!(error.message, "'loop' is not a valid attribute for a Block");
}

#[test]
fn a_wrong_literal_is_found_at_once_or_left_to_the_task() {
    let dir = tempfile::tempdir().unwrap();
    common::write(dir.path(), &[("site.yml", "- hosts: all\n  tasks:\n  - debug:\n    diff: yes.\n")]);
    let path = dir.path().join("site.yml");
    let error = common::loader(false).playbook(&path).unwrap_err();
    let wanted = "Error processing keyword 'diff': The value 'yes.' could not be converted to 'bool'.";
    assert_eq!(error.to_string(), wanted);
    let play = &common::loader(true).playbook(&path).unwrap().plays[0];
    assert_eq!(task(&play.tasks[0]).keywords.diff, Some(Field::Template(Value::from("yes."))));
}

#[test]
fn older_forms_keep_their_meaning() {
    let dir = tempfile::tempdir().unwrap();
    let text = "
- hosts: all
  sudo: yes
  sudo_user: bob
  tasks:
    - include: a.yml x=1
    - include: '{{ item }}.yml'
      become: yes
      with_items: names
    - command: ls warn=no
      always_run: yes
";
    common::write(dir.path(), &[("site.yml", text), ("a.yml", "- debug:\n")]);
    let loader = common::loader(false);
    let playbook =
        loader.playbook(&dir.path().join("site.yml")).unwrap_or_else(|error| panic!("{}", error.report()));
    let play = &playbook.plays[0];
    assert_eq!(play.keywords.r#become, Some(Field::Literal(true)));
    assert_eq!(play.keywords.become_user, Some(Field::Literal("bob".into())));
    assert_eq!(Value::Dict(block(&play.tasks[0]).keywords.vars.clone()).repr(), "{'x': '1'}");
    let include = task(&play.tasks[1]);
    assert_eq!(&*include.action.name, "include_tasks");
    assert_eq!(args(include), "{'_raw_params': '{{ item }}.yml', 'apply': {'become': True}}");
    assert_eq!(include.r#loop.as_ref().unwrap().terms, Value::from("{{ names | default('names') }}"));
    let command = task(&play.tasks[2]);
    assert_eq!(
        (args(command).as_str(), command.keywords.check_mode.clone()),
        ("{'warn': 'no', '_raw_params': 'ls'}", Some(Field::Literal(false)))
    );
    assert!(loader.take_warnings().len() >= 5);
}
