//! Tells consoles and help desks that something changed, so that they look: no case and no person stands in an event.

use crate::http::Web;
use crate::http::auth::Staff;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

/// Changes within this time are told as one.
const TOGETHER: Duration = Duration::from_millis(150);
/// A stream ends after this time: whoever comes back proves anew who they are.
const LONGEST: Duration = Duration::from_secs(300);
/// A comment keeps the connection open this often.
const ALIVE: Duration = Duration::from_secs(15);

/// The stream: `event: changed` with a counter at the start and after each change.
pub async fn events(State(web): State<Web>, _: Staff) -> Response {
    let alive = KeepAlive::new().interval(ALIVE).text("keep-alive");
    let mut response = Sse::new(changes(web.app.changes())).keep_alive(alive).into_response();
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

fn changes(heard: watch::Receiver<u64>) -> impl Stream<Item = Result<Event, Infallible>> {
    let ends = Instant::now() + LONGEST;
    stream::unfold((heard, true), move |(mut heard, first)| async move {
        if !first {
            timeout_at(ends, heard.changed()).await.ok()?.ok()?;
            sleep(TOGETHER).await;
        }
        let count = *heard.borrow_and_update();
        Some((Ok(Event::default().event("changed").data(count.to_string())), (heard, false)))
    })
}
