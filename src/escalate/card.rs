//! The hand-over card: everything that a pharmacist needs on one screen (DOMAIN.md 8.4). Quotes, never a summary by a model.

use crate::guard::output::Quarantined;
use crate::wording::FactWords;
use serde_json::{Value, json};

/// Built during the turn; shown to staff only.
#[derive(Debug, Clone)]
pub struct Card(Value);

impl Card {
    /// Who writes, why it is here, and what they want in their own words; all of these are the sentence that it is here for until
    /// [`Card::with_sentence`] says which.
    #[must_use]
    pub fn new(level: &str, name: Option<&str>, reason: &str, fired: &[String], words: &str) -> Self {
        Self(json!({
            "who": { "level": level, "name": name },
            "why": { "reason": reason, "fired": fired, "sentence": words },
            "wants": words,
            "facts": [],
            "said": [],
        }))
    }
    /// Says in which sentence the leading class was heard.
    #[must_use]
    pub fn with_sentence(mut self, sentence: String) -> Self {
        if let Some(place) = self.0.pointer_mut("/why/sentence") {
            *place = Value::String(sentence);
        }
        self
    }
    /// Adds what is usually asked in such a case.
    #[must_use]
    pub fn with_questions(mut self, questions: &[String]) -> Self {
        self.put("ask", json!(questions));
        self
    }
    /// Adds facts with their age, as the customer would read them.
    #[must_use]
    pub fn with_facts(mut self, facts: &[FactWords]) -> Self {
        let rows =
            facts.iter().flat_map(|f| f.lines.iter().take(1).map(|(_, t)| json!({"label": f.as_of, "value": t})));
        self.put("facts", rows.collect());
        self
    }
    /// Adds what the customer is told in this turn.
    #[must_use]
    pub fn with_said(mut self, said: &str) -> Self {
        self.put("said", json!([said]));
        self
    }
    /// Adds the draft that was not released, with the rules that it broke.
    #[must_use]
    pub fn with_rejected(mut self, quarantined: Option<&Quarantined>) -> Self {
        if let Some(q) = quarantined {
            self.put("rejected", q.for_staff());
        }
        self
    }
    /// Adds the model's own reasons: scores of what fired and rule ids.
    #[must_use]
    pub fn with_signals(mut self, signals: Value) -> Self {
        self.put("signals", signals);
        self
    }
    /// The stored form.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }
    fn put(&mut self, key: &str, value: Value) {
        if let Some(map) = self.0.as_object_mut() {
            map.insert(key.to_owned(), value);
        }
    }
}
