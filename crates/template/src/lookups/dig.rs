//! `community.general.dig`: records of the domain name system.

use super::options::error;
use crate::{
    Ctx, LookupArgs, Res, Val,
    python::{
        dns::{self, Answer, Field, Record},
        random::{Bits, Os},
    },
};
use std::{net::IpAddr, path::Path, time::Duration};

struct Query {
    domain: String,
    kind: String,
    class: u16,
    flat: bool,
    fail_on_error: bool,
    real_empty: bool,
    tcp: bool,
    port: u16,
    servers: Vec<IpAddr>,
}

fn is_true(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on" | "t" | "y")
}

impl Query {
    fn set(&mut self, name: &str, value: &str) -> Res<()> {
        match name {
            "qtype" => self.kind = value.to_uppercase(),
            "flat" => self.flat = value != "0" && !value.eq_ignore_ascii_case("false"),
            "fail_on_error" => self.fail_on_error = is_true(value),
            "real_empty" => self.real_empty = is_true(value),
            "tcp" => self.tcp = is_true(value),
            "port" => {
                self.port = value.parse().map_err(|_| error(format!("dig: {value} is not a port")))?;
            }
            "class" => {
                self.class = match value.to_uppercase().as_str() {
                    "IN" => 1,
                    "CH" => 3,
                    "HS" => 4,
                    "ANY" => 255,
                    _ => return Err(error(format!("dns lookup illegal CLASS: {value}"))),
                }
            }
            // Another server is asked in any case.
            "retry_servfail" => {}
            other => return Err(error(format!("dig has no option '{other}'"))),
        }
        Ok(())
    }

    fn term(&mut self, ctx: &Ctx<'_>, term: &str) -> Res<()> {
        if let Some(servers) = term.strip_prefix('@') {
            self.servers.clear();
            for server in servers.split(',') {
                self.servers.push(address(ctx, server)?);
            }
        } else if let Some((name, value)) = term.split_once('=') {
            self.set(name, value)?;
        } else if let Some((domain, kind)) = term.split_once('/') {
            self.domain = domain.to_owned();
            self.kind = kind.to_uppercase();
        } else {
            self.domain = term.to_owned();
        }
        Ok(())
    }
}

/// A server's address; a name is looked up.
fn address(ctx: &Ctx<'_>, server: &str) -> Res<IpAddr> {
    if let Ok(address) = server.parse() {
        return Ok(address);
    }
    let found = ctx.templar().outside().addresses(server);
    let found = found.map_err(|why| error(format!("dns lookup NS: {server}: {why}")))?;
    found.first().copied().ok_or_else(|| error(format!("dns lookup NS: {server} has no address")))
}

/// Servers and search domains of the system.
fn system(ctx: &Ctx<'_>) -> (Vec<IpAddr>, Vec<String>) {
    let bytes = ctx.templar().outside().read(Path::new("/etc/resolv.conf")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (mut servers, mut search) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => servers.extend(words.next().and_then(|word| word.parse::<IpAddr>().ok())),
            Some("search" | "domain") => search = words.map(str::to_owned).collect(),
            _ => {}
        }
    }
    if servers.is_empty() {
        servers.push(IpAddr::from([127, 0, 0, 1]));
    }
    (servers, search)
}

/// The name to ask for where an address stands.
fn reverse(domain: &str) -> Option<String> {
    match domain.parse().ok()? {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            Some(format!("{d}.{c}.{b}.{a}.in-addr.arpa."))
        }
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            Some(nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa.")
        }
    }
}

pub(super) fn dig(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (servers, search) = system(ctx);
    let mut query = Query {
        domain: String::new(),
        kind: "A".into(),
        class: 1,
        flat: true,
        fail_on_error: false,
        real_empty: false,
        tcp: false,
        port: 53,
        servers,
    };
    for (name, value) in &args.options {
        let value = ctx.str(value)?;
        query.set(name, &value)?;
    }
    let mut domains = Vec::new();
    for term in &args.terms {
        let term = ctx.str(term)?;
        let is_domain = !term.starts_with('@') && !term.contains('=');
        query.term(ctx, &term)?;
        if is_domain {
            domains.push(query.domain.clone());
        }
    }
    if !dns::is_known(&query.kind) {
        return Err(error(format!("dig: records of type {} cannot be asked for", query.kind)));
    }
    let mut out = Vec::new();
    for domain in domains {
        let domain =
            Some(&query.kind).filter(|kind| **kind == "PTR").and_then(|_| reverse(&domain)).unwrap_or(domain);
        out.extend(one(ctx, &query, &domain, &search)?);
    }
    Ok(out)
}

