//! Filters of `community.crypto`: certificates, public keys, serial numbers.

use super::{number::parse_int, util};
use crate::{
    Args, Ctx, Fault, Res, Val, methods,
    python::x509::{self, NameEncoding, X509Error},
};
use num_bigint::{BigInt, Sign};

fn refused(error: &X509Error) -> Fault {
    Fault::plugin(error.to_string())
}

/// The bytes of a text argument.
fn content(value: Val, filter: &str) -> Res<Vec<u8>> {
    match value {
        Val::Str(text) => Ok(text.as_bytes().to_vec()),
        Val::Bytes(bytes) => Ok(bytes.to_vec()),
        other => Err(Fault::plugin(format!(
            "The community.crypto.{filter} input must be a text type, not {}",
            util::class(&other)
        ))),
    }
}

fn name_encoding(value: Option<Val>) -> Res<NameEncoding> {
    match value {
        None => Ok(NameEncoding::Ascii),
        Some(Val::Str(name)) => match name.as_str() {
            "ignore" | "idna" => Ok(NameEncoding::Ascii),
            "unicode" => Ok(NameEncoding::Unicode),
            other => Err(Fault::plugin(format!(
                "The name_encoding option must be one of the values \"ignore\", \"idna\", or \"unicode\", not \"{other}\""
            ))),
        },
        Some(other) => Err(Fault::plugin(format!(
            "The name_encoding option must be of a text type, not {}",
            util::class(&other)
        ))),
    }
}

pub(super) fn x509_certificate_info(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data, encoding] = args.bind("x509_certificate_info_filter", ["data", "name_encoding"], 1)?;
    let data = content(data.unwrap_or(Val::None), "x509_certificate_info")?;
    let now = ctx.templar().outside().now().as_second();
    x509::certificate(&data, name_encoding(encoding)?, now).map_err(|error| refused(&error))
}

pub(super) fn openssl_publickey_info(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data] = args.bind("openssl_publickey_info_filter", ["data"], 1)?;
    let data = content(data.unwrap_or(Val::None), "openssl_publickey_info")?;
    x509::public_key(&data).map_err(|error| Fault::plugin(format!("Error while deserializing key: {error}")))
}

pub(super) fn split_pem(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data] = args.bind("split_pem_filter", ["data"], 1)?;
    let data = content(data.unwrap_or(Val::None), "split_pem")?;
    let text = String::from_utf8_lossy(&data);
    x509::split(&methods::lines(&text, true))
}

pub(super) fn to_serial(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [serial] = args.bind("to_serial_filter", ["serial_int"], 1)?;
    let serial = serial.unwrap_or(Val::None);
    let int = Some(&serial).filter(|serial| serial.is_integer()).and_then(crate::val::integer_of);
    let Some(int) = int else {
        return Err(Fault::plugin(format!(
            "The input for the community.crypto.to_serial filter must be an integer; got {} instead",
            util::class(&serial)
        )));
    };
    if int.sign() == Sign::Minus {
        return Err(Fault::plugin(
            "The input for the community.crypto.to_serial filter must not be negative",
        ));
    }
    let bytes = int.to_bytes_be().1;
    ctx.budget().text(bytes.len().saturating_mul(3))?;
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Val::from(pairs.join(":")))
}

pub(super) fn parse_serial(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [serial] = args.bind("parse_serial_filter", ["serial_str"], 1)?;
    let serial = match serial.unwrap_or(Val::None) {
        Val::Str(text) => text.to_string(),
        Val::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        other => {
            return Err(Fault::plugin(format!(
                "The input for the community.crypto.parse_serial filter must be a string; got {} instead",
                util::class(&other)
            )));
        }
    };
    let bytes = serial.split(':').enumerate().map(|(at, part)| serial_part(at + 1, part));
    let bytes = bytes.collect::<Res<Vec<u8>>>()?;
    Ok(Val::int(BigInt::from_bytes_be(Sign::Plus, &bytes)))
}

/// One byte in hexadecimal digits.
fn serial_part(number: usize, part: &str) -> Res<u8> {
    let shown = rplay_value::str_repr(part);
    let why = match parse_int(part, 16).map(u8::try_from) {
        Some(Ok(byte)) => return Ok(byte),
        Some(Err(_)) => "the value is not in range [0, 255]".to_owned(),
        None => format!("invalid literal for int() with base 16: {shown}"),
    };
    Err(Fault::plugin(format!(
        "The {number}{} part {shown} is not a hexadecimal number in range [0, 255]: {why}",
        ordinal(number)
    )))
}

fn ordinal(number: usize) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}
