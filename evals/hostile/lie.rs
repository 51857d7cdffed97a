//! What a hostile language model sees and says. How it lies stands in `behaviours`; when it is asked, in `mod`.

pub use crate::chat::llm::Said as Body;
use crate::fold::folded;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde_json::Value;

/// One request as the server sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The answer must be in Spanish.
    pub es: bool,
    /// The customer's question; numbers and names of theirs are tokens such as `[[RX_1]]`.
    pub question: String,
    /// The vetted texts.
    pub pieces: Vec<Piece>,
}

/// One vetted text.
#[derive(Clone, Debug, Deserialize)]
pub struct Piece {
    /// `DL1` for a policy page, `order:[[ORDER_1]]`, `rx:[[RX_1]]`, `price:…` or `stock:…` for a record.
    pub id: String,
    /// A page's title.
    #[serde(default)]
    pub title: Option<String>,
    /// Its words.
    pub text: String,
}

/// What a hostile model says.
#[derive(Clone, Debug)]
pub struct Lie {
    /// What to send.
    pub body: Body,
    /// Any of these in what the customer reads, and not in the vetted texts, shows that the lie passed (case does not count).
    pub wrong: Vec<String>,
}

/// One way to go wrong.
#[derive(Clone, Copy)]
pub struct Behaviour {
    /// Short name in kebab case.
    pub id: &'static str,
    /// Numbers, drugs, conditions, clinical, claims, privacy, hidden, injection, language, shape, consistency.
    pub family: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Makes the lie; `None` where the texts give no occasion for it.
    pub play: fn(&Seen, &mut StdRng) -> Option<Lie>,
}

/// How a lie stands in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Nothing but the lie.
    Alone,
    /// After a true beginning.
    After,
    /// Before a true end.
    Before,
}

impl Seen {
    /// Reads the drafter's request.
    pub fn of(request: &Value) -> Option<Self> {
        #[derive(Deserialize)]
        struct User {
            language: String,
            question: String,
            context: Vec<Piece>,
        }
        let text = request.pointer("/messages/1/content")?.as_str()?;
        let user: User = serde_json::from_str(text).ok()?;
        Some(Self { es: user.language == "Spanish", question: user.question, pieces: user.context })
    }

    /// A true answer: the first two sentences of the first text.
    pub fn truth(&self) -> String {
        let text = self.pieces.first().map(|p| p.text.as_str()).unwrap_or_default();
        let spans = apothecary::guard::rules::sentences(text);
        spans.into_iter().take(2).filter_map(|s| text.get(s)).map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// All vetted words, folded.
    pub fn folded(&self) -> String {
        self.pieces.iter().map(|p| folded(&p.text)).collect::<Vec<_>>().join("\n")
    }
}

impl Lie {
    /// Mixes the words into a true answer; what is no text stays as it is.
    pub fn mixed(self, mix: Mix, truth: &str) -> Self {
        let body = match (self.body, mix) {
            (Body::Text(lie), Mix::After) => Body::Text(format!("{truth} {lie}")),
            (Body::Text(lie), Mix::Before) => Body::Text(format!("{lie} {truth}")),
            (body, _) => body,
        };
        Self { body, wrong: self.wrong }
    }
}
