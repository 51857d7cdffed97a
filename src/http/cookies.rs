//! Cookies: reading one, writing one. What they mean is decided in `auth` and `demo`.

use crate::app::Config;
use axum::http::{HeaderMap, HeaderValue, header};

/// The anonymous visitor's capability.
pub const VISITOR: &str = "apothecary_visitor";
/// A demo customer's token.
pub const DEMO: &str = "apothecary_demo";
/// A console token.
pub const CONSOLE: &str = "apothecary_console";

/// The value of a cookie.
#[must_use]
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v)
}

/// A cookie for the visitor's own browser. It must work in a frame on another site, so a secure one is
/// partitioned by that site; on plain loopback there is no such thing and `Lax` does.
#[must_use]
pub fn visitor(config: &Config, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let scope = if config.secure_cookies { "SameSite=None; Secure; Partitioned" } else { "SameSite=Lax" };
    line(name, value, seconds, scope)
}

/// A cookie for the console, which is never framed.
#[must_use]
pub fn console(config: &Config, value: &str, seconds: i64) -> Option<HeaderValue> {
    line(CONSOLE, value, seconds, if config.secure_cookies { "SameSite=Strict; Secure" } else { "SameSite=Strict" })
}

/// A cookie that no script reads.
#[must_use]
pub(super) fn line(name: &str, value: &str, seconds: i64, scope: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; Max-Age={seconds}; {scope}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xapothecary_demo=1; apothecary_demo=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("apothecary_visitor=3"));
        assert_eq!(
            (read(&headers, DEMO), read(&headers, VISITOR), read(&headers, CONSOLE)),
            (Some("2"), Some("3"), None)
        );
    }
}
