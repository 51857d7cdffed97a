//! The event stream of one turn: `stage` while it runs, then each released `message`, then `done`; comments keep the
//! connection open. No word is sent before the whole answer was released.

use super::error::{self, ApiError};
use super::wire;
use crate::app::{AppError, Said};
use crate::guard::output::Released;
use crate::trace::Stage;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Where a turn tells its stages, and where they are heard; one that nobody hears any more is no loss.
pub fn stages() -> (impl Fn(Stage) + Send + Sync + 'static, mpsc::Receiver<Stage>) {
    let (sender, stages) = mpsc::channel(8);
    let tell = move |stage| {
        let _ = sender.try_send(stage);
    };
    (tell, stages)
}

/// Comments that keep a silent connection open.
pub fn keep_alive() -> KeepAlive {
    KeepAlive::new().interval(Duration::from_secs(10)).text("keep-alive")
}

/// The stream of a turn that is still running; `first` is its first stage.
pub fn running(
    first: Option<Stage>,
    stages: mpsc::Receiver<Stage>,
    task: JoinHandle<Result<Said, AppError>>,
) -> Response {
    unbuffered(Sse::new(events(first, stages, task)).keep_alive(keep_alive()).into_response())
}

/// The stream of a turn that ended without any stage.
#[must_use]
pub fn finished(released: Vec<Released>) -> Response {
    unbuffered(Sse::new(stream::iter(last_events(Ok(released)).into_iter().map(Ok::<_, Infallible>))).into_response())
}

/// Asks reverse proxies to pass each event on at once.
#[must_use]
pub fn unbuffered(mut response: Response) -> Response {
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Stages as they come, then the messages, then `done`.
fn events(
    first: Option<Stage>,
    stages: mpsc::Receiver<Stage>,
    task: JoinHandle<Result<Said, AppError>>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    enum At {
        Stages(Option<Stage>, mpsc::Receiver<Stage>, JoinHandle<Result<Said, AppError>>),
        Rest(std::vec::IntoIter<Event>),
    }
    stream::unfold(At::Stages(first, stages, task), |at| async move {
        let mut rest = match at {
            At::Rest(rest) => rest,
            At::Stages(Some(stage), mut stages, task) => {
                let event = event("stage", &json!({"stage": stage}));
                let next = stages.recv().await;
                return Some((Ok(event), At::Stages(next, stages, task)));
            }
            At::Stages(None, _, task) => last_events(outcome(task).await).into_iter(),
        };
        rest.next().map(|event| (Ok(event), At::Rest(rest)))
    })
}

async fn outcome(task: JoinHandle<Result<Said, AppError>>) -> Result<Vec<Released>, ApiError> {
    let said = task.await.map_err(|_| ApiError::Unexpected)??;
    Ok(said.messages)
}

fn last_events(released: Result<Vec<Released>, ApiError>) -> Vec<Event> {
    let mut all: Vec<Event> = match released {
        Ok(released) => released.iter().map(|r| event("message", &wire::message(r))).collect(),
        Err(_) => {
            let body = error::body(StatusCode::INTERNAL_SERVER_ERROR, "unexpected", "something went wrong here");
            vec![event("error", &body)]
        }
    };
    all.push(event("done", &json!({})));
    all
}

fn event(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
