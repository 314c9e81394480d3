//! The reference in `docs/reference`: made of the same tables as everything else here.

use super::{catalogue, text::strings};
use crate::config::definitions;
use rplay_template::{Known, known_filters, known_lookups, known_tests};
use rplay_value::{Dict, Value};
use std::{fmt::Write, fs, io, path::Path};

/// Writes all pages.
pub(crate) fn write(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for (name, text) in pages() {
        fs::write(dir.join(name), text)?;
    }
    Ok(())
}

fn pages() -> [(&'static str, String); 3] {
    [("modules.md", modules()), ("settings.md", settings()), ("templates.md", templates())]
}

const MADE: &str = "<!-- Made by `cargo xtask docs`; changes belong into the sources. -->\n";

fn modules() -> String {
    let mut out = format!("# Modules\n\n{MADE}");
    let mut all: Vec<_> = rplay_modules::modules().iter().collect();
    all.sort_by_key(|module| (module.collection, module.name));
    for module in all {
        let _ = write!(out, "\n## {}.{}\n\n{}\n", module.collection, module.name, module.spec.doc.trim());
        let options = catalogue::options(module.spec);
        if let Some(options) = options.as_dict().filter(|all| !all.is_empty()) {
            out.push_str("\n| parameter | type | default | |\n|---|---|---|---|\n");
            rows(&mut out, options, "");
        }
    }
    let actions: Vec<&str> =
        rplay_engine::actions::names().filter(|name| rplay_modules::find(name).is_err()).collect();
    out.push_str("\n## On the controller only\n\n");
    let _ = writeln!(out, "{}.", actions.join(", "));
    out
}

fn rows(out: &mut String, options: &Dict, above: &str) {
    for (name, option) in options.iter() {
        let full = format!("{above}{}", name.as_value().to_text());
        let text = |key: &str| option.get(key).map(Value::to_text).unwrap_or_default();
        let default = match option.get("default") {
            Some(Value::None) | None => String::new(),
            Some(value) => format!("`{}`", cell(&value.to_text())),
        };
        let default =
            if option.get("required").is_some_and(Value::is_true) { "required".into() } else { default };
        let mut about = strings(option.get("description")).join(" ");
        let words = |key: &str| option.get(key).map(|value| strings(Some(value)).join(", "));
        if let Some(choices) = words("choices") {
            let _ = write!(about, " One of: {choices}.");
        }
        if let Some(aliases) = words("aliases") {
            let _ = write!(about, " Also called {aliases}.");
        }
        let _ = writeln!(out, "| `{full}` | {} | {default} | {} |", text("type"), cell(about.trim()));
        if let Some(inner) = option.get("suboptions").and_then(Value::as_dict) {
            rows(out, inner, &format!("{full}."));
        }
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn settings() -> String {
    let mut out = format!(
        "# Settings\n\n{MADE}\n| setting | file | environment | default | |\n|---|---|---|---|---|\n"
    );
    for setting in definitions::base().iter().filter(|setting| !setting.name.starts_with('_')) {
        let file: Vec<String> = setting.ini().map(|(section, key)| format!("`[{section}] {key}`")).collect();
        let env: Vec<String> = setting.names("env").map(|name| format!("`{name}`")).collect();
        let default = match setting.fields.get("default") {
            Some(Value::None | Value::Dict(_)) | None => String::new(),
            Some(value) => format!("`{}`", cell(&value.to_text())),
        };
        let about = cell(setting.text("description"));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {default} | {about} |",
            setting.name,
            file.join(" "),
            env.join(" ")
        );
    }
    out
}

fn templates() -> String {
    let mut out = format!("# Filters, tests and lookups\n\n{MADE}");
    for (title, all) in [("Filters", known_filters()), ("Tests", known_tests()), ("Lookups", known_lookups())]
    {
        let _ = write!(out, "\n## {title}\n\n| name | source |\n|---|---|\n");
        for Known { name, source, .. } in all {
            let _ = writeln!(out, "| `{}` | {source} |", cell(name));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_up_to_date() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
        for (name, text) in pages() {
            let stands = fs::read_to_string(dir.join(name)).unwrap_or_default();
            assert!(stands == text, "docs/reference/{name} is old: run `cargo xtask docs`");
        }
    }
}
