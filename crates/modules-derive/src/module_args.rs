//! `#[derive(ModuleArgs)]`.

use crate::attributes::{FieldAttributes, docs, rules};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, Result};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "ModuleArgs is for structs"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(&input.ident, "ModuleArgs wants named fields"));
    };
    let ident = &input.ident;
    let doc = docs(&input.attrs);
    let rules = rules(&input.attrs)?;
    let (mut params, mut flattened, mut builders) = (Vec::new(), Vec::new(), Vec::new());
    for field in &fields.named {
        let given = FieldAttributes::read(&field.attrs)?;
        let Some(name) = &field.ident else { continue };
        let ty = &field.ty;
        if given.flatten {
            flattened.push(quote!(&<#ty as ::rplay_modules::args::ModuleArgs>::SPEC));
            builders.push(quote!(#name: <#ty as ::rplay_modules::args::ModuleArgs>::from_params(params)?));
            continue;
        }
        let key = parameter_name(field, &given);
        params.push(param(field, &given, &key)?);
        builders.push(quote!(#name: ::rplay_modules::args::take::<#ty>(params, #key)?));
    }
    Ok(quote! {
        #[automatically_derived]
        impl ::rplay_modules::args::ModuleArgs for #ident {
            const SPEC: ::rplay_modules::args::Spec = ::rplay_modules::args::Spec {
                doc: #doc,
                params: &[#(#params),*],
                flattened: &[#(#flattened),*],
                rules: &[#(#rules),*],
            };
            fn from_params(params: &mut ::rplay_modules::args::Map) -> ::core::result::Result<Self, ::std::string::String> {
                ::core::result::Result::Ok(Self { #(#builders),* })
            }
        }
        #[automatically_derived]
        impl ::rplay_modules::args::FromArg for #ident {
            const TYPE: ::rplay_modules::args::Type = ::rplay_modules::args::Type::Dict;
            const OPTIONS: ::core::option::Option<&'static ::rplay_modules::args::Spec> =
                ::core::option::Option::Some(&<Self as ::rplay_modules::args::ModuleArgs>::SPEC);
            fn from_arg(value: ::rplay_modules::args::Value) -> ::core::result::Result<Self, ::std::string::String> {
                ::rplay_modules::args::options_from(value)
            }
        }
    })
}

fn parameter_name(field: &Field, given: &FieldAttributes) -> String {
    let own = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    given.name.clone().unwrap_or_else(|| own.strip_prefix("r#").unwrap_or(&own).to_owned())
}

fn param(field: &Field, given: &FieldAttributes, key: &str) -> Result<TokenStream> {
    let ty = &field.ty;
    let doc = docs(&field.attrs);
    let from_arg = quote!(<#ty as ::rplay_modules::args::FromArg>);
    let coercion = named_type(given.ty.as_ref())?.unwrap_or(quote!(#from_arg::TYPE));
    let elements = match named_type(given.elements.as_ref())? {
        Some(named) => quote!(::core::option::Option::Some(#named)),
        None => quote!(#from_arg::ELEMENTS),
    };
    let has_default = given.default.is_some();
    let default = given.default.clone().unwrap_or(quote!(::rplay_modules::args::Literal::None));
    let explicit = given.required;
    let choices = &given.choices;
    let choices = if choices.is_empty() { quote!(#from_arg::CHOICES) } else { quote!(&[#(#choices),*]) };
    let (aliases, env) = (&given.aliases, &given.env);
    let no_log = match given.no_log {
        Some(flag) => quote!(::core::option::Option::Some(#flag)),
        None => quote!(::core::option::Option::None),
    };
    let removed_in = optional(given.removed_in.as_deref());
    let removed_at = optional(given.removed_at.as_deref());
    let collection = optional(given.collection.as_deref());
    let old = given.deprecated_aliases.iter().map(|(name, version)| quote!((#name, #version)));
    let apply_defaults = given.apply_defaults;
    Ok(quote! {
        ::rplay_modules::args::Param {
            name: #key,
            doc: #doc,
            ty: #coercion,
            elements: #elements,
            default: #default,
            required: #explicit || !(#has_default || #from_arg::OPTIONAL),
            choices: #choices,
            aliases: &[#(#aliases),*],
            deprecated_aliases: &[#(#old),*],
            no_log: #no_log,
            removed_in: #removed_in,
            removed_at: #removed_at,
            collection: #collection,
            env: &[#(#env),*],
            options: #from_arg::OPTIONS,
            apply_defaults: #apply_defaults,
        }
    })
}

fn optional(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

fn named_type(name: Option<&LitStr>) -> Result<Option<TokenStream>> {
    let Some(name) = name else { return Ok(None) };
    let variant = match name.value().as_str() {
        "str" => quote!(Str),
        "bool" => quote!(Bool),
        "int" => quote!(Int),
        "float" => quote!(Float),
        "list" => quote!(List),
        "dict" => quote!(Dict),
        "path" => quote!(Path),
        "raw" => quote!(Raw),
        "json" | "jsonarg" => quote!(Json),
        "bytes" => quote!(Bytes),
        "bits" => quote!(Bits),
        _ => return Err(Error::new_spanned(name, "no such argument type")),
    };
    Ok(Some(quote!(::rplay_modules::args::Type::#variant)))
}
