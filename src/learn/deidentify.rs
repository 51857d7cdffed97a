//! Takes out of a text what tells who somebody is: what is on file about them, and what looks personal by its form. It can miss a name
//! that is in no record and in no usual place, so a person reads an export before it leaves the pharmacy.

use crate::classify::phi;
use crate::domain::facts::Patient;

/// Parts of names shorter than this are common words too often.
const NAME: usize = 3;

/// What is to be hidden, each with the kind that stands in its place.
#[derive(Debug, Default)]
pub struct Veil(Vec<(String, &'static str)>);

impl Veil {
    /// Hides a text wherever it stands as a whole word.
    pub fn hide(&mut self, text: &str, kind: &'static str) {
        if !text.trim().is_empty() {
            self.0.push((text.trim().to_lowercase(), kind));
            // The longest first: a whole name before its parts.
            self.0.sort_by_key(|(t, _)| std::cmp::Reverse(t.len()));
        }
    }

    /// Hides what is on file about a person.
    pub fn know(&mut self, person: &Patient) {
        self.hide(&person.name, "NAME");
        for part in person.name.split_whitespace().filter(|p| p.chars().count() >= NAME) {
            self.hide(part, "NAME");
        }
        for value in &person.private {
            self.hide(value, "OTHER_ID");
        }
        if let Some(born) = person.birth_date {
            self.hide(&born.to_string(), "DOB");
        }
    }

    /// The text without it.
    #[must_use]
    pub fn over(&self, text: &str) -> String {
        let known = self.0.iter().fold(text.to_owned(), |text, (what, kind)| replaced(&text, what, kind));
        phi::redact(&known)
    }
}

/// Every whole-word occurrence of `what` (lower case) replaced by `[kind]`.
fn replaced(text: &str, what: &str, kind: &str) -> String {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        // Rare letters change their length in lower case: then places would not fit, and the whole word list is compared instead.
        return by_words(text, what, kind);
    }
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (start, found) in lower.match_indices(what) {
        let end = start + found.len();
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let whole = !joins(lower.get(..start).and_then(|t| t.chars().next_back()))
            && !joins(lower.get(end..).and_then(|t| t.chars().next()));
        if whole && start >= at {
            out.push_str(text.get(at..start).unwrap_or_default());
            out.push_str(&format!("[{kind}]"));
            at = end;
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

fn by_words(text: &str, what: &str, kind: &str) -> String {
    let same = |w: &&str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase() == what;
    text.split(' ').map(|w| if same(&w) { format!("[{kind}]") } else { w.to_owned() }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_file_is_hidden_as_whole_words() {
        let mut veil = Veil::default();
        veil.hide("Ana Ruiz", "NAME");
        veil.hide("Ana", "NAME");
        veil.hide("12 Elm Street", "OTHER_ID");
        let text = "ANA RUIZ here, ana again, not Anaheim; I live at 12 elm street";
        assert_eq!(veil.over(text), "[NAME] here, [NAME] again, not Anaheim; I live at [OTHER_ID]");
        assert_eq!(veil.over("call 512-555-0142"), "call [PHONE]", "by its form");
        assert_eq!(veil.over("İyi ana ok"), "İyi [NAME] ok");
    }
}
