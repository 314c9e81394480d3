//! Whole texts.

use crate::{
    Document, Node, Source, Span, Trust, YamlError,
    compose::Composer,
    events::{Events, Fault, Text},
    hint, json,
};
use libyaml_safer::EventData;
use rplay_value::Value;
use std::sync::Arc;

/// The one document of a text; a text without documents gives a null root.
///
/// # Errors
/// Where the text is not YAML, holds more than one document, or uses what Ansible's loader refuses.
pub fn load(source: &Source, trust: Trust) -> Result<Document, YamlError> {
    let source = Arc::new(source.clone());
    if let Some(root) = json::read(&source, trust) {
        return Ok(Document { source, root, warnings: Vec::new() });
    }
    single(&source, trust).map_err(|fault| error(fault, &source))
}

/// All documents of a text, in order.
///
/// # Errors
/// Where the text is not YAML or uses what Ansible's loader refuses.
pub fn load_all(source: &Source, trust: Trust) -> Result<Vec<Document>, YamlError> {
    let source = Arc::new(source.clone());
    every(&source, trust).map_err(|fault| error(fault, &source))
}

fn single(source: &Arc<Source>, trust: Trust) -> Result<Document, Fault> {
    let text = Text::new(source);
    let mut events = Events::new(&text);
    let Some((document, start)) = next_document(&mut events, source, trust)? else {
        let root = Node::scalar(Span::at(1, 1), Value::None);
        return Ok(Document { source: source.clone(), root, warnings: Vec::new() });
    };
    match events.next()? {
        (EventData::StreamEnd, _) => Ok(document),
        (_, span) => Err(Fault::new(span, "but found another document")
            .within("expected a single document in the stream", start)),
    }
}

fn every(source: &Arc<Source>, trust: Trust) -> Result<Vec<Document>, Fault> {
    let text = Text::new(source);
    let mut events = Events::new(&text);
    let mut documents = Vec::new();
    while let Some((document, _)) = next_document(&mut events, source, trust)? {
        documents.push(document);
    }
    Ok(documents)
}

/// The next document and where its content begins; `None` at the end of the stream.
fn next_document(
    events: &mut Events<'_>,
    source: &Arc<Source>,
    trust: Trust,
) -> Result<Option<(Document, Span)>, Fault> {
    loop {
        match events.next()? {
            (EventData::StreamStart { .. }, _) => {}
            (EventData::DocumentStart { .. }, span) => {
                let mut composer = Composer::new(events, source, trust);
                let root = composer.node()?;
                let warnings = composer.warnings;
                events.next()?;
                return Ok(Some((Document { source: source.clone(), root, warnings }, span)));
            }
            _ => return Ok(None),
        }
    }
}

fn error(fault: Fault, source: &Arc<Source>) -> YamlError {
    let (context, context_place) = fault.context.unzip();
    let hint = hint::hint(source, fault.place, &fault.problem)
        .or_else(|| hint::open_quote(context.as_deref()?, context_place.flatten()?));
    YamlError {
        origin: source.clone(),
        place: fault.place,
        problem: fault.problem,
        context,
        context_place: context_place.flatten(),
        hint,
    }
}
