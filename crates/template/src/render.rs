//! Rendering: the public operations of a [`Templar`].

use crate::{
    Args, Cause, Ctx, ErrorKind, Fault, LookupArgs, Marker, Scope, Templar, TemplateError, Val, eval,
    front::{Form, SyntaxOptions, header},
    val::{is_template, looks_like_template, needs_rendering},
};
use rplay_value::{Str, Value};
use std::{path::PathBuf, rc::Rc, sync::Arc};

type Rendered<T> = Result<T, TemplateError>;

/// How a template file is rendered: the `template` module's options.
#[derive(Clone, Debug, Default)]
pub struct FileOptions {
    /// Delimiters and white space settings, before those of a `#jinja2:` header.
    pub syntax: SyntaxOptions,
    /// Where `include` and `import` look, in order; by default the directories of `ansible_search_path`.
    pub search_path: Option<Vec<PathBuf>>,
}

impl From<TemplateError> for Fault {
    fn from(error: TemplateError) -> Self {
        Fault::Template(Box::new(error))
    }
}

/// A fault as the error of the template (or expression) that it ended.
fn error_of(fault: Fault, source: Option<&Str>, line: u32, expression: bool) -> TemplateError {
    let outer = if expression { "Error rendering expression." } else { "Error rendering template." };
    let origin = source.and_then(|source| source.origin().cloned());
    let excerpt = source.map(|source| source.lines().next().unwrap_or_default().chars().take(200).collect());
    match fault {
        Fault::Template(error) => *error,
        Fault::Marker(marker) => match marker.error() {
            Some(error) => error.clone(),
            None => TemplateError {
                origin: marker.origin.clone().or(origin),
                excerpt,
                chain: marker.through.clone(),
                ..TemplateError::new(ErrorKind::Undefined, marker.message())
            },
        },
        Fault::Raised(raised) => TemplateError {
            origin,
            excerpt,
            position: (line > 0).then_some((line, 0)),
            ..TemplateError::new(ErrorKind::Template, outer).caused_by(raised.kind, raised.message)
        },
    }
}

/// Restores the newlines at the end that the template lost.
fn restore_newlines(source: &str, value: Val, sequence: &str) -> Val {
    let count = |text: &str| text.len() - text.trim_end_matches('\n').len();
    match &value {
        Val::Str(text) => {
            let (wanted, present) = (count(source), count(text));
            if wanted > present {
                return Val::from(text.to_string() + &sequence.repeat(wanted - present));
            }
            value
        }
        _ => value,
    }
}

/// Runs a template source in an operation of its own.
fn run_template(
    ctx: &mut Ctx<'_>,
    text: &Str,
    raw_strings: bool,
    options: &Arc<SyntaxOptions>,
) -> Result<Val, Fault> {
    if !options.may_be_template(text) {
        return Ok(Val::Str(text.clone()));
    }
    ctx.source = Some(text.clone());
    let templar = ctx.templar();
    let value = if text.starts_with("#jinja2:") {
        let (body, own) =
            header(text, options).map_err(|fault| templar.syntax_error(&fault, text, text, false))?;
        let (body, own) = (Str::from(body).with_tag_of(text), Arc::new(own));
        let template = templar.compiled(&body, Form::Template, raw_strings, &own)?;
        eval::template(ctx, &template, own)?
    } else {
        let template = templar.compiled(text, Form::Template, raw_strings, options)?;
        eval::template(ctx, &template, Arc::clone(options))?
    };
    ctx.meter().check()?;
    // The header's own sequence is for the text inside only, as in Ansible.
    Ok(restore_newlines(text, value, &options.newline_sequence))
}

