//! What the settings of a site mean: who may show its chat in a frame, and whose tokens count.

use crate::identity::{Key, jwks};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;

/// The keys of a table, or why nobody could sign in.
pub(super) fn keys(table: &str, file: &Path, secret: &SecretString, wrong: &mut Vec<String>) -> Vec<Key> {
    let secret = secret.expose_secret();
    let found = match (file.as_os_str().is_empty(), secret.is_empty()) {
        (true, true) => Err("neither jwks_file nor hs256_secret is set: nobody could sign in".to_owned()),
        (false, false) => {
            Err("both jwks_file and hs256_secret are set; the algorithm of a site is fixed, keep one".to_owned())
        }
        (false, true) => std::fs::read_to_string(file)
            .map_err(|e| format!("cannot read {}: {e}", file.display()))
            .and_then(|t| jwks(&t)),
        (true, false) => Key::hs256(secret.as_bytes()).map(|k| vec![k]),
    };
    found.unwrap_or_else(|e| {
        wrong.push(format!("{table}: {e}"));
        Vec::new()
    })
}

/// Notes each entry that is no origin as browsers write it: it would match none, silently, or more pages than were meant.
pub(super) fn origins(origins: &[String], wrong: &mut Vec<String>) {
    wrong.extend(origins.iter().filter_map(|o| problem(o)).map(|p| format!("site.frame_ancestors: {p}")));
}

fn problem(written: &str) -> Option<String> {
    if written.contains('*') {
        return Some(format!(
            "`{written}` has a wildcard: pages that nobody registered could frame the chat; name each origin"
        ));
    }
    let example = "such as https://shop.example";
    let Ok(url) = Url::parse(written) else {
        return Some(format!("`{written}` is no origin; write scheme and host, {example}"));
    };
    let origin = url.origin().ascii_serialization();
    let host = url.host_str().unwrap_or_default();
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => {
            return Some(format!("`{written}` is plain http: whoever sits on the line could be that page; use https"));
        }
        _ => return Some(format!("`{written}` is no origin of a page; write scheme and host, {example}")),
    }
    (origin != written).then(|| {
        format!("`{written}` is not written as browsers write an origin, so it would match none; write `{origin}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_exact_or_refused_with_the_mend() {
        for fine in
            ["https://shop.example", "https://shop.example:8443", "http://localhost:3000", "http://127.0.0.1:8081"]
        {
            assert_eq!(problem(fine), None, "{fine}");
        }
        for (written, mend) in [
            ("https://shop.example/", "write `https://shop.example`"),
            ("https://Shop.Example", "write `https://shop.example`"),
            ("https://shop.example:443", "write `https://shop.example`"),
            ("https://shop.example/help", "write `https://shop.example`"),
            ("http://shop.example", "use https"),
            ("https://*.shop.example", "name each origin"),
            ("*", "name each origin"),
            ("shop.example", "write scheme and host"),
            ("data:text/html,x", "write scheme and host"),
            ("https://a.example; script-src https://b.example", "write"),
        ] {
            assert!(problem(written).is_some_and(|p| p.contains(mend)), "{written}: {:?}", problem(written));
        }
    }
}
