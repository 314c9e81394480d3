//! `local`: facts an administrator left in a directory, as files or as programs.

use super::host::Host;
use super::ini;
use crate::System;
use crate::args::{Map, Value};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub(super) fn collect(host: &Host<'_>) -> Map {
    let mut local = Map::new();
    for path in host.sys.read_dir(host.fact_path).unwrap_or_default() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with('.') && name.ends_with(".fact") {
            let fact = fact(host.sys, &path).unwrap_or_else(|complaint| {
                host.sys.warn(complaint.clone());
                complaint.into()
            });
            local.insert(name.replace(".fact", ""), fact);
        }
    }
    Map::from_iter([("local".to_owned(), Value::Object(local))])
}

/// A file's facts.
///
/// # Errors
/// The complaint, which is both warned of and the fact's value.
fn fact(sys: &System, path: &PathBuf) -> Result<Value, String> {
    let shown = path.display();
    let found = std::fs::metadata(path).map_err(|error| format!("Could not stat fact ({shown}): {error}"))?;
    let content = if found.permissions().mode() & 0o100 == 0 {
        sys.read(path).unwrap_or_default()
    } else {
        program(sys, path)?
    };
    let text = String::from_utf8(content)
        .map_err(|_| format!("error loading fact - output of running \"{shown}\" was not utf-8"))?;
    parse(text.trim(), path)
}

fn program(sys: &System, path: &Path) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let output = sys.command([path.to_string_lossy()]).c_locale().run();
    let output = output.map_err(|error| format!("Could not execute fact script ({shown}): {error}"))?;
    match output.rc {
        0 => Ok(output.stdout),
        rc => {
            Err(format!("Failure executing fact script ({shown}), rc: {rc}, err: {}", output.stderr_text()))
        }
    }
}

fn parse(text: &str, path: &Path) -> Result<Value, String> {
    if let Ok(fact) = serde_json::from_str(text) {
        return Ok(fact);
    }
    let shown = path.display();
    let file = ini::parse(text)
        .ok_or_else(|| format!("error loading facts as JSON or ini - please check content: {shown}"))?;
    file.resolved()
        .map_err(|why| format!("error loading facts as ini - please check content: {shown} ({why})"))
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn local_facts_are_read_and_run() {
        let bench = Bench::new();
        bench.write("a.fact", "{\"x\": [1, null]}").write("b.fact", "[s]\nKey = v\nother: w\n");
        bench.write("c.fact", "#!/bin/sh\necho '{\"ran\": true}'\n").write("d.fact", "#!/bin/sh\nexit 3\n");
        bench.write("e.fact", "nonsense").write("ignored.txt", "{}").write("f.fact", "");
        for name in ["c.fact", "d.fact"] {
            std::fs::set_permissions(bench.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let result =
            bench.run("setup", json!({"gather_subset": ["!all", "!min", "local"], "fact_path": "@."}));
        let local = &result["ansible_facts"]["ansible_local"];
        assert_eq!(local["a"], json!({"x": [1, null]}));
        assert_eq!(local["b"], json!({"s": {"key": "v", "other": "w"}}));
        assert_eq!(local["c"], json!({"ran": true}));
        assert!(local["d"].as_str().unwrap().starts_with("Failure executing fact script ("), "{local}");
        assert!(local["e"].as_str().unwrap().starts_with("error loading facts as JSON or ini"), "{local}");
        assert_eq!(local["f"], json!({}));
        assert_eq!(local.as_object().unwrap().len(), 6);
        assert_eq!(result["warnings"].as_array().unwrap().len(), 2);
    }
}
