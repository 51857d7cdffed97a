//! Another chatbot in the product's place: any server that speaks `/v1/chat/completions` gets the same conversations. Where it says what it
//! did (`pharmacy`, as our own server does), that counts; else its words are read (`words.rs`), and the report says so.

#[cfg(test)]
mod tests;
mod words;

use crate::chat::scenario::{Identity, Scenario};
use crate::failure::Failure;
use crate::report::Report;
use apothecary::domain::facts::Record;
use reqwest::Client;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use words::Words;

/// The option, for the message where it is not heard.
pub const OPTION: &str = "--target";

/// Where the other chatbot is.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    /// Ask this server in the product's place: its base URL, behind which /chat/completions answers
    #[arg(long = "target", value_name = "URL")]
    url: Option<String>,
    /// The model that it is asked for
    #[arg(long = "target-model", value_name = "NAME", default_value = "default", requires = "url")]
    model: String,
    /// Its key; better in the environment
    #[arg(long = "target-key", value_name = "KEY", env = "APOTHECARY_TARGET_KEY", hide_env_values = true)]
    key: Option<String>,
    /// A file with the system message that it gets
    #[arg(long = "target-system", value_name = "FILE", requires = "url")]
    system: Option<PathBuf>,
    /// Put the records of who is signed in behind the system message
    #[arg(long = "target-records", requires = "url")]
    records: bool,
    /// What the words of its replies mean
    #[arg(long = "target-words", value_name = "FILE", default_value = "evals/maps/words.toml", requires = "url")]
    words: PathBuf,
    /// Seconds for one answer
    #[arg(long = "target-timeout", value_name = "S", default_value_t = 60, requires = "url")]
    timeout: u64,
}

impl Args {
    /// The chatbot, when one is named.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn target(&self) -> Result<Option<Target>, Failure> {
        let Some(url) = &self.url else { return Ok(None) };
        let read = |file: &PathBuf| std::fs::read_to_string(file).map_err(|e| Failure::file(file, e));
        crate::setup::tls();
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(self.timeout)).build();
        Ok(Some(Target {
            url: format!("{}/chat/completions", url.trim_end_matches('/')),
            model: self.model.clone(),
            key: self.key.clone(),
            system: self.system.as_ref().map(read).transpose()?,
            records: self.records,
            words: Words::load(&self.words)?,
            client: client.map_err(Failure::internal)?,
        }))
    }
    /// The options as they are typed.
    pub fn typed(&self) -> Vec<String> {
        let Some(url) = &self.url else { return Vec::new() };
        let mut line = vec![OPTION.to_owned(), url.clone(), "--target-model".into(), self.model.clone()];
        line.extend(self.key.iter().flat_map(|k| ["--target-key".to_owned(), k.clone()]));
        line.extend(self.system.iter().flat_map(|f| ["--target-system".to_owned(), f.display().to_string()]));
        line.extend(["--target-words".to_owned(), self.words.display().to_string()]);
        line.extend(["--target-timeout".to_owned(), self.timeout.to_string()]);
        line.extend(self.records.then(|| "--target-records".to_owned()));
        line
    }
    /// What a run's results depend on: where and how it is asked, never its key.
    pub fn provenance(&self) -> Option<Value> {
        let url = self.url.as_ref()?;
        Some(json!({"url": url, "model": self.model, "system": self.system, "records": self.records}))
    }
}

/// The other chatbot.
pub struct Target {
    url: String,
    model: String,
    key: Option<String>,
    system: Option<String>,
    records: bool,
    words: Words,
    client: Client,
}

impl Target {
    /// Says in a report whose figures these are.
    pub fn remark(&self, report: &mut Report) {
        let read = "Where its replies do not say what it did, routes are read from their words, and sources and cases are not scored.";
        report.remark(format!("Asked in the product's place: {} as {}. {read}", self.url, self.model));
    }

