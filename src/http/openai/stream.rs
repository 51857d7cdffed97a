//! The stream of one turn: a chunk with the role, comments while it runs, then the released words, the end, `[DONE]`. No word is
//! sent before the whole answer was released.

use super::answer::Reply;
use super::error;
use crate::app::{Answered, AppError};
use crate::http::error::{ApiError, Problem};
use crate::http::{Web, sse};
use crate::trace::Stage;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde_json::Value;
use std::collections::VecDeque;
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A turn at work.
pub struct Running {
    /// Its first stage.
    pub first: Option<Stage>,
    /// The next ones.
    pub stages: mpsc::Receiver<Stage>,
    /// What comes of it.
    pub task: JoinHandle<Result<Answered, AppError>>,
}

/// The stream of a turn that is still running.
pub fn running(web: Web, reply: Reply, usage: bool, running: Running) -> Response {
    let ready = VecDeque::from([data(&reply.opening(usage))]);
    let events = events(ready, Some((web, reply, usage, running)));
    sse::unbuffered(Sse::new(events).keep_alive(sse::keep_alive()).into_response())
}

/// The stream of a turn that has ended.
pub fn finished(reply: &Reply, usage: bool) -> Response {
    let ready = std::iter::once(data(&reply.opening(usage))).chain(rest(reply, usage)).collect();
    sse::unbuffered(Sse::new(events(ready, None)).into_response())
}

/// What is ready first; then a comment a stage; then what came of the turn.
fn events(
    ready: VecDeque<Event>,
    running: Option<(Web, Reply, bool, Running)>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((ready, running), |(mut ready, running)| async move {
        if let Some(event) = ready.pop_front() {
            return Some((Ok(event), (ready, running)));
        }
        let (web, mut reply, usage, mut turn) = running?;
        let stage = match turn.first.take() {
            Some(stage) => Some(stage),
            None => turn.stages.recv().await,
        };
        if let Some(stage) = stage {
            return Some((Ok(comment(stage)), (ready, Some((web, reply, usage, turn)))));
        }
        let mut ready: VecDeque<Event> = match turn.task.await {
            Ok(Ok(answered)) => {
                reply.fill(&web.app, &answered);
                rest(&reply, usage).collect()
            }
            Ok(Err(e)) => failed(e.into()).collect(),
            Err(_) => failed(ApiError::Unexpected).collect(),
        };
        ready.pop_front().map(|event| (Ok(event), (ready, None)))
    })
}

fn comment(stage: Stage) -> Event {
    Event::default().comment(match stage {
        Stage::Reading => "reading your message",
        Stage::Searching => "checking our policies",
        Stage::Checking => "checking the answer",
    })
}

fn rest(reply: &Reply, usage: bool) -> impl Iterator<Item = Event> {
    reply.chunks(usage).into_iter().map(|c| data(&c)).chain([done()])
}

fn failed(e: ApiError) -> impl Iterator<Item = Event> {
    let response = e.into_response();
    let problem = response.extensions().get::<Problem>();
    problem.map(|p| data(&error::body(response.status(), p))).into_iter().chain([done()])
}

fn data(value: &Value) -> Event {
    Event::default().data(value.to_string())
}

fn done() -> Event {
    Event::default().data("[DONE]")
}
