//! Pages and scripts, embedded in the binary. Pages get the pharmacy's name and phones filled in; nothing of a visitor.

use super::Web;
use super::error::ApiError;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(RustEmbed)]
#[folder = "src/http/assets"]
struct Assets;

/// The start: the demo where there is one, else the chat.
pub async fn home(State(web): State<Web>) -> Redirect {
    Redirect::to(if web.app.config.demo.is_some() { "/demo" } else { "/chat" })
}

/// Query of `/chat`.
#[derive(Deserialize)]
pub struct ChatQuery {
    site: Option<String>,
    lang: Option<String>,
}

/// The full-page chat, also what the widget's frame shows.
///
/// # Errors
/// 404 for another site.
pub async fn chat(
    State(web): State<Web>,
    headers: HeaderMap,
    Query(query): Query<ChatQuery>,
) -> Result<Response, ApiError> {
    if query.site.is_some_and(|s| s != web.app.config.site) {
        return Err(ApiError::NotFound);
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    page(&web, "chat.html", if spanish(query.lang.as_deref().unwrap_or(accepted)) { "es" } else { "en" })
}

fn spanish(wish: &str) -> bool {
    wish.trim_start().get(..2).is_some_and(|l| l.eq_ignore_ascii_case("es"))
}

/// The pharmacist's console.
///
/// # Errors
/// Never in a whole build.
pub async fn console(State(web): State<Web>) -> Result<Response, ApiError> {
    page(&web, "console.html", "en")
}

/// A page with its placeholders filled.
///
/// # Errors
/// 404 when the build lacks it.
pub fn page(web: &Web, name: &str, lang: &str) -> Result<Response, ApiError> {
    let config = &web.app.config;
    let [rx_phone, care_phone] = ["RX_PHONE", "CARE_PHONE"].map(|id| web.app.phone(id));
    let origins = config.frame_ancestors.join(" ");
    let (passwords, demo) = (config.sessions.map_or("no", |_| "yes"), config.demo.as_ref().map_or("hidden", |_| ""));
    let values = [
        ("LANG", lang),
        ("SITE", &config.site),
        ("PHARMACY", &config.pharmacy),
        ("RX_PHONE", &rx_phone),
        ("CARE_PHONE", &care_phone),
        ("ORIGINS", &origins),
        ("PASSWORDS", passwords),
        ("DEMO", demo),
    ];
    filled(name, &values, web.app.signed())
}

/// The place of the line that says that nobody has signed, and the line.
const UNSIGNED: (&str, &str) = ("<!--unsigned-->", "unsigned.html");

/// A page with these values in the place of its placeholders, marked where nobody has signed for what is said.
///
/// # Errors
/// 404 when the build lacks it.
pub fn filled(name: &str, values: &[(&str, &str)], signed: bool) -> Result<Response, ApiError> {
    let text = |name: &str| Assets::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
    let page = text(name).ok_or(ApiError::NotFound)?;
    let mark = if signed { String::new() } else { text(UNSIGNED.1).ok_or(ApiError::NotFound)? };
    let fill = |text: String, (key, value): &(&str, &str)| text.replace(&format!("{{{{{key}}}}}"), &escape(value));
    Ok(Html(values.iter().fold(page.replace(UNSIGNED.0, mark.trim()), fill)).into_response())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Scripts and styles. Pages are not served raw.
///
/// # Errors
/// 404.
pub async fn file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    let served = [".js", ".css", ".svg"].iter().any(|end| name.ends_with(end));
    let file = Assets::get(&name).filter(|_| served).ok_or(ApiError::NotFound)?;
    Ok(answer(&file, &headers, "no-cache"))
}

/// The loader: `v1.js` floats and is looked up again after five minutes, `v1-DIGEST.js` never changes.
///
/// # Errors
/// 404.
pub async fn widget(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    let file = Assets::get("widget/v1.js").ok_or(ApiError::NotFound)?;
    let fixed = format!("v1-{}.js", digest(&file));
    let cache = match name.as_str() {
        "v1.js" => "public, max-age=300",
        n if n == fixed => "public, max-age=31536000, immutable",
        _ => return Err(ApiError::NotFound),
    };
    let mut response = answer(&file, &headers, cache);
    // Subresource integrity needs a CORS answer; the script holds nothing of anybody.
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// Name and SHA-256 in hex of every file that is built in, by name.
#[must_use]
pub fn digests() -> BTreeMap<String, String> {
    let whole = |name: &str| Assets::get(name).map(|file| hex::encode(file.metadata.sha256_hash()));
    Assets::iter().filter_map(|name| Some((name.to_string(), whole(&name)?))).collect()
}

fn digest(file: &EmbeddedFile) -> String {
    hex::encode(file.metadata.sha256_hash()).chars().take(16).collect()
}

fn answer(file: &EmbeddedFile, headers: &HeaderMap, cache: &'static str) -> Response {
    let tag = format!("\"{}\"", digest(file));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes());
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { file.data.to_vec().into_response() };
    let kind = format!("{}; charset=utf-8", file.metadata.mimetype());
    let values = [(header::ETAG, tag), (header::CACHE_CONTROL, cache.to_owned()), (header::CONTENT_TYPE, kind)];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_page() {
        assert_eq!(escape("\"><script>'&"), "&quot;&gt;&lt;script&gt;&#39;&amp;");
        assert!(spanish("es-MX,es;q=0.9") && !spanish("en-US,es;q=0.5") && !spanish(""));
    }

    #[test]
    fn every_page_has_a_place_for_the_mark_of_what_nobody_signed() {
        let pages = Assets::iter().filter(|name| name.ends_with(".html") && *name != UNSIGNED.1);
        for name in pages {
            let page = String::from_utf8(Assets::get(&name).unwrap().data.to_vec()).unwrap();
            assert_eq!(page.matches(UNSIGNED.0).count(), 1, "{name}");
        }
    }

    #[test]
    fn the_loader_stays_small() {
        assert!(Assets::get("widget/v1.js").unwrap().data.len() <= 5 * 1024);
    }

    #[test]
    fn the_chat_stays_small() {
        const PARTS: [&str; 8] = ["answer", "api", "chat", "dom", "host", "person", "strings", "view"];
        let size = |name: String| Assets::get(&name).unwrap_or_else(|| panic!("{name}")).data.len();
        let scripts: usize = PARTS.iter().map(|p| size(format!("{p}.js"))).sum();
        let page =
            scripts + ["chat.html", "base.css", "chat.css", "answer.css"].map(|n| size(n.into())).iter().sum::<usize>();
        // 40 kB packed are allowed; scripts and styles pack to less than half.
        assert!(page <= 80 * 1024, "{page} bytes");
    }
}
