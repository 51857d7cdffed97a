//! The server as a process that can be killed and started again on the same port and folder, and how a conversation with it begins.

use crate::failure::Failure;
use apothecary::failpoint::Place;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How a process ends at its place.
const ABORT: i32 = 6;

/// `apothecary demo` on a folder that outlives it.
pub struct Server {
    child: Child,
    armed: Option<Place>,
    binary: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// The binary does not start.
    pub fn start(binary: &Path, folder: &Path) -> Result<Self, Failure> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(Failure::internal)?;
        let (binary, folder, port) = (binary.to_owned(), folder.to_owned(), free.port());
        Ok(Self { child: spawn(&binary, &folder, port, None)?, armed: None, binary, folder, port })
    }

    /// Where it listens, now and after each restart.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// It ended, or does not answer for a minute.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        if self.up().await? {
            return Ok(());
        }
        self.still_there()?;
        Err(Failure::Internal("the server does not answer for a minute".into()))
    }

    /// Whether it answers, within a minute; false when it has ended before.
    ///
    /// # Errors
    /// The process cannot be asked.
    pub async fn up(&mut self) -> Result<bool, Failure> {
        for _ in 0..300 {
            if self.has_ended()? {
                return Ok(false);
            }
            if reqwest::get(format!("{}/readyz", self.address())).await.is_ok_and(|a| a.status().is_success()) {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(false)
    }

    /// `kill -9` unless it has ended at its own place, and a new process that ends at `next`. Where the old one ended, if it did.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self, next: Option<Place>) -> Result<Option<Place>, Failure> {
        let ended = match self.child.try_wait().map_err(Failure::internal)? {
            None => None,
            Some(status) if self.armed.is_some() && status.signal() == Some(ABORT) => self.armed,
            Some(status) => return Err(Failure::Internal(format!("the server ended by itself: {status}"))),
        };
        self.kill();
        self.child = spawn(&self.binary, &self.folder, self.port, next)?;
        self.armed = next;
        Ok(ended)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        // Dead already is dead enough.
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }

    /// Whether it has ended at its place.
    ///
    /// # Errors
    /// The process cannot be asked.
    pub fn has_ended(&mut self) -> Result<bool, Failure> {
        Ok(self.child.try_wait().map_err(Failure::internal)?.is_some())
    }

    /// # Errors
    /// It ended by itself.
    pub fn still_there(&mut self) -> Result<(), Failure> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(Failure::Internal(format!("the server ended by itself: {ended:?}"))),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(binary: &Path, folder: &Path, port: u16, crash_at: Option<Place>) -> Result<Child, Failure> {
    Command::new(binary)
        .args(["demo", "--port", &port.to_string(), "--keep"])
        .arg(folder)
        .args(crash_at.map(|place| format!("--crash-at={place}")))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| Failure::Input(format!("{}: {e}; build it first", binary.display())))
}

/// A new conversation of nobody known, with the cookie that holds it.
pub async fn open(client: &reqwest::Client, address: &str) -> Option<(String, String)> {
    let request = client.post(format!("{address}/api/v1/conversations")).json(&json!({}));
    let answer = request.timeout(Duration::from_secs(10)).send().await.ok()?;
    let cookie = answer.headers().get("set-cookie")?.to_str().ok()?.split(';').next()?.to_owned();
    let body: Value = answer.json().await.ok()?;
    Some((body.get("id")?.as_str()?.to_owned(), cookie))
}