    /// One conversation from its beginning, as predictions. `all`: every record, of which the signed-in person's may be told to it.
    pub async fn play(&self, scenario: &Scenario, all: &[Record]) -> Vec<Value> {
        let mut said: Vec<Value> = self.opening(scenario, all).into_iter().collect();
        let mut out = Vec::with_capacity(scenario.turns.len());
        let mut conversation = None;
        for (n, turn) in scenario.turns.iter().enumerate() {
            said.push(json!({"role": "user", "content": turn.user}));
            let start = Instant::now();
            let answer = self.ask(&said, conversation.as_deref()).await;
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            let line = match answer {
                Ok(answer) => {
                    conversation = answer["pharmacy"]["conversation"].as_str().map(str::to_owned).or(conversation);
                    let line = self.prediction(&scenario.id, n, &answer, micros);
                    said.push(json!({"role": "assistant", "content": line["reply"]}));
                    line
                }
                Err(reason) => fault(&scenario.id, n, &reason, micros),
            };
            out.push(line);
        }
        out
    }

    fn opening(&self, scenario: &Scenario, all: &[Record]) -> Option<Value> {
        let own = scenario.identity.as_ref().filter(|i| self.records && i.verified());
        let own = own.map(|who| format!("Records of the signed-in customer:\n{}", records(who, all)));
        let text: Vec<String> = self.system.clone().into_iter().chain(own).collect();
        (!text.is_empty()).then(|| json!({"role": "system", "content": text.join("\n\n")}))
    }

    async fn ask(&self, said: &[Value], conversation: Option<&str>) -> Result<Value, String> {
        let body = json!({"model": self.model, "messages": said});
        let mut request = self.client.post(&self.url).header("content-type", "application/json").body(body.to_string());
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(id) = conversation {
            request = request.header("apothecary-conversation", id);
        }
        let response = request.send().await.map_err(|e| format!("no answer: {}", e.without_url()))?;
        let status = response.status();
        let text = response.text().await.map_err(|e| format!("no answer: {}", e.without_url()))?;
        if !status.is_success() {
            return Err(format!("status {status}"));
        }
        let answer: Value = serde_json::from_str(&text).map_err(|e| format!("no JSON: {e}"))?;
        let content = &answer["choices"][0]["message"]["content"];
        if content.is_string() { Ok(answer) } else { Err("no choices[0].message.content".into()) }
    }

    fn prediction(&self, id: &str, n: usize, answer: &Value, micros: u64) -> Value {
        let reply = answer["choices"][0]["message"]["content"].as_str().unwrap_or_default();
        let told = &answer["pharmacy"];
        let (route, case, cites, read) = match told["route"].as_str() {
            Some(route) => {
                let case = (!told["escalation_id"].is_null()).then(|| json!({"priority": null, "reason": null}));
                let cites = told["citations"].as_array().into_iter().flatten().filter_map(|c| c["id"].as_str());
                (route.to_owned(), case, json!(cites.collect::<Vec<_>>()), false)
            }
            None => {
                let route = self.words.route(reply);
                let person = ["emergency", "crisis", "pharmacist", "human"].contains(&route.as_str());
                (route, person.then(|| json!({"priority": null, "reason": "words"})), Value::Null, true)
            }
        };
        let mut line = empty(id, n, micros);
        line.extend([
            ("route".to_owned(), json!(route)),
            ("reply".into(), json!(reply)),
            ("escalation".into(), json!(case)),
            ("cites".into(), cites),
            ("read_from_words".into(), json!(read)),
        ]);
        Value::Object(line)
    }
}

fn empty(id: &str, n: usize, micros: u64) -> Map<String, Value> {
    let line = json!({
        "id": id, "turn": n, "route": "", "reply": "", "cites": [], "facts": [], "fixed_text": [], "escalation": null,
        "fired": [], "drafter": "target", "rejected": [], "micros": micros,
    });
    line.as_object().cloned().unwrap_or_default()
}

/// An answer that did not come: no route, in no rate, counted by itself.
fn fault(id: &str, n: usize, reason: &str, micros: u64) -> Value {
    let mut line = empty(id, n, micros);
    line.extend([("rejected".to_owned(), json!("no answer")), ("fault".into(), json!(reason))]);
    Value::Object(line)
}

fn records(who: &Identity, all: &[Record]) -> Value {
    let own = |r: &&Record| r.key().2.is_some_and(|owner| Some(&owner.0) == who.patient.as_ref());
    all.iter().filter(own).filter_map(|r| serde_json::to_value(r).ok()).collect()
}
