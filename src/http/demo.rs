//! The demo's sign-in, for loopback peers only: a person's link gives a one-time code, the code a session cookie with
//! a short token that is renewed while the page is used. A server without `demo` in its configuration has none of this.

use super::error::ApiError;
use super::{Web, assets, cookies};
use crate::app::{Config, DemoConfig, DemoPerson};
use crate::credentials::capability;
use crate::identity::Visitor;
use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// A token of the demo lives this long, in seconds.
const LIFE: i64 = 15 * 60;
/// It is replaced once it is this old, in seconds.
const RENEW_AFTER: i64 = 5 * 60;
/// A code lives this long, in seconds.
const CODE_LIFE: i64 = 60;
/// More waiting codes than this are never needed by one person at one machine.
const MOST_CODES: usize = 100;

/// One-time codes and the claims that they stand for.
#[derive(Default)]
pub struct Codes(Mutex<HashMap<String, (Timestamp, Value)>>);

impl Codes {
    fn put(&self, claims: Value, now: Timestamp) -> String {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, (made, _)| now.as_second() - made.as_second() <= CODE_LIFE);
        if codes.len() >= MOST_CODES {
            codes.clear();
        }
        let code = capability();
        codes.insert(code.clone(), (now, claims));
        code
    }
    fn take(&self, code: &str, now: Timestamp) -> Option<Value> {
        let (made, claims) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(code)?;
        (now.as_second() - made.as_second() <= CODE_LIFE).then_some(claims)
    }
}

/// Proof that the demo is on and the peer sits at this machine, under a loopback name (so that no foreign name that
/// resolves to loopback gets in) and not sent here by another site's page.
pub struct Local;

impl FromRequestParts<Web> for Local {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        let fits = web.app.config.demo.is_some()
            && loopback_peer(&parts.extensions)
            && loopback_host(&parts.headers)
            && !cross_site(&parts.headers);
        if fits { Ok(Local) } else { Err(ApiError::NotFound) }
    }
}

pub(super) fn loopback_peer(extensions: &Extensions) -> bool {
    extensions.get::<ConnectInfo<SocketAddr>>().is_some_and(|c| c.0.ip().is_loopback())
}

fn loopback_host(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn cross_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|v| v == "cross-site" || v == "same-site")
}

fn demo(config: &Config) -> Result<&DemoConfig, ApiError> {
    config.demo.as_ref().ok_or(ApiError::NotFound)
}

/// The sample customer page.
///
/// # Errors
/// 404 when the demo is off.
pub async fn page(State(web): State<Web>) -> Result<Response, ApiError> {
    demo(&web.app.config)?;
    assets::page(&web, "demo.html", "en")
}

/// The sample people, and who is signed in.
///
/// # Errors
/// 404 when the demo is off or the peer is remote.
pub async fn people(State(web): State<Web>, _: Local, asker: super::auth::Asker) -> Result<Json<Value>, ApiError> {
    let people = &demo(&web.app.config)?.people;
    let list: Vec<Value> =
        people.iter().map(|p| json!({"name": p.name, "level": level(p), "caregiver": p.caregiver.is_some()})).collect();
    Ok(Json(json!({"people": list, "signed_in": name_of(&web.app.config, &asker.visitor)})))
}

fn level(person: &DemoPerson) -> String {
    if person.caregiver.is_some() { "LC".into() } else { format!("{:?}", person.level) }
}

/// The sample person's name behind a visitor; real customers' names are not known here.
#[must_use]
pub fn name_of(config: &Config, visitor: &Visitor) -> Option<String> {
    let customer = visitor.verified()?;
    let same = |p: &&DemoPerson| {
        p.patient.as_str() == customer.patient().as_str()
            && p.caregiver.as_deref() == customer.caregiver().map(|c| c.as_str())
    };
    config.demo.as_ref()?.people.iter().find(same).map(|p| p.name.clone())
}

/// Signs in as a sample person.
///
/// # Errors
/// 404 for strangers.
pub async fn as_person(State(web): State<Web>, _: Local, Path(name): Path<String>) -> Result<Redirect, ApiError> {
    let config = &web.app.config;
    let person = person(demo(config)?, &name).ok_or(ApiError::NotFound)?;
    Ok(to_code(&web, claims_of(config, person)))
}

/// A sample person by name.
pub(super) fn person<'a>(demo: &'a DemoConfig, name: &str) -> Option<&'a DemoPerson> {
    demo.people.iter().find(|p| p.name.eq_ignore_ascii_case(name))
}

/// What a token says of a sample person, but for its times.
pub(super) fn claims_of(config: &Config, person: &DemoPerson) -> Value {
    json!({
        "iss": config.site_verifier.issuer,
        "aud": config.site_verifier.audience,
        "sub": person.patient,
        "lvl": format!("{:?}", person.level),
        "act": person.caregiver.as_ref().map(|c| json!({"sub": c})),
    })
}

/// The demo's staff: path of the sign-in, shown name, role.
const STAFF: [(&str, &str, &str); 7] = [
    ("maria", "Maria", "pharmacist"),
    ("omar", "Omar", "pharmacist"),
    ("lena", "Lena", "lead"),
    ("tina", "Tina", "technician"),
    ("ada", "Ada", "auditor"),
    ("nadia", "Nadia", "privacy"),
    ("erik", "Erik", "engineer"),
];

