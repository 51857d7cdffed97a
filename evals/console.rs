//! A console as another program would write one: signed in, reading the queue, doing what staff do.

use crate::failure::Failure;
use reqwest::{Client, Response, redirect};
use serde_json::{Value, json};

/// Somebody of the demo's staff.
#[derive(Clone)]
pub struct Console {
    client: Client,
    address: String,
    cookie: String,
    whole: bool,
}

impl Console {
    /// Signs in by the demo's own link; with `whole` they read the whole queue at each look.
    ///
    /// # Errors
    /// The server does not let them in.
    pub async fn sign_in(address: &str, name: &str, whole: bool) -> Result<Self, Failure> {
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
        let client = client.map_err(Failure::internal)?;
        let link = client.get(format!("{address}/demo/staff/{name}")).send().await.map_err(Failure::internal)?;
        let to = header(&link, "location")?;
        let signed = client.get(format!("{address}{to}")).send().await.map_err(Failure::internal)?;
        let cookie = header(&signed, "set-cookie")?.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, address: address.to_owned(), cookie, whole })
    }

    /// An answer that is no error.
    ///
    /// # Errors
    /// No answer, or one that is an error.
    pub async fn get(&self, path: &str) -> Result<Response, Failure> {
        let request = self.client.get(format!("{}/api/v1/console/{path}", self.address)).header("cookie", &self.cookie);
        request.send().await.and_then(Response::error_for_status).map_err(Failure::internal)
    }

    /// The queue as `(conversation, case)`: all of it at first, later what has changed since the last time.
    ///
    /// # Errors
    /// As [`Console::get`].
    pub async fn queue(&self, since: &mut Option<i64>) -> Result<Vec<(String, String)>, Failure> {
        let path =
            since.filter(|_| !self.whole).map_or_else(|| "tickets".to_owned(), |at| format!("tickets?after={at}"));
        let page: Value = self.get(&path).await?.json().await.map_err(Failure::internal)?;
        *since = page.get("at").and_then(Value::as_i64);
        let lines = page.get("tickets").and_then(Value::as_array).into_iter().flatten();
        let text = |line: &Value, key| line.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(lines.map(|line| (text(line, "conversation"), text(line, "id"))).collect())
    }

    /// Claims a case and resolves it as a double one.
    ///
    /// # Errors
    /// As [`Console::get`].
    pub async fn done_with(&self, case: &str) -> Result<(), Failure> {
        let claimed = self.post(&format!("tickets/{case}/claim"), &json!({})).await?;
        let version = claimed.pointer("/ticket/version").cloned().unwrap_or_default();
        self.post(&format!("tickets/{case}/resolve"), &json!({"version": version, "disposition": "DUP"})).await?;
        Ok(())
    }

    /// As [`Console::get`], with a body.
    ///
    /// # Errors
    /// As [`Console::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request =
            self.client.post(format!("{}/api/v1/console/{path}", self.address)).header("cookie", &self.cookie);
        let answer = request.json(body).send().await.and_then(Response::error_for_status).map_err(Failure::internal)?;
        answer.json().await.map_err(Failure::internal)
    }
}

fn header(answer: &Response, name: &str) -> Result<String, Failure> {
    let value = answer.headers().get(name).and_then(|v| v.to_str().ok());
    value.map(ToOwned::to_owned).ok_or_else(|| Failure::Internal(format!("the demo's sign-in gave no {name}")))
}
