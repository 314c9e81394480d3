//! `url`: what a server answers.

use super::options::{Options, error};
use crate::{Ctx, FetchError, LookupArgs, Request, Res, Val};

pub(super) fn url(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let split = options.flag(ctx, "split_lines", true)?;
    let request = request(ctx, &mut options)?;
    options.finish(ctx, "url");
    let mut out = Vec::new();
    for term in terms {
        let request = Request { url: ctx.str(&term)?, ..request.clone() };
        let shown = masked(&request.url);
        let body = ctx.templar().outside().fetch(&request).map_err(|why| {
            error(match &why {
                FetchError::Status { .. } => format!("Received HTTP error for {shown}: {why}"),
                FetchError::Unreached(_) => format!("Failed lookup url for {shown}: {why}"),
            })
        })?;
        let text = String::from_utf8_lossy(&body).into_owned();
        if split {
            out.extend(crate::methods::lines(&text, false).into_iter().map(Val::from));
        } else {
            out.push(Val::from(text));
        }
    }
    Ok(out)
}

fn request(ctx: &mut Ctx<'_>, options: &mut Options) -> Res<Request> {
    let user = options.maybe_text(ctx, "username")?;
    let password = options.text(ctx, "password", "")?;
    let mut headers = Vec::new();
    if let Some(Val::Dict(given)) = options.take("headers") {
        for (name, value) in given.entries(ctx)? {
            headers.push((ctx.str(name.value())?, ctx.str(&value)?));
        }
    }
    let timeout = options.text(ctx, "timeout", "10")?;
    let timeout: f64 = timeout
        .trim()
        .parse()
        .ok()
        .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
        .ok_or_else(|| error(format!("the option 'timeout' is not a number of seconds: {timeout}")))?;
    Ok(Request {
        url: String::new(),
        headers,
        login: user.map(|user| (user, password)),
        validate_certs: options.flag(ctx, "validate_certs", true)?,
        use_proxy: options.flag(ctx, "use_proxy", true)?,
        timeout,
        force_basic_auth: options.flag(ctx, "force_basic_auth", false)?,
        force: options.flag(ctx, "force", false)?,
        http_agent: options.text(ctx, "http_agent", "ansible-httpget")?,
        follow_redirects: options.text(ctx, "follow_redirects", "urllib2")?,
        use_gssapi: options.flag(ctx, "use_gssapi", false)?,
        use_netrc: options.flag(ctx, "use_netrc", true)?,
        unix_socket: options.maybe_text(ctx, "unix_socket")?,
        ca_path: options.maybe_text(ctx, "ca_path")?,
        unredirected_headers: words(ctx, options, "unredirected_headers")?,
        ciphers: words(ctx, options, "ciphers")?,
    })
}

/// A list, or a text with commas or colons between its words.
fn words(ctx: &mut Ctx<'_>, options: &mut Options, name: &str) -> Res<Vec<String>> {
    match options.take(name) {
        None | Some(Val::None) => Ok(Vec::new()),
        Some(Val::Str(text)) => Ok(text.split([',', ':']).map(|word| word.trim().to_owned()).collect()),
        Some(list) => ctx.iterate(&list)?.into_iter().map(|item| ctx.str(&item)).collect(),
    }
}

/// The URL without a password.
fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rsplit_once('@') {
        Some((login, _)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:********{}", &rest[login.len()..])
        }
        None => url.to_owned(),
    }
}
