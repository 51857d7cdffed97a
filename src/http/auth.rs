//! Who is asking: a customer's token, the demo's cookie or an anonymous capability; for the console a staff token.
//! Tokens are verified in `identity`; what a level may see is decided far below.

use super::error::ApiError;
use super::{Web, cookies};
use crate::app::App;
use crate::credentials::{CAPABILITY_CHARS, digest};
use crate::identity::{Pharmacist, VerifiedCustomer, Visitor};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

/// An anonymous capability lives this long, in seconds.
pub const VISITOR_SECONDS: i64 = 24 * 3600;

/// The visitor of this request and the key that their conversations are bound to.
pub struct Asker {
    /// Who it is, as far as a token proves it.
    pub visitor: Visitor,
    /// The opaque key; `None` for somebody without token and cookie, who owns no conversation yet.
    pub key: Option<String>,
}

impl Asker {
    /// The key, or 404: whoever has none has no conversation.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn key(&self) -> Result<&str, ApiError> {
        self.key.as_deref().ok_or(ApiError::NotFound)
    }
}

impl FromRequestParts<Web> for Asker {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        asker(&parts.headers, &web.app)
    }
}

fn asker(headers: &HeaderMap, app: &App) -> Result<Asker, ApiError> {
    let anonymous = || Visitor::Anonymous { region: None, payer: None };
    let visitor = if let Some(token) = bearer(headers)? {
        app.customer(token).map_err(|_| ApiError::Unauthorized)?
    } else {
        demo_token(headers, app).and_then(|t| app.customer(t).ok()).unwrap_or_else(anonymous)
    };
    let key = match visitor.verified() {
        Some(customer) => Some(customer_key(&app.config.site, customer)),
        None => cookies::read(headers, cookies::VISITOR).filter(|c| c.len() == CAPABILITY_CHARS).map(capability_key),
    };
    Ok(Asker { visitor, key })
}

/// The token in the demo's cookie. One that has ended or was tampered with makes nobody of the visitor; it is no error.
fn demo_token<'a>(headers: &'a HeaderMap, app: &App) -> Option<&'a str> {
    app.config.demo.as_ref()?;
    cookies::read(headers, cookies::DEMO)
}

/// The tokens that a request holds as its customer's: what a logout ends.
///
/// # Errors
/// As [`bearer`].
pub(super) fn tokens<'a>(headers: &'a HeaderMap, app: &App) -> Result<Vec<&'a str>, ApiError> {
    Ok(bearer(headers)?.into_iter().chain(demo_token(headers, app)).collect())
}

/// The bearer token, if the header is there at all.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|v| v.strip_prefix("Bearer "));
    token.map(|t| Some(t.trim())).ok_or(ApiError::Unauthorized)
}

/// What is stored of a capability: only its digest.
#[must_use]
pub fn capability_key(capability: &str) -> String {
    format!("a:{}", digest(capability))
}

/// One key for each pair of person asked for and person asking, so that a caregiver never reads the chat of the patient.
pub(super) fn customer_key(site: &str, customer: &VerifiedCustomer) -> String {
    let caregiver = customer.caregiver().map_or("", |c| c.as_str());
    let parts = serde_json::json!([site, customer.patient().as_str(), caregiver]).to_string();
    format!("c:{}", digest(&parts))
}

/// A member of staff, by bearer token or console cookie.
pub struct Staff(pub Pharmacist);

impl FromRequestParts<Web> for Staff {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        let headers = &parts.headers;
        if bearer(headers)?.is_none()
            && let Some(session) = session(headers)
        {
            return Ok(Staff(web.app.staff_of(session).await?));
        }
        let token = bearer(headers)?.or_else(|| cookies::read(headers, cookies::CONSOLE));
        let now = web.app.clock().now();
        let staff = web.app.config.console_verifier.staff(token.ok_or(ApiError::Unauthorized)?, now);
        staff.map(Staff).map_err(|_| ApiError::Unauthorized)
    }
}

/// The console cookie of who signed in by password: random, where a token has dots.
#[must_use]
pub fn session(headers: &HeaderMap) -> Option<&str> {
    cookies::read(headers, cookies::CONSOLE).filter(|value| value.len() == CAPABILITY_CHARS && !value.contains('.'))
}

/// The raw bearer token of staff, to trade for the console's cookie.
///
/// # Errors
/// 401 when there is none.
pub fn staff_token(headers: &HeaderMap) -> Result<&str, ApiError> {
    bearer(headers)?.ok_or(ApiError::Unauthorized)
}

/// Refuses a write that another site's page started: cookies are sent along, the intent is not.
pub async fn same_origin(request: Request, next: Next) -> Result<Response, ApiError> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || ours(request.headers()) { Ok(next.run(request).await) } else { Err(ApiError::CrossSite) }
}

fn ours(headers: &HeaderMap) -> bool {
    let text = |v: &HeaderValue| v.to_str().map(str::to_owned).unwrap_or_default();
    if let Some(site) = headers.get("sec-fetch-site").map(text) {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN).map(text) else { return true };
    let host = headers.get(header::HOST).map(text).unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, authority)| authority == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn another_sites_page_cannot_write() {
        assert!(ours(&headers(&[])), "a native client sends neither");
        assert!(ours(&headers(&[("origin", "https://a.example"), ("host", "a.example")])));
        assert!(!ours(&headers(&[("origin", "https://b.example"), ("host", "a.example")])));
        assert!(!ours(&headers(&[("origin", "null"), ("host", "a.example")])));
        assert!(!ours(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(ours(&headers(&[("sec-fetch-site", "same-origin")])));
    }

    #[test]
    fn a_token_in_the_console_cookie_is_no_session() {
        let cookie = |value: String| HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(value).unwrap())]);
        let opened = crate::credentials::capability();
        assert_eq!(session(&cookie(format!("apothecary_console={opened}"))), Some(opened.as_str()));
        assert_eq!(session(&cookie(format!("apothecary_visitor={opened}"))), None);
        for token in ["", "a.b.c", &format!("{}.b.c", "a".repeat(39))] {
            assert_eq!(session(&cookie(format!("apothecary_console={token}"))), None, "{token}");
        }
    }

    #[test]
    fn a_header_that_is_no_bearer_token_is_refused_not_ignored() {
        assert!(bearer(&headers(&[("authorization", "Basic eDp5")])).is_err());
        assert!(matches!(bearer(&headers(&[])), Ok(None)));
    }
}
