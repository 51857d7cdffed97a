//! Somebody who follows the page: a clone, a folder beside it, a shell, a server, a pharmacist at the console.

use crate::chat::Said;
use crate::support::{Folder, client, cookie, copy, repo};
use apothecary::credentials::totp;
use apothecary::identity::Key;
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use uuid::Uuid;

/// A fenced block of the page: what stands behind the fence, and what is in it.
pub struct Block {
    pub mark: String,
    pub text: String,
}

/// All blocks of the page, in order.
pub fn blocks() -> Vec<Block> {
    let page = std::fs::read_to_string(repo("docs/your-pharmacy.md")).unwrap();
    let fenced = page.split("\n```").collect::<Vec<_>>();
    let found = fenced.chunks(2).filter_map(|pair| pair.get(1)).map(|block| {
        let (mark, text) = block.split_once('\n').unwrap_or_else(|| panic!("a block that is not closed: {block}"));
        Block { mark: mark.to_owned(), text: text.to_owned() }
    });
    found.collect()
}

pub struct Stranger {
    /// Holds the clone, and the pharmacy's folder beside it.
    _folder: Folder,
    /// Where the shell is.
    here: PathBuf,
    set: Vec<(&'static str, String)>,
    said: BTreeMap<String, String>,
}

/// A port that was free a moment ago.
fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Stranger {
    /// In a clone, whose own pharmacy folder is out of reach: only the guards are taken from it.
    pub fn new(model: String) -> Self {
        let folder = Folder::new("stranger");
        let here = folder.path().join("clone");
        std::fs::create_dir(&here).unwrap();
        symlink(repo("guardrails"), here.join("guardrails")).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_apothecary")).parent().unwrap().display().to_string();
        let set = vec![
            ("PATH", format!("{program}:{}", std::env::var("PATH").unwrap())),
            ("APOTHECARY_SERVER__PORT", port().to_string()),
            ("APOTHECARY_SERVER__METRICS_PORT", port().to_string()),
            ("APOTHECARY_LLM__BASE_URL", model),
        ];
        Self { _folder: folder, here, set, said: BTreeMap::new() }
    }

    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        // The folder for pictures is no setting of a server.
        command.args(["-euo", "pipefail", "-c", script]).current_dir(&self.here).env_remove("APOTHECARY_SHOTS");
        command.envs(self.set.iter().map(|(k, v)| (k, v)));
        command
    }

    /// Runs a block to its end; the next one begins in the folder where it ends.
    pub fn run(&mut self, block: &Block) {
        let done = self.shell(&format!("{}\npwd", block.text)).output().unwrap();
        let (said, wrong) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{}\n{said}{wrong}", block.text);
        let (said, here) = said.trim_end().rsplit_once('\n').unwrap_or(("", said.trim_end()));
        self.here = PathBuf::from(here);
        self.said.insert(block.mark.trim_start_matches("sh ").to_owned(), said.to_owned());
    }

    /// What the block of that name printed.
    pub fn said(&self, name: &str) -> &str {
        self.said.get(name).unwrap_or_else(|| panic!("the page has no block `sh {name}`"))
    }

    /// Puts what stands in a block into the file that it names: settings over those that are there, anything else at the end.
    pub fn write(&self, block: &Block) {
        let file = self.here.join(block.mark.trim_start_matches("toml "));
        let old = std::fs::read_to_string(&file).unwrap();
        // In the place of the key on the page comes the one that was made.
        let text = match self.said.get("key") {
            Some(key) => block.text.replace("ed25519:…", key),
            None => block.text.clone(),
        };
        let new = if file.ends_with("pharmacy.toml") {
            let mut table: toml::Table = old.parse().unwrap();
            for (name, more) in text.parse::<toml::Table>().unwrap() {
                let (have, more) = (table[&name].as_table_mut().unwrap(), more.as_table().unwrap().clone());
                have.extend(more);
            }
            table.to_string()
        } else {
            format!("{old}\n{}\n", block.text)
        };
        std::fs::write(file, new).unwrap();
    }

    /// What people write by hand, as of now, in the place of the examples.
    pub fn lay_second(&self) {
        std::fs::remove_dir_all(self.here.join("index/policies")).unwrap();
        copy(&repo("src/tests/second"), &self.here);
        let (now, orders) = (Timestamp::now(), self.here.join("orders.ndjson"));
        let text = std::fs::read_to_string(&orders).unwrap();
        let text = text.replace("TODAY", &now.strftime("%Y-%m-%d").to_string()).replace("NOW", &now.to_string());
        std::fs::write(orders, text).unwrap();
        // The tests share their cores with a browser and with each other, and a late model is a hand-over by design.
        let guards = self.here.join("guardrails/guards.toml");
        let patient = std::fs::read_to_string(&guards).unwrap().replace("deadline_ms = 700", "deadline_ms = 20000");
        std::fs::write(guards, patient).unwrap();
    }

