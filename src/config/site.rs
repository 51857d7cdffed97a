//! What the settings of a site mean: where its files are, who may show its chat in a frame, and whose tokens and keys count.

use crate::identity::{Key, jwks};
use figment::value::magic::RelativePathBuf;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};

/// A path as it was meant: one in a file is relative to that file, any other to where the program runs. "" stays none.
pub(super) fn placed(path: &RelativePathBuf) -> PathBuf {
    if path.original().as_os_str().is_empty() { PathBuf::new() } else { path.relative() }
}

/// Where the keys of a table come from: one of three.
pub(super) struct KeySource<'a> {
    pub(super) jwks_file: PathBuf,
    pub(super) secret: &'a SecretString,
    pub(super) secret_file: PathBuf,
}

impl KeySource<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.given() == 0
    }

    fn given(&self) -> usize {
        let files = [&self.jwks_file, &self.secret_file].map(|f| !f.as_os_str().is_empty());
        files.into_iter().chain([!self.secret.expose_secret().is_empty()]).filter(|given| *given).count()
    }

    fn read(&self) -> Result<Vec<Key>, String> {
        match self.given() {
            0 => {
                return Err("neither jwks_file, hs256_secret nor hs256_secret_file is set: nobody could sign in".into());
            }
            1 => {}
            _ => {
                return Err("several of jwks_file, hs256_secret and hs256_secret_file are set; the algorithm of a site is fixed, keep one".into());
            }
        }
        let text =
            |file: &Path| std::fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()));
        if !self.jwks_file.as_os_str().is_empty() {
            return jwks(&text(&self.jwks_file)?);
        }
        let secret = if self.secret_file.as_os_str().is_empty() {
            self.secret.clone()
        } else {
            // An editor ends a file with a line break, which the site that signs does not count.
            text(&self.secret_file)?.trim_end().into()
        };
        Key::hs256(secret.expose_secret().as_bytes()).map(|key| vec![key])
    }
}

/// The keys of a table, or why nobody could sign in.
pub(super) fn keys(table: &str, source: &KeySource<'_>, wrong: &mut Vec<String>) -> Vec<Key> {
    source.read().unwrap_or_else(|e| {
        wrong.push(format!("{table}: {e}"));
        Vec::new()
    })
}

/// A key that is shorter can be guessed.
const KEY_CHARS: usize = 32;

/// The keys of the OpenAI-compatible endpoint, of both places; a file holds one a line.
pub(super) fn openai_keys(written: &[SecretString], file: &Path, wrong: &mut Vec<String>) -> Vec<SecretString> {
    let mut keys = written.to_vec();
    if !file.as_os_str().is_empty() {
        match std::fs::read_to_string(file) {
            Ok(text) => keys.extend(text.split_whitespace().map(SecretString::from)),
            Err(e) => wrong.push(format!("openai.keys_file: cannot read {}: {e}", file.display())),
        }
    }
    if keys.iter().any(|k| k.expose_secret().chars().count() < KEY_CHARS) {
        wrong.push(format!("openai: a key has fewer than {KEY_CHARS} characters and could be guessed"));
    }
    keys
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
