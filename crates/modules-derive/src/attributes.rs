//! Reading `#[arg(…)]`, `#[args(…)]` and doc comments.

use crate::literal::{literal, text, texts};
use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, LitBool, LitStr, Meta, Result, Token, parenthesized};

/// What `#[arg(…)]` says about a field.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) name: Option<String>,
    pub(crate) default: Option<TokenStream>,
    pub(crate) aliases: Vec<String>,
    pub(crate) required: bool,
    pub(crate) no_log: Option<bool>,
    pub(crate) choices: Vec<String>,
    pub(crate) ty: Option<LitStr>,
    pub(crate) elements: Option<LitStr>,
    pub(crate) env: Vec<String>,
    pub(crate) removed_in: Option<String>,
    pub(crate) removed_at: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) deprecated_aliases: Vec<(String, String)>,
    pub(crate) apply_defaults: bool,
    pub(crate) flatten: bool,
}

impl FieldAttributes {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("arg")) {
            attribute.parse_nested_meta(|meta| found.read_one(&meta))?;
        }
        Ok(found)
    }

    fn read_one(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let Some(key) = meta.path.get_ident().map(ToString::to_string) else {
            return Err(meta.error("a plain word is wanted here"));
        };
        match key.as_str() {
            "name" => self.name = Some(string(meta)?),
            "default" => self.default = Some(literal(&meta.value()?.parse::<Expr>()?)?),
            "alias" => self.aliases.push(string(meta)?),
            "aliases" => self.aliases.extend(words(meta)?),
            "required" => self.required = true,
            "no_log" => self.no_log = Some(flag(meta)?),
            "choices" => self.choices = words(meta)?,
            "ty" => self.ty = Some(meta.value()?.parse()?),
            "elements" => self.elements = Some(meta.value()?.parse()?),
            "env" => self.env = words(meta)?,
            "removed_in" => self.removed_in = Some(string(meta)?),
            "removed_at" => self.removed_at = Some(string(meta)?),
            "collection" => self.collection = Some(string(meta)?),
            "deprecated_alias" => match words(meta)?.as_slice() {
                [name, version] => self.deprecated_aliases.push((name.clone(), version.clone())),
                _ => return Err(meta.error("deprecated_alias(\"name\", \"version\") is wanted")),
            },
            "apply_defaults" => self.apply_defaults = true,
            "flatten" => self.flatten = true,
            _ => return Err(meta.error("no such attribute of an argument")),
        }
        Ok(())
    }
}

/// The rules between parameters, as the tokens of `Rule` constants.
pub(crate) fn rules(attributes: &[Attribute]) -> Result<Vec<TokenStream>> {
    let mut rules = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("args")) {
        attribute.parse_nested_meta(|meta| {
            rules.push(rule(&meta)?);
            Ok(())
        })?;
    }
    Ok(rules)
}

fn rule(meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
    let Some(key) = meta.path.get_ident().map(ToString::to_string) else {
        return Err(meta.error("a rule's name is wanted here"));
    };
    let parts: Vec<Expr> = expressions(meta)?;
    let all = || parts.iter().map(text).collect::<Result<Vec<_>>>();
    match (key.as_str(), parts.as_slice()) {
        ("mutually_exclusive", _) => {
            let names = all()?;
            Ok(quote!(::rplay_modules::args::Rule::MutuallyExclusive(&[#(#names),*])))
        }
        ("required_together", _) => {
            let names = all()?;
            Ok(quote!(::rplay_modules::args::Rule::RequiredTogether(&[#(#names),*])))
        }
        ("required_one_of", _) => {
            let names = all()?;
            Ok(quote!(::rplay_modules::args::Rule::RequiredOneOf(&[#(#names),*])))
        }
        ("required_by", [key, names]) => {
            let (key, names) = (text(key)?, texts(names)?);
            Ok(quote!(::rplay_modules::args::Rule::RequiredBy { key: #key, needs: &[#(#names),*] }))
        }
        ("required_if", [key, value, names, rest @ ..]) => {
            let (key, value, names) = (text(key)?, literal(value)?, texts(names)?);
            let any = !rest.is_empty();
            Ok(
                quote!(::rplay_modules::args::Rule::RequiredIf { key: #key, value: #value, needs: &[#(#names),*], any: #any }),
            )
        }
        _ => Err(meta.error("no such rule, or not in this form")),
    }
}

/// The text of the doc comments, lines joined, the one leading space gone.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        if !pair.path.is_ident("doc") {
            continue;
        }
        if let Ok(line) = text(&pair.value) {
            lines.push(line.strip_prefix(' ').unwrap_or(&line).to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

fn string(meta: &ParseNestedMeta<'_>) -> Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

fn flag(meta: &ParseNestedMeta<'_>) -> Result<bool> {
    if meta.input.peek(Token![=]) { Ok(meta.value()?.parse::<LitBool>()?.value) } else { Ok(true) }
}

fn words(meta: &ParseNestedMeta<'_>) -> Result<Vec<String>> {
    expressions(meta)?.iter().map(text).collect()
}

fn expressions(meta: &ParseNestedMeta<'_>) -> Result<Vec<Expr>> {
    let inside;
    parenthesized!(inside in meta.input);
    Ok(Punctuated::<Expr, Token![,]>::parse_terminated(&inside)?.into_iter().collect())
}