    /// The server of a block, once it is ready.
    pub async fn serve(&self, command: &str) -> Server {
        assert!(!command.contains('\n'), "one command: {command}");
        let port = &self.set[1].1;
        // `exec`, so that the process that is stopped is the server.
        let child = self.shell(&format!("exec {command}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Server { child, base: format!("http://127.0.0.1:{port}"), client: client() };
        for _ in 0..600 {
            if server.client.get(format!("{}/readyz", server.base)).send().await.is_ok_and(|r| r.status() == 200) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("`{command}` does not become ready");
    }

    /// A customer's token, signed with the secret that `init` made.
    pub fn token(&self, patient: &str) -> String {
        let secret = std::fs::read(self.here.join("site.key")).unwrap();
        let now = Timestamp::now().as_second();
        let claims = json!({
            "iss": "https://www.pharmacy.example", "aud": "apothecary:shop", "sub": patient, "lvl": "L2",
            "iat": now, "exp": now + 600, "auth_time": now, "jti": Uuid::new_v4(),
        });
        Key::hs256(&secret).unwrap().sign(&claims).unwrap()
    }
}

/// `apothecary serve`, killed when dropped.
pub struct Server {
    child: Child,
    base: String,
    client: Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A conversation: its id and the header that opens it.
pub struct Conversation(String, (&'static str, String));

async fn answer(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{status}: {body}");
    serde_json::from_str(&body).unwrap_or_default()
}

impl Server {
    fn post(&self, path: &str, proof: &(&'static str, String), body: &Value) -> RequestBuilder {
        self.client.post(format!("{}/api/v1/{path}", self.base)).header(proof.0, &proof.1).json(body)
    }

    /// A conversation of who has the token, or of nobody known.
    pub async fn open(&self, token: Option<&str>) -> Conversation {
        let mut request =
            self.client.post(format!("{}/api/v1/conversations", self.base)).json(&json!({"locale": "en"}));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let opened = request.send().await.unwrap();
        assert_eq!(opened.status(), 201);
        let proof =
            token.map_or_else(|| ("cookie", cookie(&opened)), |token| ("authorization", format!("Bearer {token}")));
        let body: Value = opened.json().await.unwrap();
        Conversation(body["id"].as_str().unwrap().to_owned(), proof)
    }

    pub async fn say(&self, chat: &Conversation, text: &str) -> Said {
        let body = json!({"id": Uuid::now_v7(), "text": text});
        let said = answer(self.post(&format!("conversations/{}/messages", chat.0), &chat.1, &body)).await;
        Said(said["messages"].as_array().unwrap().clone())
    }

    /// What anybody reads at an address.
    pub async fn page(&self, path: &str) -> String {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap().text().await.unwrap()
    }

    fn get(&self, path: &str, proof: &(&'static str, String)) -> RequestBuilder {
        self.client.get(format!("{}/api/v1/{path}", self.base)).header(proof.0, &proof.1)
    }

    /// What stands as a draft on the case of a conversation, for who claims it.
    pub async fn draft(&self, staff: &Staff, chat: &Conversation) -> Draft {
        let all = answer(self.get("console/tickets", &staff.0)).await;
        let case = all["tickets"].as_array().unwrap().iter().find(|t| t["conversation"] == chat.0.as_str());
        let case = case.unwrap_or_else(|| panic!("no case of {}: {all}", chat.0))["id"].as_str().unwrap().to_owned();
        answer(self.post(&format!("console/tickets/{case}/claim"), &staff.0, &json!({}))).await;
        let open = answer(self.get(&format!("console/tickets/{case}"), &staff.0)).await;
        let drafted = open["suggestions"].as_array().unwrap().last();
        let drafted = drafted.unwrap_or_else(|| panic!("nothing is drafted: {open}")).clone();
        Draft { case, version: open["ticket"]["version"].clone(), drafted }
    }

    /// A pharmacist sends a draft as it is.
    pub async fn send(&self, staff: &Staff, draft: &Draft) {
        let Draft { case, version, drafted } = draft;
        let body = json!({"version": version, "text": drafted["body"]["text"], "suggestion": drafted["message"]});
        answer(self.post(&format!("console/tickets/{case}/reply"), &staff.0, &body)).await;
    }

    /// All that the customer has before them.
    pub async fn history(&self, chat: &Conversation) -> String {
        answer(self.get(&format!("conversations/{}/messages?after=0", chat.0), &chat.1)).await.to_string()
    }
}

/// What the assistant would say, on a case that somebody has claimed.
pub struct Draft {
    case: String,
    version: Value,
    drafted: Value,
}

impl Draft {
    /// Its words and its sources.
    pub fn words(&self) -> String {
        format!("{} {}", self.drafted["body"]["text"].as_str().unwrap(), self.drafted["body"]["sources"])
    }
}

/// Somebody who has signed in at the console.
pub struct Staff((&'static str, String));

impl Staff {
    /// With what `apothecary staff add` printed: the first password, which is changed at once, and the key of the codes.
    pub async fn enters(server: &Server, printed: &str) -> Self {
        let between = |from: &str, to: char| {
            let rest = printed.split_once(from).unwrap_or_else(|| panic!("no `{from}`: {printed}")).1;
            rest.split(to).next().unwrap().to_owned()
        };
        let first = between("sign-in: ", '\n');
        let key = BASE32_NOPAD.decode(between("secret=", '&').as_bytes()).unwrap();
        let code = totp::shown(&key.into(), Timestamp::now()).unwrap();
        let body = json!({"login": "rosa", "password": first, "code": code});
        let nobody = ("cookie", String::new());
        let entered = server.post("console/sign-in", &nobody, &body).send().await.unwrap();
        assert!(entered.status().is_success(), "{}", entered.status());
        let staff = ("cookie", cookie(&entered));
        let own = json!({"password": first, "new": "a phrase of her own"});
        answer(server.post("console/password", &staff, &own)).await;
        Self(staff)
    }
}
