//! A browser over the WebDriver protocol, plain JSON to Debian's chromedriver.

use crate::support::Folder;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const DRIVER: &str = "/usr/bin/chromedriver";
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];
/// Something that should show up on a page does so within this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// chromedriver; ends with its owner.
pub struct Driver {
    child: Child,
    base: String,
}

impl Driver {
    pub fn start() -> Self {
        assert!(
            Path::new(DRIVER).is_file(),
            "{DRIVER} is missing: run ./test, which installs chromium and chromium-driver"
        );
        let mut child =
            Command::new(DRIVER).arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|l| {
            let port = l.split("started successfully on port ").nth(1)?.trim_end_matches('.').trim();
            port.parse::<u16>().ok()
        });
        // The pipe stays open and is read on, so that the driver never writes into nothing.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base: format!("http://127.0.0.1:{}", port.expect("chromedriver says its port")) }
    }
}

impl Drop for Driver {
    /// Asks it to end its browsers first: it leaves them behind when it is killed, and a test that failed has not closed them.
    fn drop(&mut self) {
        let asked = TcpStream::connect(self.base.trim_start_matches("http://")).and_then(|mut line| {
            line.set_read_timeout(Some(PATIENCE))?;
            line.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            line.read_to_end(&mut Vec::new())
        });
        if let Err(e) = asked {
            eprintln!("chromedriver was killed, its browsers may live on: {e}");
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keys without a letter, for [`Page::press`].
pub const TAB: &str = "\u{e004}";
pub const ESCAPE: &str = "\u{e00c}";
pub const ENTER: &str = "\u{e007}";

/// One browser window with a profile of its own.
pub struct Page {
    client: Client,
    session: String,
    _profile: Folder,
}

impl Page {
    pub async fn new(driver: &Driver, width: u32, height: u32) -> Self {
        Self::with(driver, width, height, &[]).await
    }
    /// With dark colours preferred.
    pub async fn dark(driver: &Driver, width: u32, height: u32) -> Self {
        Self::with(driver, width, height, &["--force-dark-mode"]).await
    }
    async fn with(driver: &Driver, width: u32, height: u32, more: &[&str]) -> Self {
        let profile = Folder::new("browser");
        let mut args: Vec<String> = FLAGS.iter().chain(more).map(ToString::to_string).collect();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        args.push(format!("--window-size={width},{height}"));
        let options = json!({"args": args, "binary": "/usr/bin/chromium"});
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}});
        let mut page = Self { client: crate::support::client(), session: driver.base.clone(), _profile: profile };
        let made = page.call("session", Some(wanted)).await;
        page.session = format!("{}/session/{}", driver.base, made["sessionId"].as_str().expect("a session"));
        page
    }

    async fn call(&self, command: &str, body: Option<Value>) -> Value {
        let value = self.answer(command, body).await;
        assert!(value.get("error").is_none(), "{command}: {value}");
        value
    }
    async fn answer(&self, command: &str, body: Option<Value>) -> Value {
        let url = format!("{}/{command}", self.session);
        let request = match body {
            Some(body) => self.client.post(url).json(&body),
            None => self.client.get(url),
        };
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["value"].take()
    }
    /// As wide as a small phone: a window cannot be narrower than 500 points.
    pub async fn narrow(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": size});
        self.call("goog/cdp/execute", Some(command)).await;
    }
    pub async fn go(&self, url: &str) {
        self.call("url", Some(json!({"url": url}))).await;
    }
    /// Goes on inside the first frame that this script returns; [`Page::top`] comes back.
    pub async fn inside(&self, frame: &str) {
        let found = self.js(&format!("return {frame}")).await;
        self.call("frame", Some(json!({"id": found}))).await;
    }
    /// Back to the page itself.
    pub async fn top(&self) {
        self.call("frame", Some(json!({"id": null}))).await;
    }
    /// Goes on in the window or tab that was opened as the `n`th, from 0.
    pub async fn window(&self, n: usize) {
        let handles = self.call("window/handles", None).await;
        self.call("window", Some(json!({"handle": handles[n]}))).await;
    }
    /// Runs a script in the page; what it returns.
    pub async fn js(&self, script: &str) -> Value {
        self.call("execute/sync", Some(json!({"script": script, "args": []}))).await
    }
    /// What axe-core finds wrong by WCAG 2.2 A and AA: rule, and where.
    pub async fn axe(&self, library: &Path) -> Value {
        let source = std::fs::read_to_string(library).unwrap();
        let run = "const done = arguments[arguments.length - 1]; \
                   axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then( \
                   (r) => done(r.violations.map((v) => [v.id, ...v.nodes.map((n) => n.html.slice(0, 200))])), (e) => done([String(e)]));";
        self.call("execute/async", Some(json!({"script": format!("{source};{run}"), "args": []}))).await
    }
    async fn find(&self, css: &str) -> String {
        let found = self.call("element", Some(json!({"using": "css selector", "value": css}))).await;
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }
    /// Clicks what is there; a page that draws itself anew meanwhile is tried again.
    pub async fn click(&self, css: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let id = self.find(css).await;
            let done = self.answer(&format!("element/{id}/click"), Some(json!({}))).await;
            match done["error"].as_str() {
                None => return,
                Some("stale element reference") if Instant::now() < until => {}
                Some(_) => panic!("{css}: {done}"),
            }
        }
    }
    /// Presses keys one after the other, as a hand would: what has the focus gets them.
    pub async fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        let hand = json!([{"type": "key", "id": "keys", "actions": strokes}]);
        self.call("actions", Some(json!({"actions": hand}))).await;
    }
    /// A line that is slow by so much, or none at all without a time.
    pub async fn line(&self, delay: Option<Duration>) {
        let latency = delay.map_or(0, |d| u64::try_from(d.as_millis()).unwrap());
        let conditions = json!({"offline": delay.is_none(), "latency": latency, "throughput": 100_000_000});
        self.call("chromium/network_conditions", Some(json!({"network_conditions": conditions}))).await;
    }
    pub async fn write(&self, css: &str, text: &str) {
        let id = self.find(css).await;
        self.call(&format!("element/{id}/value"), Some(json!({"text": text}))).await;
    }
    /// Waits until a condition of the page (a JavaScript expression) holds.
    pub async fn wait(&self, condition: &str) {
        let until = Instant::now() + PATIENCE;
        while self.js(&format!("return Boolean({condition})")).await != json!(true) {
            if Instant::now() > until {
                let text = self.js("return document.body.innerText").await;
                panic!("`{condition}` did not come true; the page says: {text}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    pub async fn text(&self) -> String {
        self.js("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }
    /// A picture into the folder named by APOTHECARY_SHOTS, if it is.
    pub async fn shot(&self, name: &str) {
        let Some(folder) = std::env::var_os("APOTHECARY_SHOTS") else { return };
        let picture = self.call("screenshot", None).await;
        std::fs::create_dir_all(&folder).unwrap();
        let bytes = STANDARD.decode(picture.as_str().unwrap()).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).unwrap();
    }
    pub async fn close(self) {
        let _ = self.client.delete(&self.session).send().await;
    }
}
