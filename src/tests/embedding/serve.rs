//! The real server as the page of instructions configures it.

use super::docs::{SECRET, block};
use crate::support::{Folder, client, repo};
use reqwest::Client;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// `apothecary serve` by the page's configuration, killed when dropped.
pub struct Server {
    child: Child,
    pub base: String,
    pub client: Client,
    _folder: Folder,
}

/// A port that was free a moment ago.
fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    pub async fn start(more: &[(&str, String)]) -> Self {
        let folder = Folder::new("serve");
        let file = folder.path().join("pharmacy.toml");
        std::fs::write(&file, block("pharmacy.toml")).unwrap();
        let (port, metrics) = (port(), port());
        let run = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
            command.args(["serve", "--config"]).arg(&file).args(args).current_dir(repo("."));
            // The folder for pictures is no setting of a server.
            command
                .env_remove("APOTHECARY_SHOTS")
                .env("APOTHECARY_SITE__HS256_SECRET", SECRET)
                .envs(more.iter().map(|(k, v)| (k, v)));
            command.env("APOTHECARY_DATA__DIR", folder.path().join("data"));
            command.env("APOTHECARY_SERVER__PORT", port.to_string());
            command.env("APOTHECARY_SERVER__METRICS_PORT", metrics.to_string());
            command
        };
        let checked = run(&["--check-config"]).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let child = run(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, base: format!("http://127.0.0.1:{port}"), client: client(), _folder: folder };
        for _ in 0..300 {
            if server.client.get(format!("{}/readyz", server.base)).send().await.is_ok_and(|r| r.status() == 200) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server of docs/embedding.md does not become ready");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