/// A variable's template, rendered in its scope or recalled from there; failures become undefined values.
pub(crate) fn variable(ctx: &mut Ctx<'_>, text: &Str, scope: &Arc<dyn Scope>) -> Val {
    if let Some(kept) = scope.rendered(text) {
        return ctx.recall(&kept);
    }
    let mut inner = ctx.nested(Arc::clone(scope));
    if inner.nesting() > crate::ctx::MAX_NESTING {
        let mut error = TemplateError::new(ErrorKind::Template, "Recursive loop detected in template.")
            .caused_by("RecursionError", "maximum recursion depth exceeded in comparison");
        error.origin = text.origin().cloned();
        return Val::Undef(Rc::new(Marker::failed(error)));
    }
    ctx.templar().count_variable();
    let result = inner.deeper(|inner| run_template(inner, text, true, inner.templar().default_options()));
    let mut watch = std::mem::take(&mut inner.watch);
    if let Some(kept) = result.as_ref().ok().and_then(|value| watch.outcome(value)) {
        scope.keep(text, &kept);
    }
    ctx.looked_at(watch);
    match result {
        Ok(value) => value,
        Err(Fault::Marker(marker)) => Val::Undef(marker),
        Err(fault) => Val::Undef(Rc::new(Marker::failed(error_of(fault, Some(text), inner.line, false)))),
    }
}

fn omitted() -> TemplateError {
    TemplateError::new(ErrorKind::Omitted, "A template was resolved to an Omit scalar.")
}

impl Templar {
    /// Renders a whole tree of data. `None`: the value was omitted.
    pub fn render(&self, scope: &Arc<dyn Scope>, value: &Value) -> Rendered<Option<Value>> {
        if !needs_rendering(value) {
            return Ok(Some(value.clone()));
        }
        let mut ctx = Ctx::new(self, Arc::clone(scope));
        let source = match value {
            Value::Str(text) => Some(text),
            _ => None,
        };
        let result = match value {
            Value::Str(text) => run_template(&mut ctx, text, true, self.default_options()),
            value => Ok(ctx.value_in(value, scope)),
        };
        let finished = result.and_then(|value| match value {
            Val::Omit => Ok(None),
            value => ctx.finalize(&value).map(Some),
        });
        finished.map_err(|fault| error_of(fault, source, ctx.line, false))
    }

    /// Renders a string as [`Templar::render`] does, with a search path for `include` and `import`.
    pub fn render_with_files(
        &self,
        scope: &Arc<dyn Scope>,
        text: &Str,
        options: &FileOptions,
    ) -> Rendered<Option<Value>> {
        let mut ctx = Ctx::new(self, Arc::clone(scope));
        ctx.search = options.search_path.clone().map(Rc::from);
        let result = run_template(&mut ctx, text, true, &Arc::new(options.syntax.clone())).and_then(
            |value| match value {
                Val::Omit => Ok(None),
                value => ctx.finalize(&value).map(Some),
            },
        );
        result.map_err(|fault| error_of(fault, Some(text), ctx.line, false))
    }

    /// Renders one string; an omitted value is an error.
    pub fn render_text(&self, scope: &Arc<dyn Scope>, text: &Str) -> Rendered<Value> {
        self.render(scope, &Value::Str(text.clone()))?.ok_or_else(omitted)
    }

    /// Evaluates a bare expression, as `debug: var=` does.
    pub fn expression(&self, scope: &Arc<dyn Scope>, source: &Str) -> Rendered<Value> {
        let mut ctx = Ctx::new(self, Arc::clone(scope));
        self.evaluate(&mut ctx, source)
    }

    fn evaluate(&self, ctx: &mut Ctx<'_>, source: &Str) -> Rendered<Value> {
        if !source.is_trusted() {
            let mut error =
                TemplateError::new(ErrorKind::Untrusted, "Encountered untrusted template or expression.");
            error.origin = source.origin().cloned();
            return Err(error);
        }
        ctx.source = Some(source.clone());
        ctx.expression = true;
        let template = self.compiled(source, Form::Expression, false, self.default_options())?;
        match eval::expression(ctx, &template) {
            Ok(Val::Omit) => Err(omitted()),
            Ok(value) => {
                let finished = ctx.finalize(&value).and_then(|value| ctx.meter().check().map(|()| value));
                finished.map_err(|fault| error_of(fault, Some(source), 0, true))
            }
            Err(fault) => Err(error_of(fault, Some(source), 0, true)),
        }
    }