/// Signs in to the console as the demo's pharmacist.
///
/// # Errors
/// 404 when the demo is off or the peer is remote.
pub async fn as_pharmacist(web: State<Web>, local: Local) -> Result<Redirect, ApiError> {
    as_staff(web, local, Path("maria".to_owned())).await
}

/// Signs in to the console as one of the demo's staff.
///
/// # Errors
/// 404 for strangers.
pub async fn as_staff(State(web): State<Web>, _: Local, Path(name): Path<String>) -> Result<Redirect, ApiError> {
    let known = STAFF.iter().find(|(path, ..)| path.eq_ignore_ascii_case(&name));
    let (path, name, role) = known.ok_or(ApiError::NotFound)?;
    let verifier = &web.app.config.console_verifier;
    let claims = json!({
        "iss": verifier.issuer, "aud": verifier.audience, "sub": format!("demo-{path}"), "name": name, "role": role,
    });
    Ok(to_code(&web, claims))
}

fn to_code(web: &Web, claims: Value) -> Redirect {
    Redirect::to(&format!("/demo/session?code={}", web.codes.put(claims, web.app.clock().now())))
}

/// Query of `/demo/session`.
#[derive(Deserialize)]
pub struct Redeem {
    code: String,
}

/// Trades a code for the session cookie.
///
/// # Errors
/// 404 for a code that was used, has ended or never was.
pub async fn redeem(State(web): State<Web>, _: Local, Query(query): Query<Redeem>) -> Result<Response, ApiError> {
    let now = web.app.clock().now();
    let mut claims = web.codes.take(&query.code, now).ok_or(ApiError::NotFound)?;
    if let Some(map) = claims.as_object_mut() {
        map.insert("auth_time".into(), now.as_second().into());
    }
    let config = &web.app.config;
    let staff = claims.get("role").is_some();
    let cookie = cookie(config, demo(config)?, claims, now, staff).ok_or(ApiError::Unexpected)?;
    let target = if staff { "/console" } else { "/demo" };
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(target)).into_response())
}

fn cookie(config: &Config, demo: &DemoConfig, claims: Value, now: Timestamp, staff: bool) -> Option<HeaderValue> {
    let token = signed(demo, claims, now)?;
    if staff { cookies::console(config, &token, LIFE) } else { cookies::visitor(config, cookies::DEMO, &token, LIFE) }
}

/// A token with these claims that begins now; no two are the same, so that the end of one is not the end of another.
pub(super) fn signed(demo: &DemoConfig, mut claims: Value, now: Timestamp) -> Option<String> {
    let map = claims.as_object_mut()?;
    map.insert("jti".into(), capability().into());
    map.insert("iat".into(), now.as_second().into());
    map.insert("exp".into(), (now.as_second() + LIFE).into());
    demo.key.sign(&claims)
}

/// Signs out of the demo and forgets the anonymous capability too.
pub async fn leave(State(web): State<Web>, _: Local) -> Response {
    let clear = |name| cookies::visitor(&web.app.config, name, "", 0).map(|c| (header::SET_COOKIE, c));
    let cleared: Vec<_> = [cookies::VISITOR, cookies::DEMO].into_iter().filter_map(clear).collect();
    (AppendHeaders(cleared), Redirect::to("/demo")).into_response()
}

/// Replaces a demo token that is getting old; its `auth_time` stays, so a step-up still ends.
pub async fn renew(State(web): State<Web>, request: Request, next: Next) -> Response {
    let fresh = web.app.config.demo.as_ref().map(|d| renewed(&web, d, request.headers())).unwrap_or_default();
    let mut response = next.run(request).await;
    // An answer that sets cookies itself (sign-in, logout) has the last word.
    if !response.headers().contains_key(header::SET_COOKIE) {
        for cookie in fresh {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn renewed(web: &Web, demo: &DemoConfig, headers: &HeaderMap) -> Vec<HeaderValue> {
    let (config, now) = (&web.app.config, web.app.clock().now());
    let customer = cookies::read(headers, cookies::DEMO).filter(|t| web.app.customer(t).is_ok());
    let staff = cookies::read(headers, cookies::CONSOLE).filter(|t| config.console_verifier.staff(t, now).is_ok());
    let again = |token: &str, staff: bool| {
        let claims = claims(token)
            .filter(|c| now.as_second() - c.get("iat").and_then(Value::as_i64).unwrap_or(0) >= RENEW_AFTER)?;
        let sub = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let ours = !staff || STAFF.iter().any(|(path, ..)| sub.strip_prefix("demo-") == Some(path));
        if ours { cookie(config, demo, claims, now, staff) } else { None }
    };
    [customer.and_then(|t| again(t, false)), staff.and_then(|t| again(t, true))].into_iter().flatten().collect()
}

/// The claims of a token that was verified just before.
fn claims(token: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_and_for_a_minute() {
        let (codes, at) = (Codes::default(), |s| Timestamp::from_second(s).unwrap());
        let code = codes.put(json!({"sub": "p"}), at(0));
        assert_eq!(codes.take(&code, at(10)), Some(json!({"sub": "p"})));
        assert_eq!(codes.take(&code, at(10)), None);
        let late = codes.put(json!({}), at(0));
        assert_eq!(codes.take(&late, at(61)), None);
    }

    #[test]
    fn only_loopback_names_are_local() {
        let host =
            |h: &'static str| loopback_host(&HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(h))]));
        assert!(host("localhost:8080") && host("127.0.0.1") && host("[::1]:1"));
        assert!(!host("evil.example:8080") && !host("127.0.0.1.evil.example") && !host(""));
    }
}
