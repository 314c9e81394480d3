//! Alternative names: of domains, addresses, people and others.

use super::{NameEncoding, X509Error, colons, name};
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_cert::{der::Encode, ext::pkix::name::GeneralName};

/// A name with its kind before it, as `DNS:example.com`.
pub(super) fn shown(general: &GeneralName, encoding: NameEncoding) -> Result<String, X509Error> {
    Ok(match general {
        GeneralName::DnsName(domain) => format!("DNS:{}", self::domain(domain.as_str(), encoding)?),
        GeneralName::Rfc822Name(address) => format!("email:{}", self::email(address.as_str(), encoding)?),
        GeneralName::UniformResourceIdentifier(uri) => format!("URI:{}", self::uri(uri.as_str(), encoding)?),
        GeneralName::IpAddress(bytes) => format!("IP:{}", address(bytes.as_bytes())?),
        GeneralName::DirectoryName(name) => format!("dirName:{}", name::line(name)),
        GeneralName::RegisteredId(oid) => format!("RID:{oid}"),
        GeneralName::OtherName(other) => {
            format!("otherName:{};{}", other.type_id, colons(&other.value.to_der()?))
        }
        GeneralName::EdiPartyName(_) => {
            return Err(X509Error::Unsupported("the name of an EDI party".into()));
        }
    })
}

fn domain(domain: &str, encoding: NameEncoding) -> Result<String, X509Error> {
    if encoding == NameEncoding::Unicode && domain.split('.').any(|label| label.starts_with("xn--")) {
        return Err(X509Error::Unsupported(format!("showing the domain name {domain} in Unicode")));
    }
    Ok(domain.to_owned())
}

fn email(address: &str, encoding: NameEncoding) -> Result<String, X509Error> {
    match address.split_once('@') {
        Some((user, host)) => Ok(format!("{user}@{}", domain(host, encoding)?)),
        None => Ok(address.to_owned()),
    }
}

fn uri(uri: &str, encoding: NameEncoding) -> Result<String, X509Error> {
    let host = uri.split_once("//").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
    domain(host, encoding)?;
    Ok(uri.to_owned())
}

fn address(bytes: &[u8]) -> Result<String, X509Error> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Ok(Ipv4Addr::from(bytes).to_string());
    }
    if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
        let address = Ipv6Addr::from(bytes);
        let [.., high, low] = address.segments();
        // Python knows no dots here.
        return Ok(match address.to_ipv4_mapped() {
            Some(_) => format!("::ffff:{high:x}:{low:x}"),
            None => address.to_string(),
        });
    }
    Err(X509Error::Unsupported(format!("an address of {} bytes", bytes.len())))
}
