//! From events to nodes: tags, anchors, aliases, and the bounds that keep hostile texts cheap.

use crate::{
    Kind, Node, Source, Span, Trust, Warning,
    events::{Events, Fault},
    mapping::{self, Entry},
    resolve::{Type, resolve},
    scalar,
    tag::Tag,
};
use libyaml_safer::EventData;
use rplay_value::{Origin, Str, Value, Vaulted};
use std::{collections::HashMap, sync::Arc};

/// Nesting beyond this is an error; real content stays far below.
const MAX_DEPTH: usize = 256;
/// Nodes that aliases may add to a document, counted as if each alias were written out.
const MAX_ALIASED: u64 = 1_000_000;

/// A node under an anchor, or none while it is still being read.
struct Anchored {
    node: Option<Node>,
    weight: u64,
    span: Span,
}

/// What stands before a node.
#[derive(Default)]
struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
}

/// Reads the nodes of one document.
pub(crate) struct Composer<'e, 't> {
    events: &'e mut Events<'t>,
    source: Arc<Source>,
    trusted: bool,
    unsafe_depth: usize,
    depth: usize,
    anchors: HashMap<String, Anchored>,
    weight: u64,
    aliased: u64,
    pub(crate) warnings: Vec<Warning>,
}

impl<'e, 't> Composer<'e, 't> {
    pub(crate) fn new(events: &'e mut Events<'t>, source: &Arc<Source>, trust: Trust) -> Self {
        Self {
            events,
            source: source.clone(),
            trusted: trust == Trust::Trusted,
            unsafe_depth: 0,
            depth: 0,
            anchors: HashMap::new(),
            weight: 0,
            aliased: 0,
            warnings: Vec::new(),
        }
    }

    /// The node that begins with the next event.
    pub(crate) fn node(&mut self) -> Result<Node, Fault> {
        let (event, span) = self.events.next()?;
        self.node_from(event, span)
    }

    fn node_from(&mut self, event: EventData, span: Span) -> Result<Node, Fault> {
        match event {
            EventData::Alias { anchor } => self.alias(&anchor, span),
            EventData::Scalar { anchor, tag, value, plain_implicit, .. } => {
                let tag = tag.filter(|tag| tag != "!");
                self.anchored(Properties { anchor, tag }, span, |own, tag| {
                    own.scalar(tag, value, plain_implicit, span)
                })
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                self.collection(Properties { anchor, tag }, span, Self::sequence)
            }
            EventData::MappingStart { anchor, tag, .. } => {
                self.collection(Properties { anchor, tag }, span, Self::mapping)
            }
            _ => Err(Fault::new(span, "expected a node")),
        }
    }

    fn alias(&mut self, anchor: &str, span: Span) -> Result<Node, Fault> {
        let Some(anchored) = self.anchors.get(anchor) else {
            return Err(Fault::new(span, "found undefined alias"));
        };
        let Some(node) = anchored.node.clone() else {
            return Err(Fault::new(anchored.span, "found unconstructable recursive node"));
        };
        self.weight += anchored.weight;
        self.aliased += anchored.weight;
        if self.aliased > MAX_ALIASED {
            return Err(Fault::new(span, "aliases repeat more than 1000000 nodes"));
        }
        Ok(node)
    }

    /// Reads a node with `read` and remembers it under its anchor.
    fn anchored(
        &mut self,
        properties: Properties,
        span: Span,
        read: impl FnOnce(&mut Self, Option<String>) -> Result<Node, Fault>,
    ) -> Result<Node, Fault> {
        let before = self.weight;
        self.weight += 1;
        let Properties { anchor, tag } = properties;
        if let Some(anchor) = &anchor {
            self.reserve(anchor, span)?;
        }
        let node = read(self, tag)?;
        if let Some(anchor) = anchor {
            let weight = self.weight - before;
            self.anchors.insert(anchor, Anchored { node: Some(node.clone()), weight, span });
        }
        Ok(node)
    }

    fn reserve(&mut self, anchor: &str, span: Span) -> Result<(), Fault> {
        let pending = Anchored { node: None, weight: 0, span };
        match self.anchors.insert(anchor.to_owned(), pending) {
            Some(first) => Err(Fault::new(span, "second occurrence")
                .within("found duplicate anchor; first occurrence", first.span)),
            None => Ok(()),
        }
    }

    /// Reads a sequence or mapping with the checks both share.
    fn collection(
        &mut self,
        properties: Properties,
        span: Span,
        read: fn(&mut Self, Option<Tag>, Span) -> Result<Node, Fault>,
    ) -> Result<Node, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(Fault::new(span, format!("nesting deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let result = self.anchored(properties, span, |own, tag| {
            let tag = tag.filter(|tag| tag != "!").map(|tag| parse_tag(&tag, span)).transpose()?;
            let is_unsafe = tag == Some(Tag::Unsafe);
            own.unsafe_depth += usize::from(is_unsafe);
            let node = read(own, tag.filter(|_| !is_unsafe), span);
            own.unsafe_depth -= usize::from(is_unsafe);
            node
        });
        self.depth -= 1;
        result
    }

    fn sequence(&mut self, tag: Option<Tag>, span: Span) -> Result<Node, Fault> {
        match tag {
            None | Some(Tag::Seq | Tag::Pairs) => {}
            Some(tag) => return Err(wrong_kind(tag, "sequence", span)),
        }
        let mut items = Vec::new();
        let end = loop {
            match self.events.next()? {
                (EventData::SequenceEnd, end) => break end,
                (event, span) => items.push(self.node_from(event, span)?),
            }
        };
        if tag == Some(Tag::Pairs) {
            self.deprecated(
                span,
                "Use of the YAML `!!omap` and `!!pairs` tags is deprecated.",
                "Use a mapping.",
            );
            items = items.iter().map(|item| mapping::pair(item, span)).collect::<Result<_, _>>()?;
        }
        Ok(Node { span: joined(span, end), kind: Kind::Seq(Arc::new(items)) })
    }