fn one(ctx: &Ctx<'_>, query: &Query, domain: &str, search: &[String]) -> Res<Vec<Val>> {
    let nothing = |word: &str, why: &str| match (query.fail_on_error, query.real_empty) {
        (true, _) => Err(error(format!("Lookup failed: {why}"))),
        (_, true) => Ok(Vec::new()),
        _ => Ok(vec![Val::from(word)]),
    };
    match ask(ctx, query, domain, search)? {
        Some(Answer::Records(records)) if records.is_empty() => {
            nothing("", &format!("the DNS response for {domain} has no {} records", query.kind))
        }
        Some(Answer::Records(records)) => Ok(records.iter().map(|record| shown(query, record)).collect()),
        Some(_) => nothing("NXDOMAIN", &format!("the DNS name {domain} does not exist")),
        None => nothing("", &format!("no server answered for {domain} in time")),
    }
}

fn shown(query: &Query, record: &Record) -> Val {
    if query.flat {
        let inside = record.text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        return Val::from(inside.filter(|_| query.kind == "TXT").unwrap_or(&record.text));
    }
    let mut entries: Vec<(&str, Val)> = Vec::new();
    for (name, field) in &record.fields {
        let value = match field {
            Field::Number(number) => Val::Int(*number),
            Field::Text(text) => Val::from(text.as_str()),
            Field::Texts(texts) => Val::list(texts.iter().map(|text| Val::from(text.as_str()))),
        };
        entries.push((name, value));
    }
    let class = match query.class {
        3 => "CH",
        4 => "HS",
        _ => "IN",
    };
    entries.push(("owner", Val::from(record.owner.as_str())));
    entries.push(("type", Val::from(query.kind.as_str())));
    entries.push(("ttl", Val::Int(record.ttl.into())));
    entries.push(("class", Val::from(class)));
    Val::dict(entries)
}

/// Asks for the name as it stands and below the search domains; none when no server answers.
fn ask(ctx: &Ctx<'_>, query: &Query, domain: &str, search: &[String]) -> Res<Option<Answer>> {
    let mut names = vec![domain.to_owned()];
    if !domain.ends_with('.') {
        let below = search.iter().map(|suffix| format!("{domain}.{suffix}"));
        if domain.contains('.') {
            names.extend(below);
        } else {
            names.splice(0..0, below.collect::<Vec<_>>());
        }
    }
    let mut missing = None;
    for name in &names {
        match ask_servers(ctx, query, name)? {
            Some(Answer::NoName) => missing = Some(Answer::NoName),
            Some(answer) => return Ok(Some(answer)),
            None => {}
        }
    }
    Ok(missing)
}

fn ask_servers(ctx: &Ctx<'_>, query: &Query, name: &str) -> Res<Option<Answer>> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let outside = ctx.templar().outside();
    let mut failure = None;
    for round in 0..2 {
        for server in &query.servers {
            let id = Os.below(1 << 16)? as u16;
            let question = dns::question(id, name, &query.kind, query.class)
                .ok_or_else(|| error(format!("dig: {name} is no name that can be asked for")))?;
            let exchange = |tcp: bool| {
                let reply =
                    outside.ask_dns((*server, query.port).into(), &question, tcp, PATIENCE * (round + 1));
                reply.ok().and_then(|bytes| dns::answer(&bytes, id, &query.kind))
            };
            let answer = match exchange(query.tcp) {
                Some(Answer::Cut) => exchange(true),
                answer => answer,
            };
            match answer {
                Some(Answer::Failed(code)) => failure = Some((*server, code)),
                Some(Answer::Cut) | None => {}
                answer => return Ok(answer),
            }
        }
    }
    match failure {
        Some((server, code)) => Err(error(format!(
            "dns.resolver unhandled exception: the server {server} answered with code {code}"
        ))),
        None => Ok(None),
    }
}
