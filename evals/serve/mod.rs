//! `evals serve`: the cases of a run that were not as expected, in a browser on this machine: what was asked, what came, what was wanted. A
//! person who finds the label wrong mends it; the new label is written into the case file and kept beside the run with their reason.

mod pages;
mod relabel;
#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::page::cases::Known;
use crate::suite::folder::{Part, Run};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path as Place, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use relabel::Relabel;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// No case is longer.
const LONGEST: usize = 512 * 1024;

/// `evals serve`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "The address holds a secret, and only this machine is answered. A label is mended because it is wrong, never because the product missed \
                  it: who mends it, why, before and after stand in RUN/relabelled.jsonl.\n\nExample:\n  evals serve full-run"
)]
pub struct Args {
    /// A finished run
    run: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// What is shown.
pub struct Desk {
    dir: PathBuf,
    run: Run,
    known: BTreeMap<String, Known>,
    /// In the address, so that no other page of the browser can write here.
    secret: String,
    /// Cases that were mended since the start, with the name of their entry.
    mended: Mutex<Vec<(String, String)>>,
}

impl Desk {
    /// Reads a run with its cases.
    ///
    /// # Errors
    /// No finished run, or a file of it that cannot be read.
    pub fn open(dir: &std::path::Path) -> Result<Self, Failure> {
        let run = Run::load(dir)?;
        let known = run.entries.iter().map(|p| Ok((p.entry.name.clone(), Known::of(dir, p)?)));
        let known = known.collect::<Result<_, Failure>>()?;
        let secret = uuid::Uuid::new_v4().simple().to_string();
        Ok(Self { dir: dir.to_owned(), run, known, secret, mended: Mutex::default() })
    }
    fn part(&self, entry: &str) -> Option<(&Part, &Known)> {
        let part = self.run.entries.iter().find(|p| p.entry.name == entry)?;
        Some((part, self.known.get(entry)?))
    }
    fn is_mended(&self, entry: &str, id: &str) -> bool {
        let mended = self.mended.lock().unwrap_or_else(PoisonError::into_inner);
        mended.iter().any(|(e, i)| e == entry && i == id)
    }
}

/// Runs the subcommand until it is stopped.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let desk = Arc::new(Desk::open(&args.run)?);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await;
    let listener = listener.map_err(|e| Failure::Input(format!("port {}: {e}", args.port)))?;
    let at = listener.local_addr().map_err(Failure::internal)?;
    println!("http://{at}/{}/   (Ctrl-C ends it)", desk.secret);
    axum::serve(listener, routes(desk)).await.map_err(Failure::internal)
}

/// Everything lies behind the secret.
pub fn routes(desk: Arc<Desk>) -> Router {
    let at = |path: &str| format!("/{}{path}", desk.secret);
    Router::new()
        .route(&at("/"), get(first))
        .route(&at("/{entry}"), get(list))
        .route(&at("/{entry}/{id}"), get(one).post(mend))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(DefaultBodyLimit::max(LONGEST))
        .with_state(Arc::clone(&desk))
}

type Desked = State<Arc<Desk>>;

async fn first(State(desk): Desked, headers: HeaderMap) -> Response {
    shown(&headers, || Some(pages::first(&desk)))
}

async fn list(State(desk): Desked, Place(entry): Place<String>, headers: HeaderMap) -> Response {
    shown(&headers, || desk.part(&entry).map(|(part, known)| pages::list(&desk, part, known)))
}

async fn one(State(desk): Desked, Place((entry, id)): Place<(String, String)>, headers: HeaderMap) -> Response {
    shown(&headers, || {
        let (part, known) = desk.part(&entry)?;
        known.cases.get(&id).map(|case| pages::one(&desk, part, known, &id, &pages::pretty(case), None))
    })
}

async fn mend(
    State(desk): Desked,
    Place((entry, id)): Place<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Relabel>,
) -> Response {
    let Some((part, known)) = desk.part(&entry).filter(|_| local(&headers)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match form.write(&desk.dir, &part.entry.cases, &id) {
        Ok(()) => {
            desk.mended.lock().unwrap_or_else(PoisonError::into_inner).push((entry.clone(), id));
            Redirect::to(&format!("/{}/{entry}", desk.secret)).into_response()
        }
        Err(reason) => {
            let page = pages::one(&desk, part, known, &id, &form.case, Some(&reason));
            (StatusCode::UNPROCESSABLE_ENTITY, secured(Html(page.into_string()))).into_response()
        }
    }
}

fn shown(headers: &HeaderMap, page: impl FnOnce() -> Option<maud::Markup>) -> Response {
    match page().filter(|_| local(headers)) {
        Some(page) => secured(Html(page.into_string())).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A name that merely points at this machine is not this machine.
fn local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["127.0.0.1", "localhost"].contains(&name)
}

fn secured(page: Html<String>) -> impl IntoResponse {
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, page)
}
