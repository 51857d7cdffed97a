//! Reversible replacement of a person's names and numbers, so that none of them leaves the process.

/// Pairs of token and value; longest values are replaced first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens(Vec<(String, String)>);

impl Tokens {
    /// Adds a value under a kind (`NAME`, `ORDER`, …); blank and known values add nothing.
    pub fn add(&mut self, kind: &str, value: &str) {
        if value.trim().is_empty() || self.0.iter().any(|(_, v)| v == value) {
            return;
        }
        let n = self.0.iter().filter(|(t, _)| t.contains(kind)).count() + 1;
        self.0.push((format!("[[{kind}_{n}]]"), value.to_owned()));
        self.0.sort_by_key(|(_, v)| std::cmp::Reverse(v.len()));
    }
    /// The text with values replaced by tokens.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |t, (token, value)| t.replace(value.as_str(), token))
    }
    /// The text with tokens replaced by values.
    #[must_use]
    pub fn show(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |t, (token, value)| t.replace(token.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_comes_back_and_nothing_leaks() {
        let mut t = Tokens::default();
        t.add("NAME", "Ana Ruiz");
        t.add("ORDER", "70-00123");
        t.add("ORDER", "70-001234");
        let text = "Ana Ruiz asks for 70-00123 and 70-001234.";
        let hidden = t.hide(text);
        assert!(!hidden.contains("Ana") && !hidden.contains("70-"));
        assert_eq!(t.show(&hidden), text);
    }

    proptest::proptest! {
        #[test]
        fn any_names_and_numbers_come_back(name in "[A-Z][a-z]{2,9} [A-Z][a-z]{2,9}", number in "70-[0-9]{5}", words in "[a-z ]{0,40}") {
            let mut t = Tokens::default();
            t.add("NAME", &name);
            t.add("ORDER", &number);
            let text = format!("{words} {name} {number} {words}");
            let hidden = t.hide(&text);
            proptest::prop_assert!(!hidden.contains(&name) && !hidden.contains(&number));
            proptest::prop_assert_eq!(t.show(&hidden), text);
        }
    }
}
