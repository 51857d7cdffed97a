//! Staff who sign in by password and one-time code: at the door, in a session, in a browser. Here is what these tests share.

mod door;
mod page;
mod sessions;

use crate::support::{Options, Site, cookie};
use apothecary::app::{Accounts, SetUp};
use apothecary::credentials::totp;
use apothecary::domain::clock::{Clock, ScriptedClock};
use apothecary::domain::roles::Role;
use jiff::{SignedDuration, Timestamp};
use reqwest::Response;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;

const OWN: &str = "a phrase of my own";

/// A site of its own whose clock is set by hand.
struct Bench {
    site: Site,
    clock: Arc<ScriptedClock>,
}

/// Somebody with an account.
struct Person {
    login: String,
    set_up: SetUp,
}

impl Bench {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }
    async fn with(options: Options) -> Self {
        let clock = Arc::new(ScriptedClock::new(Timestamp::now()));
        let shown: Arc<dyn Clock> = Arc::clone(&clock) as _;
        Self { site: Site::new(Options { clock: Some(shown), ..options }).await, clock }
    }
    fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }
    fn accounts(&self) -> Accounts<'_> {
        Accounts { store: self.site.app.store(), now: self.clock.now(), by: json!({"role": "operator"}) }
    }
    /// An account whose first password is still to be changed.
    async fn newcomer(&self, login: &str, role: Role) -> Person {
        let set_up = self.accounts().add(login, &format!("{login} Delgado"), role).await.unwrap();
        Person { login: login.into(), set_up }
    }
    /// An account with a password of its own, and its session.
    async fn person(&self, login: &str, role: Role) -> (Person, String) {
        let person = self.newcomer(login, role).await;
        let first = person.set_up.password.expose_secret().to_owned();
        let session = cookie(&self.enter(&person, &first).await);
        let body = json!({"password": first, "new": OWN});
        assert_eq!(self.post("password", body, &session).await.status(), 204);
        self.later(60);
        (person, session)
    }
    async fn post(&self, path: &str, body: Value, session: &str) -> Response {
        self.site.post(&format!("/api/v1/console/{path}"), body.to_string(), &[("cookie", session)]).await
    }
    async fn get(&self, path: &str, session: &str) -> Response {
        self.site.get(&format!("/api/v1/console/{path}"), &[("cookie", session)]).await
    }
    fn shown(&self, person: &Person) -> String {
        totp::shown(&person.set_up.totp, self.clock.now()).unwrap()
    }
    async fn enter(&self, person: &Person, password: &str) -> Response {
        self.type_in(&person.login, password, &self.shown(person)).await
    }
    async fn type_in(&self, login: &str, password: &str, code: &str) -> Response {
        self.post("sign-in", json!({"login": login, "password": password, "code": code}), "").await
    }
    async fn audit(&self) -> String {
        self.site.app.store().verify_audit().await.unwrap();
        format!("{:?}", self.site.app.store().audit_rows(1, 9_999).await.unwrap())
    }
}
