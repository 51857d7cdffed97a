//! A line to a receiver: its name resolved once, inside addresses refused; over it signed posts. Only 2xx is success; redirects are
//! not followed.

use super::address::is_internal;
use super::endpoint::Endpoint;
use super::schedule::retry_after;
use super::signature::{SecretError, signature};
use super::webhook::MAX_BODY;
use crate::failpoint::{self, Point};
use crate::store::outbox::OutboxRow;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Response, StatusCode, Url, header};
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

/// One attempt may take this long, the look-up of the name included.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// Why an attempt failed. None of them names the URL, which may hold a key.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The URL is none.
    #[error("the url of webhook endpoint `{0}` is not an http(s) url")]
    Url(String),
    /// Every address that the name has is an inside one.
    #[error("the address resolves to inside addresses only; set allow_internal if that is meant")]
    Internal,
    /// No connection, or no answer in time.
    #[error("no answer: {0}")]
    Network(String),
    /// Not 2xx.
    #[error("status {code}")]
    Status {
        /// The status.
        code: u16,
        /// What a 429 or 503 asked for.
        retry_after: Option<SignedDuration>,
    },
    /// A secret is none.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// More than [`MAX_BODY`].
    #[error("the body has {0} bytes, more than may be sent")]
    Size(usize),
}

/// A client that reaches one address only, whatever the name says later.
#[derive(Debug)]
pub struct Line<'a> {
    endpoint: &'a Endpoint,
    url: Url,
    client: reqwest::Client,
}

impl<'a> Line<'a> {
    /// Resolves the receiver's name and keeps to the address that it has now.
    ///
    /// # Errors
    /// [`PostError`]; then nothing can be posted.
    pub async fn open(endpoint: &'a Endpoint) -> Result<Self, PostError> {
        let url = Url::parse(&endpoint.url).map_err(|_| PostError::Url(endpoint.name.clone()))?;
        let (host, address) = tokio::time::timeout(TIMEOUT, resolve(endpoint, &url)).await.map_err(late)??;
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve(&host, address)
            .build()
            .map_err(|e| PostError::Network(e.to_string()))?;
        Ok(Self { endpoint, url, client })
    }

    /// Posts a delivery once.
    ///
    /// # Errors
    /// [`PostError`].
    pub async fn post(&self, row: &OutboxRow, now: Timestamp) -> Result<(), PostError> {
        let sent = send(self.endpoint, self.url.clone(), &self.client, row, now);
        let response = tokio::time::timeout(TIMEOUT, sent).await.map_err(late)??;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let waits = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
        let asked = response.headers().get(header::RETRY_AFTER).filter(|_| waits).and_then(|v| v.to_str().ok());
        Err(PostError::Status { code: status.as_u16(), retry_after: asked.and_then(|v| retry_after(v, now)) })
    }
}

fn late(_: tokio::time::error::Elapsed) -> PostError {
    PostError::Network(format!("nothing within {} s", TIMEOUT.as_secs()))
}

async fn send(
    endpoint: &Endpoint,
    url: Url,
    client: &reqwest::Client,
    row: &OutboxRow,
    now: Timestamp,
) -> Result<Response, PostError> {
    let body = row.payload.to_string();
    if body.len() > MAX_BODY {
        return Err(PostError::Size(body.len()));
    }
    let at = now.as_second();
    let signed = signature(endpoint, &row.id, at, &body)?;
    let request = client
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", &row.id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signed)
        .body(body);
    failpoint::around(Point::Post, request.send()).await.map_err(|e| PostError::Network(cause(e)))
}

/// The innermost cause, such as a refused connection: the outer ones say little. Never the URL.
fn cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("nothing within {} s", TIMEOUT.as_secs());
    }
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Resolves once and connects to exactly that address, so that a second look-up cannot point inside.
async fn resolve(endpoint: &Endpoint, url: &Url) -> Result<(String, SocketAddr), PostError> {
    let bad = || PostError::Url(endpoint.name.clone());
    let host = url.host_str().ok_or_else(bad)?.to_owned();
    let port = url.port_or_known_default().ok_or_else(bad)?;
    let bare = host.trim_matches(['[', ']']).to_owned();
    let found = tokio::net::lookup_host((bare.as_str(), port)).await.map_err(|e| PostError::Network(e.to_string()))?;
    Ok((host, allowed(found, endpoint.allow_internal)?))
}

/// The first address that may be reached.
fn allowed(found: impl IntoIterator<Item = SocketAddr>, internal: bool) -> Result<SocketAddr, PostError> {
    let mut found = found.into_iter().peekable();
    if found.peek().is_none() {
        return Err(PostError::Network("the name has no address".into()));
    }
    found.find(|a| internal || !is_internal(a.ip())).ok_or(PostError::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|a| a.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_outside_address_is_taken_and_none_is_refused() {
        let mixed = at(&["127.0.0.1:443", "[fd00::1]:443", "93.184.216.34:443", "93.184.216.35:443"]);
        assert_eq!(allowed(mixed.clone(), false).unwrap(), mixed[2]);
        assert_eq!(allowed(mixed.clone(), true).unwrap(), mixed[0]);
        assert!(matches!(allowed(at(&["10.0.0.1:443", "[::1]:443"]), false), Err(PostError::Internal)));
        assert!(matches!(allowed(Vec::new(), true), Err(PostError::Network(_))));
    }
}
