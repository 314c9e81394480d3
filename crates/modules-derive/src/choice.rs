//! `#[derive(Choice)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "Choice is for enums without fields"));
    };
    let ident = &input.ident;
    let mut variants = Vec::new();
    let mut words = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a choice carries no fields"));
        }
        let given = variant.attrs.iter().find(|attribute| attribute.path().is_ident("choice"));
        words.push(match given {
            Some(attribute) => attribute.parse_args::<LitStr>()?.value(),
            None => snake_case(&variant.ident.to_string()),
        });
        variants.push(&variant.ident);
    }
    Ok(quote! {
        #[automatically_derived]
        impl ::rplay_modules::args::Choice for #ident {
            const CHOICES: &'static [&'static str] = &[#(#words),*];
            fn as_str(&self) -> &'static str {
                match self { #(Self::#variants => #words),* }
            }
            fn from_word(word: &str) -> ::core::option::Option<Self> {
                match word { #(#words => ::core::option::Option::Some(Self::#variants),)* _ => ::core::option::Option::None }
            }
        }
        #[automatically_derived]
        impl ::rplay_modules::args::FromArg for #ident {
            const TYPE: ::rplay_modules::args::Type = ::rplay_modules::args::Type::Str;
            const CHOICES: &'static [&'static str] = <Self as ::rplay_modules::args::Choice>::CHOICES;
            fn from_arg(value: ::rplay_modules::args::Value) -> ::core::result::Result<Self, ::std::string::String> {
                ::rplay_modules::args::choice_from(value)
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::rplay_modules::args::Choice::as_str(self))
            }
        }
    })
}

fn snake_case(name: &str) -> String {
    let mut word = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}
