//! The extensions of a certificate.

use super::{NameEncoding, X509Error, colons, general_name, oid};
use crate::{Val, python::base64};
use num_bigint::BigInt;
use x509_cert::{
    der::{self, Decode, asn1::ObjectIdentifier, oid::AssociatedOid},
    ext::{
        Extension,
        pkix::{
            AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage,
            KeyUsages, SubjectAltName, SubjectKeyIdentifier, name::GeneralName,
        },
    },
};

const TLS_FEATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.24");
/// The feature by which a server promises the state of its certificate.
const STATUS_REQUEST: u16 = 5;
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");

const USAGES: [(KeyUsages, &str); 9] = [
    (KeyUsages::CRLSign, "CRL Sign"),
    (KeyUsages::KeyCertSign, "Certificate Sign"),
    (KeyUsages::DataEncipherment, "Data Encipherment"),
    (KeyUsages::DecipherOnly, "Decipher Only"),
    (KeyUsages::DigitalSignature, "Digital Signature"),
    (KeyUsages::EncipherOnly, "Encipher Only"),
    (KeyUsages::KeyAgreement, "Key Agreement"),
    (KeyUsages::KeyEncipherment, "Key Encipherment"),
    (KeyUsages::NonRepudiation, "Non Repudiation"),
];

type Entry = (&'static str, Val);

pub(super) struct Extensions<'a> {
    all: &'a [Extension],
    encoding: NameEncoding,
}

fn texts(texts: impl IntoIterator<Item = String>) -> Val {
    Val::list(texts.into_iter().map(Val::from))
}

fn sorted(mut all: Vec<String>) -> Val {
    all.sort();
    texts(all)
}

impl<'a> Extensions<'a> {
    pub(super) fn of(all: Option<&'a Vec<Extension>>, encoding: NameEncoding) -> Self {
        Self { all: all.map_or(&[], Vec::as_slice), encoding }
    }

    fn find<T: Decode<'a, Error = der::Error>>(
        &self,
        oid: ObjectIdentifier,
    ) -> Result<Option<(T, bool)>, X509Error> {
        let Some(found) = self.all.iter().find(|extension| extension.extn_id == oid) else { return Ok(None) };
        let value = T::from_der(found.extn_value.as_bytes())?;
        Ok(Some((value, found.critical)))
    }

    fn known<T: Decode<'a, Error = der::Error> + AssociatedOid>(
        &self,
    ) -> Result<Option<(T, bool)>, X509Error> {
        self.find(T::OID)
    }

    fn names(&self, names: &[GeneralName]) -> Result<Val, X509Error> {
        let shown = names.iter().map(|name| general_name::shown(name, self.encoding));
        Ok(texts(shown.collect::<Result<Vec<_>, _>>()?))
    }

    /// What the certificate may be used for, and whose it is: each with whether it is critical.
    pub(super) fn usages(&self) -> Result<Vec<Entry>, X509Error> {
        let key = self.known::<KeyUsage>()?.map(|(usage, critical)| (sorted(key_usages(&usage)), critical));
        let extended = self.known::<ExtendedKeyUsage>()?;
        let extended = extended
            .map(|(usage, critical)| (sorted(usage.0.into_iter().map(oid::name).collect()), critical));
        let basic =
            self.known::<BasicConstraints>()?.map(|(basic, critical)| (texts(constraints(&basic)), critical));
        let staple = self.find::<Vec<u16>>(TLS_FEATURE)?;
        let staple =
            staple.map(|(features, critical)| (Val::Bool(features.contains(&STATUS_REQUEST)), critical));
        let names = match self.known::<SubjectAltName>()? {
            Some((names, critical)) => Some((self.names(&names.0)?, critical)),
            None => None,
        };
        let named = [
            ("key_usage", "key_usage_critical", key),
            ("extended_key_usage", "extended_key_usage_critical", extended),
            ("basic_constraints", "basic_constraints_critical", basic),
            ("ocsp_must_staple", "ocsp_must_staple_critical", staple),
            ("subject_alt_name", "subject_alt_name_critical", names),
        ];
        Ok(named
            .into_iter()
            .flat_map(|(name, critical_name, found)| {
                let (value, critical) = found.unwrap_or((Val::None, false));
                [(name, value), (critical_name, Val::Bool(critical))]
            })
            .collect())
    }

    /// Whose key this is, and whose key signed it.
    pub(super) fn identifiers(&self) -> Result<Vec<Entry>, X509Error> {
        let own = self.known::<SubjectKeyIdentifier>()?.map(|(id, _)| colons(id.0.as_bytes()));
        let (mut id, mut issuer, mut serial) = (None, None, None);
        if let Some((authority, _)) = self.known::<AuthorityKeyIdentifier>()? {
            id = authority.key_identifier.map(|id| colons(id.as_bytes()));
            issuer = authority.authority_cert_issuer.map(|names| self.names(&names)).transpose()?;
            serial = authority.authority_cert_serial_number;
        }
        let serial = serial.map(|serial| Val::int(BigInt::from_signed_bytes_be(serial.as_bytes())));
        Ok(vec![
            ("subject_key_identifier", Val::from(own)),
            ("authority_key_identifier", Val::from(id)),
            ("authority_cert_issuer", Val::from(issuer)),
            ("authority_cert_serial_number", Val::from(serial)),
        ])
    }

    /// Where to ask for the certificate's state, and where its issuer's is.
    pub(super) fn addresses(&self) -> Result<Vec<Entry>, X509Error> {
        let access =
            self.known::<AuthorityInfoAccessSyntax>()?.map(|(access, _)| access.0).unwrap_or_default();
        let uri = |method: ObjectIdentifier| {
            let uri = access.iter().filter(|entry| entry.access_method == method).find_map(|entry| {
                match &entry.access_location {
                    GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str()),
                    _ => None,
                }
            });
            Val::from(uri)
        };
        Ok(vec![("ocsp_uri", uri(OCSP)), ("issuer_uri", uri(ISSUERS))])
    }

    /// All of them, in Base64.
    pub(super) fn all(&self) -> Val {
        Val::dict(self.all.iter().map(|extension| {
            let value = base64::encode(extension.extn_value.as_bytes(), false);
            let entry = [("critical", Val::Bool(extension.critical)), ("value", Val::from(value))];
            (extension.extn_id.to_string(), Val::dict(entry))
        }))
    }
}

fn key_usages(usage: &KeyUsage) -> Vec<String> {
    let agreement = usage.0.contains(KeyUsages::KeyAgreement);
    let counts = |flag: KeyUsages| match flag {
        KeyUsages::EncipherOnly | KeyUsages::DecipherOnly => agreement && usage.0.contains(flag),
        flag => usage.0.contains(flag),
    };
    USAGES.iter().filter(|(flag, _)| counts(*flag)).map(|(_, name)| (*name).to_owned()).collect()
}

fn constraints(basic: &BasicConstraints) -> Vec<String> {
    let authority = if basic.ca { "CA:TRUE" } else { "CA:FALSE" };
    let length = basic.path_len_constraint.map(|length| format!("pathlen:{length}"));
    std::iter::once(authority.to_owned()).chain(length).collect()
}
