//! What a turn is expected to do, and what of it did not hold. An absent key is not checked; `null` means none.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// Expectations of a turn.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Expect {
    route: Option<OneOrMany>,
    cites: Option<Vec<String>>,
    contains: Option<Vec<String>>,
    /// Of each group one.
    contains_any: Option<Vec<Vec<String>>>,
    absent: Option<Vec<String>>,
    #[serde(deserialize_with = "present")]
    fixed_text: Option<Option<OneOrMany>>,
    #[serde(deserialize_with = "present")]
    escalation: Option<Option<Escalation>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Debug, Deserialize)]
struct Escalation {
    priority: Option<String>,
    reason: Option<String>,
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            OneOrMany::One(s) => std::slice::from_ref(s),
            OneOrMany::Many(m) => m,
        }
    }
}

/// Tells `null` from an absent key.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

impl Expect {
    /// Pages that the answer must cite.
    pub fn cites(&self) -> &[String] {
        self.cites.as_deref().unwrap_or_default()
    }

    /// What can be asked of another chatbot: it does not know our fixed texts and cases, nor our pages where its words had to be read.
    fn of_another(&self, words: bool) -> Self {
        let cites = self.cites.clone().filter(|_| !words);
        Self { cites, fixed_text: None, escalation: None, ..self.clone() }
    }

    /// Everything that did not hold for a prediction; empty when all did.
    pub fn failures(&self, prediction: &Value) -> Vec<String> {
        match prediction.get("read_from_words").and_then(Value::as_bool) {
            Some(words) => self.of_another(words).found(prediction),
            None => self.found(prediction),
        }
    }

    fn found(&self, prediction: &Value) -> Vec<String> {
        let text = |key: &str| prediction.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |key: &str| strings(prediction.get(key));
        let mut out = Vec::new();
        if let Some(want) = self.route.as_ref().filter(|w| !w.all().contains(&text("route"))) {
            out.push(format!("route {} instead of {}", text("route"), want.all().join(" or ")));
        }
        let cites = list("cites");
        let missing = self.cites.iter().flatten().filter(|c| !cites.contains(c));
        out.extend(missing.map(|c| format!("does not cite {c}")));
        let reply = folded(&text("reply"));
        let without = self.contains.iter().flatten().filter(|c| !reply.contains(&folded(c)));
        out.extend(without.map(|c| format!("reply lacks `{c}`")));
        let lacking =
            self.contains_any.iter().flatten().filter(|group| !group.iter().any(|c| reply.contains(&folded(c))));
        out.extend(lacking.map(|group| format!("reply lacks `{}`", group.join("` or `"))));
        let with = self.absent.iter().flatten().filter(|c| reply.contains(&folded(c)));
        out.extend(with.map(|c| format!("reply holds `{c}`")));
        out.extend(self.texts(&list("fixed_text")));
        out.extend(self.ticket(prediction.get("escalation").filter(|e| !e.is_null())));
        out
    }

    fn texts(&self, shown: &[String]) -> Vec<String> {
        match &self.fixed_text {
            None => Vec::new(),
            Some(None) if shown.is_empty() => Vec::new(),
            Some(None) => vec![format!("shows {} instead of no fixed text", shown.join(" "))],
            Some(Some(want)) => {
                want.all().iter().filter(|w| !shown.contains(w)).map(|w| format!("does not show {w}")).collect()
            }
        }
    }

    fn ticket(&self, got: Option<&Value>) -> Vec<String> {
        match (&self.escalation, got) {
            (None, _) | (Some(None), None) => Vec::new(),
            (Some(None), Some(got)) => vec![format!("escalated as {got}")],
            (Some(Some(_)), None) => vec!["not escalated".into()],
            (Some(Some(want)), Some(got)) => {
                let differs = |key: &str, want: &Option<String>| {
                    let got = got.get(key).and_then(Value::as_str).unwrap_or_default();
                    let want = want.as_ref().filter(|w| *w != got)?;
                    Some(format!("escalation {key} {got} instead of {want}"))
                };
                [differs("priority", &want.priority), differs("reason", &want.reason)].into_iter().flatten().collect()
            }
        }
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

fn folded(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fails(expect: Value, prediction: &Value) -> usize {
        serde_json::from_value::<Expect>(expect).unwrap().failures(prediction).len()
    }

    #[test]
    fn absent_is_unchecked_and_null_means_none() {
        let got = json!({"route": "answer", "reply": "It is in Kraków AS OF noon", "cites": ["OS1"], "fixed_text": [],
            "escalation": {"priority": "P3", "reason": "state"}});
        assert_eq!(fails(json!({}), &got), 0);
        assert_eq!(fails(json!({"fixed_text": null, "escalation": null}), &got), 1);
        assert_eq!(fails(json!({"route": ["human", "answer"], "cites": ["OS1"]}), &got), 0);
        assert_eq!(fails(json!({"contains": ["Krako\u{301}w as of"], "absent": ["NOON"]}), &got), 1);
        assert_eq!(fails(json!({"escalation": {"priority": "P3"}}), &got), 0);
        assert_eq!(fails(json!({"contains_any": [["noon", "midnight"], ["Lviv", "Poznań"]]}), &got), 1);
        let ours = json!({"escalation": {"priority": "P0"}, "fixed_text": ["TX-EMERG"], "cites": ["DL1"]});
        assert_eq!(fails(ours.clone(), &got), 3);
        let mut other = got;
        for (words, held) in [(false, 1), (true, 0)] {
            other["read_from_words"] = words.into();
            assert_eq!(fails(ours.clone(), &other), held, "another chatbot knows no texts and cases of ours");
        }
    }
}