    /// Evaluates a conditional (`when`, `failed_when`, `until`, …). The result must be a boolean; unless
    /// strict, any value is taken by its truth, with a deprecation warning.
    pub fn condition(&self, scope: &Arc<dyn Scope>, condition: &Value) -> Rendered<bool> {
        let result = self.condition_value(scope, condition).map_err(|error| match error.kind {
            ErrorKind::Undefined => TemplateError {
                cause: Some(Cause { kind: ErrorKind::Undefined.type_name(), message: error.message.clone() }),
                message: "Error while evaluating conditional.".into(),
                ..error
            },
            _ => error,
        })?;
        if let Value::Bool(bool) = result {
            return Ok(bool);
        }
        let truth = result.is_true();
        let origin = match &result {
            Value::Str(text) => text.origin().map(ToString::to_string),
            _ => None,
        };
        let message = format!(
            "Conditional result ({}) was derived from value of type '{}' at {}. Conditionals must have a boolean \
             result.",
            if truth { "True" } else { "False" },
            result.type_name(),
            rplay_value::str_repr(origin.as_deref().unwrap_or("<unknown>"))
        );
        let place = match condition {
            Value::Str(text) => text.origin(),
            _ => None,
        };
        if self.settings().strict {
            let mut error = TemplateError::new(ErrorKind::Conditional, message);
            error.origin = place.cloned();
            return Err(error);
        }
        self.deprecated(&message, place);
        Ok(truth)
    }

    fn condition_value(&self, scope: &Arc<dyn Scope>, condition: &Value) -> Rendered<Value> {
        let strict = self.settings().strict;
        let text = match condition {
            Value::Bool(_) => return Ok(condition.clone()),
            Value::Str(text) => text,
            Value::None => return self.empty_condition(condition),
            _ if strict => {
                return Err(TemplateError::new(
                    ErrorKind::Conditional,
                    "Conditional expressions must be strings.",
                ));
            }
            other => return self.render(scope, other).map(|value| value.unwrap_or(Value::None)),
        };
        let stripped = strip(text);
        if stripped.is_empty() {
            return self.empty_condition(condition);
        }
        if !is_all_template(&stripped) {
            return self.evaluate_condition(scope, &stripped);
        }
        let value = self.render_text(scope, &stripped)?;
        match value {
            Value::None => self.empty_condition(condition),
            Value::Str(inner) => {
                let inner = strip(&inner);
                if inner.is_empty() {
                    return self.empty_condition(condition);
                }
                if strict || inner.is_trusted() {
                    return self.evaluate_condition(scope, &inner);
                }
                match self.plain_word(&inner) {
                    Some(word) => Ok(word),
                    // A text out of one tag is data; out of several it was an expression before 2.19.
                    None if stripped.matches("{{").count() < 2 => Ok(Value::Str(inner)),
                    None => self.evaluate_rendered(scope, &stripped, &inner),
                }
            }
            other => {
                let place = stripped.origin();
                self.deprecated(
                    "Conditionals should not be surrounded by templating delimiters such as {{ }} or {% %}.",
                    place,
                );
                Ok(other)
            }
        }
    }

