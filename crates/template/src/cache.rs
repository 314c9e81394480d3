//! Parsed templates, kept by source and options.

use crate::{
    ErrorKind, Templar, TemplateError,
    ast::Template,
    front::{self, Form, Syntax, SyntaxFault, SyntaxOptions},
    val::looks_like_template,
};
use rplay_value::{Hashing, Str};
use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Templates of a generation; two are kept.
const GENERATION: usize = 8192;

#[derive(PartialEq, Eq, Hash)]
struct Key {
    text: Arc<str>,
    form: Form,
    raw_strings: bool,
    /// None for Ansible's defaults.
    options: Option<Arc<SyntaxOptions>>,
}

/// A template, parsed by whoever asks first; the others wait for it.
type Parsed = Arc<OnceLock<Result<Arc<Template>, SyntaxFault>>>;

type Templates = HashMap<Key, Parsed, Hashing>;

/// The templates that are kept. When the young generation is full, it becomes the old one, and what of the old one
/// was not asked for since is forgotten.
#[derive(Default)]
struct Generations {
    young: Templates,
    old: Templates,
}

impl Generations {
    /// The entry of a key, young from now on, and what is forgotten for it.
    fn entry(&mut self, key: Key) -> (Parsed, Templates) {
        let kept = self.old.remove(&key);
        let mut forgotten = Templates::default();
        if self.young.len() >= GENERATION {
            forgotten = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
        }
        let parsed = self.young.entry(key).or_insert_with(|| kept.unwrap_or_default());
        (Arc::clone(parsed), forgotten)
    }
}

/// The cache.
#[derive(Default)]
pub(crate) struct Cache {
    templates: RwLock<Generations>,
    parses: AtomicU64,
}

impl Cache {
    /// How many sources were parsed.
    pub(crate) fn parses(&self) -> u64 {
        self.parses.load(Ordering::Relaxed)
    }

    fn entry(&self, key: Key) -> Parsed {
        if let Some(found) = self.templates.read().unwrap_or_else(PoisonError::into_inner).young.get(&key) {
            return Arc::clone(found);
        }
        let (parsed, forgotten) = self.templates.write().unwrap_or_else(PoisonError::into_inner).entry(key);
        // Thousands of templates are dropped while nobody waits for the lock.
        drop(forgotten);
        parsed
    }
}

impl Templar {
    /// The parsed form of a source. Filters and tests it needs must exist.
    pub(crate) fn compiled(
        &self,
        source: &Str,
        form: Form,
        raw_strings: bool,
        options: &Arc<SyntaxOptions>,
    ) -> Result<Arc<Template>, TemplateError> {
        let default = self.default_options();
        let is_default = Arc::ptr_eq(options, default) || options == default;
        let custom = (!is_default).then(|| Arc::clone(options));
        let key = Key { text: Arc::clone(source.text()), form, raw_strings, options: custom };
        let parsed = self.cache().entry(key);
        match parsed.get_or_init(|| self.parse(source, form, raw_strings, options)) {
            Ok(template) => Ok(Arc::clone(template)),
            Err(fault) => Err(self.syntax_error(fault, source, source, form == Form::Expression)),
        }
    }

    fn parse(
        &self,
        source: &str,
        form: Form,
        raw_strings: bool,
        options: &Arc<SyntaxOptions>,
    ) -> Result<Arc<Template>, SyntaxFault> {
        self.cache().parses.fetch_add(1, Ordering::Relaxed);
        let syntax = Syntax {
            options: Arc::clone(options),
            raw_strings,
            do_statement: self.has_extension("do"),
            loop_controls: self.has_extension("loopcontrols"),
        };
        front::parse(source, form, &syntax).and_then(|template| self.check(template)).map(Arc::new)
    }

    fn check(&self, mut template: Template) -> Result<Template, SyntaxFault> {
        for required in std::mem::take(&mut template.required) {
            let name = &required.name;
            let known =
                if required.is_test { self.test(name).is_some() } else { self.filter(name).is_some() };
            if !known {
                let kind = if required.is_test { "test" } else { "filter" };
                return Err(SyntaxFault {
                    kind: "TemplateAssertionError",
                    message: format!("No {kind} named {}.", rplay_value::str_repr(name)),
                    at: required.at,
                });
            }
        }
        Ok(template)
    }

    fn has_extension(&self, name: &str) -> bool {
        self.settings()
            .jinja2_extensions
            .iter()
            .any(|extension| extension.trim().strip_prefix("jinja2.ext.").unwrap_or(extension.trim()) == name)
    }

    /// Ansible's error for a source that does not parse.
    pub(crate) fn syntax_error(
        &self,
        fault: &SyntaxFault,
        source: &str,
        shown: &Str,
        expression: bool,
    ) -> TemplateError {
        let generated = fault.kind == "SyntaxError";
        let message = match expression {
            _ if generated => "Error rendering template.",
            false => "Syntax error in template.",
            true if looks_like_template(source) => {
                "Syntax error in expression. Template delimiters are not supported in expressions."
            }
            true => "Syntax error in expression.",
        };
        let kind = if generated { ErrorKind::Template } else { ErrorKind::Syntax };
        let before = &source[..source.floor_char_boundary(fault.at.min(source.len()))];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let position = (u32::try_from(line).unwrap_or(0), u32::try_from(column).unwrap_or(0));
        TemplateError {
            origin: shown.origin().cloned(),
            position: Some(position),
            excerpt: source.lines().nth(line - 1).map(|line| line.chars().take(200).collect()),
            ..TemplateError::new(kind, message).caused_by(fault.kind, fault.message.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Settings, Templar};

    #[test]
    fn what_is_used_stays_kept() {
        let templar = Templar::new(Settings::default());
        let compile = |text: &str| {
            let options = templar.default_options();
            templar.compiled(&Str::trusted(text), Form::Template, true, options).unwrap()
        };
        for number in 0..3 * GENERATION {
            compile(&number.to_string());
            if number % 1000 == 0 {
                compile("used");
            }
        }
        assert_eq!(templar.work().parses, 3 * GENERATION as u64 + 1);
        compile("0");
        assert_eq!(templar.work().parses, 3 * GENERATION as u64 + 2);
        let kept = templar.cache().templates.read().unwrap();
        assert!(kept.young.len() + kept.old.len() <= 2 * GENERATION);
    }
}
