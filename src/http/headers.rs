//! Response headers: what a browser may load, who may frame us, what may be kept.

use super::Web;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// The only page that somebody may frame.
const FRAMED: &str = "/chat";

/// Puts the headers on every answer, errors included.
pub async fn secure(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    apply(response.headers_mut(), &path, &web.app.config.frame_ancestors);
    response
}

fn apply(headers: &mut HeaderMap, path: &str, ancestors: &[String]) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let policy = HeaderValue::from_str(&policy(path, ancestors)).unwrap_or(nothing);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if path != FRAMED {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    let shared = if path.starts_with("/widget/") { "cross-origin" } else { "same-origin" };
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static(shared));
    if is_api(path) || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// For programs: never kept, and an error is never a page.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/v1/")
}

/// Only the chat may be framed, and only by the registered origins; only the demo frames something.
fn policy(path: &str, ancestors: &[String]) -> String {
    let framed_by = if path == FRAMED {
        ancestors.iter().fold("'self'".to_owned(), |all, one| format!("{all} {one}"))
    } else {
        "'none'".to_owned()
    };
    let frames = if path == "/demo" { " frame-src 'self';" } else { "" };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';{frames} \
         base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_origins_frame_the_chat_and_nobody_the_console() {
        let shop = ["https://shop.example".to_owned()];
        assert!(policy("/chat", &shop).ends_with("frame-ancestors 'self' https://shop.example"));
        assert!(policy("/console", &shop).ends_with("frame-ancestors 'none'"));
        for path in ["/chat", "/console", "/demo", "/api/v1/session"] {
            let policy = policy(path, &shop);
            assert!(policy.contains("default-src 'none'") && policy.contains("base-uri 'none'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        }
        let of = |path: &str, ancestors: &[String]| {
            let mut headers = HeaderMap::new();
            apply(&mut headers, path, ancestors);
            headers
        };
        assert!(
            of("/console", &shop)["x-frame-options"] == "DENY" && !of("/chat", &shop).contains_key("x-frame-options")
        );
        let broken = of("/chat", &["https://shop.example\n".to_owned()]);
        assert!(
            broken["content-security-policy"].to_str().unwrap().ends_with("frame-ancestors 'none'"),
            "fails closed"
        );
    }

    #[test]
    fn answers_are_not_kept_unless_they_say_so() {
        let mut headers = HeaderMap::new();
        apply(&mut headers, "/api/v1/session", &[]);
        assert!(headers["cache-control"] == "no-store" && headers["referrer-policy"] == "no-referrer");
    }
}
