//! The way in: one call, one result.

use crate::args::{Deprecation, Map, Secrets, Validated, Value, validate};
use crate::registry::{CheckMode, Module, find};
use crate::{Change, Failure, ModuleResult, Plan, System, path_info};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One call of a module.
#[derive(Clone, Debug)]
pub struct Call {
    /// The module's short or full name, as the task wrote it.
    pub name: String,
    /// The arguments. Internal ones (`_ansible_…`) are left out: settings travel in [`System`].
    pub args: Map,
}

/// Runs a module and returns its result as Ansible's JSON object; never panics, never fails
/// otherwise than with `failed: true`.
pub fn run(call: &Call, sys: &System) -> Map {
    let module = match find(&call.name) {
        Ok(module) => module,
        Err(why) => return Failure::new(why).into_map(),
    };
    let mut args = call.args.clone();
    args.retain(|name, _| !name.starts_with("_ansible_"));
    match validate(module.spec, args, shown_name(&call.name), sys) {
        Ok(valid) => run_valid(module, call, valid, sys),
        Err(invalid) => {
            let result = Failure::new(invalid.msg).into_map();
            finish(module, result, invalid.params, &invalid.secrets, sys)
        }
    }
}

/// The name of a module in complaints about its parameters: what ansible-core runs through an action has a full one.
fn shown_name(name: &str) -> &str {
    match name {
        "command" | "shell" => "ansible.legacy.command",
        "copy" => "ansible.legacy.copy",
        other => other,
    }
}

fn run_valid(module: &Module, call: &Call, valid: Validated, sys: &System) -> Map {
    let Validated { params, secrets, warnings, deprecations } = valid;
    warnings.into_iter().for_each(|warning| sys.warn(warning));
    deprecations.into_iter().for_each(|deprecation| sys.note_deprecation(deprecation));
    if sys.check_mode() && module.check_mode == CheckMode::Skips {
        let msg = format!("remote module ({}) does not support check mode", call.name);
        let skipped = ModuleResult::unchanged().with("skipped", true).with("msg", msg);
        return finish(module, skipped.into_map(sys.diff()), params, &secrets, sys);
    }
    let given = params.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| carry_out(module, given, sys))).unwrap_or_else(|panic| {
        Err(Failure::new(format!("module panicked: {}", panic_text(panic.as_ref()))))
    });
    sys.forbid_changes();
    let result = match outcome {
        Ok(result) => result.into_map(sys.diff()),
        Err(failure) => failure.into_map(),
    };
    finish(module, result, params, &secrets, sys)
}

fn carry_out(module: &Module, params: Map, sys: &System) -> Result<ModuleResult, Failure> {
    match (module.plan)(params, sys)? {
        Plan::Done(result) => Ok(result),
        Plan::Change(Change { predicted, .. })
            if sys.check_mode() && module.check_mode != CheckMode::Acts =>
        {
            Ok(predicted)
        }
        Plan::Change(Change { predicted, apply }) => {
            sys.allow_changes();
            apply(sys, predicted)
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

fn finish(module: &Module, mut result: Map, params: Map, secrets: &Secrets, sys: &System) -> Map {
    path_info::add(&mut result, sys);
    let mut invocation = Map::new();
    invocation.insert("module_args".to_owned(), Value::Object(params));
    // `async_status` hands on the result of another module.
    result.entry("invocation").or_insert(Value::Object(invocation));
    let (warnings, deprecations) = sys.take_notes();
    if !warnings.is_empty() {
        result.insert("warnings".to_owned(), warnings.into());
    }
    if !deprecations.is_empty() {
        let maps = deprecations.iter().map(|deprecation| deprecation_map(deprecation, module));
        result.insert("deprecations".to_owned(), maps.collect());
    }
    secrets.scrub(&mut result);
    result
}

fn deprecation_map(deprecation: &Deprecation, module: &Module) -> Value {
    let mut map = Map::new();
    map.insert("msg".to_owned(), Value::from(deprecation.msg.as_str()));
    for (key, value) in [("version", &deprecation.version), ("date", &deprecation.date)] {
        if let Some(text) = value {
            map.insert(key.to_owned(), Value::from(text.as_str()));
        }
    }
    let collection = deprecation.collection_name.as_deref().unwrap_or(module.collection);
    map.insert("collection_name".to_owned(), Value::from(collection));
    if deprecation.by_module {
        let name = format!("{collection}.{}", module.name);
        map.insert("deprecator".to_owned(), serde_json::json!({"resolved_name": name, "type": "module"}));
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn complaints_are_ansibles() {
        let bench = Bench::new();
        let supported = "Supported parameters include: _diff_peek, _original_basename, access_time, \
            access_time_format, attributes, follow, force, group, mode, modification_time, \
            modification_time_format, owner, path, recurse, selevel, serole, setype, seuser, src, state, \
            unsafe_writes (attr, dest, name).";
        let table = [
            ("file", json!({}), "missing required arguments: path".to_owned()),
            (
                "file",
                json!({"path": "/x", "foo": 1}),
                format!("Unsupported parameters for (file) module: foo. {supported}"),
            ),
            (
                "file",
                json!({"path": "/x", "state": "foo"}),
                "value of state must be one of: absent, directory, file, hard, link, touch, got: foo"
                    .to_owned(),
            ),
            (
                "command",
                json!({"argv": ["a"], "cmd": "b"}),
                "parameters are mutually exclusive: _raw_params|cmd|argv".to_owned(),
            ),
            ("command", json!({}), "one of the following is required: _raw_params, cmd, argv".to_owned()),
        ];
        for (module, args, msg) in table {
            let result = bench.run(module, args);
            assert_eq!(
                (result["failed"].as_bool(), result["msg"].as_str()),
                (Some(true), Some(msg.as_str()))
            );
        }
    }

    #[test]
    fn names_resolve_as_ansible_resolves_them() {
        let bench = Bench::new();
        for name in ["ping", "ansible.builtin.ping", "ansible.legacy.ping"] {
            assert_eq!(bench.run(name, json!({}))["ping"], "pong");
        }
        let unknown = bench.run("pinng", json!({}));
        assert!(unknown["msg"].as_str().unwrap().contains("Did you mean 'ping'?"));
        assert_eq!(bench.run("a.b.ping", json!({}))["failed"], true);
    }

    #[test]
    fn invocation_shows_all_arguments() {
        let result = Bench::new().run("stat", json!({"name": "@x"}));
        let shown = &result["invocation"]["module_args"];
        assert_eq!(shown["path"], shown["name"]);
        assert_eq!(shown["checksum_algorithm"], "sha1");
        assert!(shown.get("get_md5").is_none());
    }
}