    fn plain_word(&self, text: &str) -> Option<Value> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(Value::Bool(true)),
            "false" | "no" | "off" | "0" | "none" => Some(Value::Bool(false)),
            _ => None,
        }
    }

    fn evaluate_condition(&self, scope: &Arc<dyn Scope>, text: &Str) -> Rendered<Value> {
        let mut ctx = Ctx::new(self, Arc::clone(scope));
        ctx.render_constants = true;
        let result = self.evaluate(&mut ctx, text);
        match result {
            Err(error)
                if error.kind == ErrorKind::Syntax
                    && !self.settings().strict
                    && looks_like_template(text) =>
            {
                // `when: "{{ a }} == 1"`: before 2.19 the templates in it were rendered first.
                self.deprecated(
                    "Conditionals should not contain templating delimiters such as {{ }} or {% %}.",
                    text.origin(),
                );
                let rendered = self.render_text(scope, text)?;
                self.evaluate_rendered(scope, text, &Str::from(rendered.to_text()))
            }
            other => other,
        }
    }

    /// Evaluates what the templates in a conditional were rendered to. Values may be compared; a value that
    /// brought a call or a filter along is refused, since it may come from a host.
    fn evaluate_rendered(&self, scope: &Arc<dyn Scope>, written: &Str, rendered: &Str) -> Rendered<Value> {
        let brought = |sign: char| rendered.matches(sign).count() > written.matches(sign).count();
        if brought('(') || brought('|') {
            let mut error =
                TemplateError::new(ErrorKind::Untrusted, "Encountered untrusted template or expression.");
            error.origin = written.origin().cloned();
            return Err(error);
        }
        let source = Str::trusted(rendered.text().clone());
        self.evaluate(&mut Ctx::new(self, Arc::clone(scope)), &source)
    }

    fn empty_condition(&self, condition: &Value) -> Rendered<Value> {
        let place = match condition {
            Value::Str(text) => text.origin(),
            _ => None,
        };
        if self.settings().strict {
            let mut error =
                TemplateError::new(ErrorKind::Conditional, "Empty conditional expressions are not allowed.");
            error.origin = place.cloned();
            return Err(error);
        }
        self.deprecated("Empty conditional expression was evaluated as True.", place);
        Ok(Value::Bool(true))
    }

    /// Renders the content of a template file, as the `template` module writes it.
    pub fn render_file(
        &self,
        scope: &Arc<dyn Scope>,
        source: &Str,
        options: &FileOptions,
    ) -> Rendered<String> {
        let value = self.render_file_value(scope, source, options)?;
        Ok(if value.is_none() { String::new() } else { value.to_text() })
    }

    /// The same with the native result, for the `template` lookup.
    pub fn render_file_value(
        &self,
        scope: &Arc<dyn Scope>,
        source: &Str,
        options: &FileOptions,
    ) -> Rendered<Value> {
        let mut ctx = Ctx::new(self, Arc::clone(scope));
        ctx.search = options.search_path.clone().map(Rc::from);
        let result = run_template(&mut ctx, source, false, &Arc::new(options.syntax.clone()));
        match result {
            Ok(Val::Omit) => Err(omitted()),
            Ok(value) => ctx.finalize(&value).map_err(|fault| error_of(fault, Some(source), ctx.line, false)),
            Err(fault) => Err(error_of(fault, Some(source), ctx.line, false)),
        }
    }

    /// Runs a lookup for `with_X`: terms and options as data, its list as data.
    pub fn lookup_plugin(
        &self,
        scope: &Arc<dyn Scope>,
        name: &str,
        terms: Vec<Value>,
        options: Vec<(Str, Value)>,
    ) -> Rendered<Vec<Value>> {
        let mut ctx = Ctx::new(self, Arc::clone(scope));
        let terms = terms.iter().map(|term| ctx.render(term)).collect();
        let options = options.iter().map(|(key, value)| (key.clone(), ctx.render(value))).collect();
        let list = ctx.lookup(name, LookupArgs { terms, options, as_with: true });
        let finished = list.and_then(|list| {
            let kept = list.iter().filter(|item| !matches!(item, Val::Omit));
            kept.map(|item| ctx.finalize(item)).collect::<Result<Vec<Value>, Fault>>()
        });
        finished.map_err(|fault| match fault {
            Fault::Raised(raised) => {
                TemplateError::new(ErrorKind::Plugin, format!("The lookup plugin '{name}' failed."))
                    .caused_by(raised.kind, raised.message)
            }
            fault => error_of(fault, None, 0, false),
        })
    }

    /// Applies a filter to plain data, for older forms that are filters in disguise.
    pub fn apply_filter(&self, scope: &Arc<dyn Scope>, name: &str, value: &Value) -> Rendered<Value> {
        let mut ctx = Ctx::new(self, Arc::clone(scope));
        let value = ctx.render(value);
        let result = ctx.filter(name, Args::new(vec![value])).and_then(|value| ctx.finalize(&value));
        result.map_err(|fault| error_of(fault, None, 0, false))
    }

    /// Whether a string is a template that this templar would render.
    pub fn is_template(&self, text: &Str) -> bool {
        is_template(text)
    }
}

fn strip(text: &Str) -> Str {
    let stripped = text.trim();
    if stripped.len() == text.len() { text.clone() } else { Str::from(stripped).with_tag_of(text) }
}

/// Whether a string begins and ends with a tag's delimiters.
fn is_all_template(text: &str) -> bool {
    text.starts_with("#jinja2:")
        || (["{{", "{%", "{#"].iter().any(|start| text.starts_with(start))
            && ["}}", "%}", "#}"].iter().any(|end| text.ends_with(end)))
}