    fn mapping(&mut self, tag: Option<Tag>, span: Span) -> Result<Node, Fault> {
        match tag {
            None | Some(Tag::Map | Tag::Set) => {}
            Some(tag) => return Err(wrong_kind(tag, "mapping", span)),
        }
        let mut entries = Vec::new();
        let end = loop {
            match self.events.next()? {
                (EventData::MappingEnd, end) => break end,
                (event, key_span) => entries.push(self.entry(event, key_span)?),
            }
        };
        let entries = mapping::finish(entries, span, &mut self.warnings)?;
        let kind = if tag == Some(Tag::Set) {
            Kind::Seq(Arc::new(entries.into_iter().map(|(key, _)| key).collect()))
        } else {
            Kind::Map(Arc::new(entries))
        };
        Ok(Node { span: joined(span, end), kind })
    }

    fn entry(&mut self, event: EventData, span: Span) -> Result<Entry, Fault> {
        match special_key(&event) {
            Some(Type::Merge) => Ok(Entry::Merge(self.node()?)),
            Some(_) => {
                let key = self.string("=", span);
                Ok(Entry::Own(key, self.node()?))
            }
            None => Ok(Entry::Own(self.node_from(event, span)?, self.node()?)),
        }
    }

    fn scalar(&mut self, tag: Option<String>, text: String, plain: bool, span: Span) -> Result<Node, Fault> {
        let tag = match tag {
            Some(tag) => parse_tag(&tag, span)?,
            None => Tag::Scalar(if plain { resolve(&text) } else { Type::Str }),
        };
        match tag {
            Tag::Scalar(kind) => self.typed(kind, &text, span),
            Tag::Unsafe => {
                self.unsafe_depth += 1;
                let node = self.typed(resolve(&text), &text, span);
                self.unsafe_depth -= 1;
                node
            }
            Tag::Vault => vaulted(&text, self.origin(span), span, "!vault"),
            Tag::VaultEncrypted => {
                self.deprecated(
                    span,
                    "Use of the YAML `!vault-encrypted` tag is deprecated.",
                    "Use the `!vault` tag instead.",
                );
                vaulted(&text, self.origin(span), span, "!vault-encrypted")
            }
            Tag::Seq | Tag::Map | Tag::Set | Tag::Pairs => Err(wrong_kind(tag, "scalar", span)),
        }
    }

    fn typed(&self, kind: Type, text: &str, span: Span) -> Result<Node, Fault> {
        if kind == Type::Str {
            return Ok(self.string(text, span));
        }
        scalar::construct(kind, text)
            .map(|value| Node::scalar(span, value))
            .map_err(|problem| Fault::new(span, problem))
    }

    fn string(&self, text: &str, span: Span) -> Node {
        let tag = rplay_value::Tag {
            trusted: self.trusted && self.unsafe_depth == 0,
            origin: Some(self.origin(span)),
            ..rplay_value::Tag::default()
        };
        Node::scalar(span, Value::Str(Str::tagged(text, tag)))
    }

    fn origin(&self, span: Span) -> Origin {
        Origin { file: self.source.name.clone(), line: span.line, column: span.column }
    }

    fn deprecated(&mut self, span: Span, message: &str, help: &str) {
        self.warnings.push(Warning {
            message: message.into(),
            help: help.into(),
            span,
            first: None,
            deprecated: true,
        });
    }
}

fn parse_tag(tag: &str, span: Span) -> Result<Tag, Fault> {
    Tag::parse(tag).ok_or_else(|| {
        Fault::new(
            span,
            format!("could not determine a constructor for the tag {}", rplay_value::str_repr(tag)),
        )
    })
}

fn wrong_kind(tag: Tag, found: &str, span: Span) -> Fault {
    match tag {
        Tag::Vault => Fault::new(span, "the '!vault' tag requires a string value"),
        Tag::VaultEncrypted => Fault::new(span, "the '!vault-encrypted' tag requires a string value"),
        tag => Fault::new(span, format!("expected a {} node, but found {found}", tag.needs())),
    }
}

fn vaulted(text: &str, origin: Origin, span: Span, tag: &str) -> Result<Node, Fault> {
    if resolve(text) != Type::Str {
        return Err(Fault::new(span, format!("the '{tag}' tag requires a string value")));
    }
    let vaulted = Vaulted { ciphertext: text.into(), origin: Some(origin) };
    Ok(Node::scalar(span, Value::Vaulted(Arc::new(vaulted))))
}

/// `<<` and `=` mean something only as plain keys.
fn special_key(event: &EventData) -> Option<Type> {
    let EventData::Scalar { anchor: None, tag, value, plain_implicit, .. } = event else { return None };
    let kind = match tag.as_deref().filter(|tag| *tag != "!") {
        None if *plain_implicit => resolve(value),
        Some(tag) => match Tag::parse(tag)? {
            Tag::Scalar(kind) => kind,
            _ => return None,
        },
        None => return None,
    };
    matches!(kind, Type::Merge | Type::Value).then_some(kind)
}

fn joined(start: Span, end: Span) -> Span {
    Span { end_line: end.end_line, end_column: end.end_column, ..start }
}
