//! `modes.toml`: what the assistant answers by itself, what it only drafts and what it leaves to people, by topic, intent and language.

use crate::domain::labels::Intent;
use crate::domain::lang::Lang;
use crate::domain::modes::{Mode, Scope};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a signature of a release lets go live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Ids of pages; `None` is everything, records and what has no page included.
    pub topics: Option<BTreeSet<String>>,
    /// Languages.
    pub langs: BTreeSet<Lang>,
}

/// The rules in force for a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes {
    default: Mode,
    set: BTreeMap<Scope, Mode>,
    stopped: BTreeMap<Scope, Mode>,
    /// What was signed for; `None` where no release is asked for, so that the file alone decides.
    granted: Option<Vec<Grant>>,
}

impl Modes {
    /// # Errors
    /// The place and reason: an unknown scope, the same one twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Rule {
            scope: Scope,
            mode: Mode,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            default: Mode,
            #[serde(default)]
            rule: Vec<Rule>,
        }
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut set = BTreeMap::new();
        for Rule { scope, mode } in file.rule {
            if scope == Scope::All {
                return Err("[[rule]] scope = \"all\": set `default` instead".into());
            }
            if set.insert(scope.clone(), mode).is_some() {
                return Err(format!("[[rule]] scope = \"{scope}\" stands twice"));
            }
        }
        Ok(Self { default: file.default, set, stopped: BTreeMap::new(), granted: None })
    }

    /// These rules under a signed release: what none of the grants names is at most suggested.
    #[must_use]
    pub fn under(&self, grants: Vec<Grant>) -> Self {
        Self { granted: Some(grants), ..self.clone() }
    }

    /// What was signed for, where a release is in force.
    #[must_use]
    pub fn granted(&self) -> Option<&[Grant]> {
        self.granted.as_deref()
    }

    /// These rules, and what people have stopped meanwhile: that only makes stricter.
    #[must_use]
    pub fn with_stopped(&self, stopped: impl IntoIterator<Item = (Scope, Mode)>) -> Self {
        Self { stopped: stopped.into_iter().collect(), ..self.clone() }
    }

    /// What holds for an answer: a rule for the intent stands in the default's place, one for a topic does so for its pages; of all that
    /// apply, of what was stopped, and of what nobody signed for, the strictest counts. `topics` are the ids of the cited pages; `records`: it tells of a record, too,
    /// for which no topic speaks.
    #[must_use]
    pub fn of(&self, intent: Intent, topics: &[String], records: bool, lang: Lang) -> Mode {
        let by_intent = self.set.get(&Scope::Intent(intent)).copied();
        let own = |topic: &String| self.set.get(&Scope::Topic(topic.clone())).copied();
        let base = by_intent.unwrap_or(self.default);
        let by_topic = topics.iter().map(|t| own(t).unwrap_or(base)).max();
        let by_lang = self.set.get(&Scope::Lang(lang)).copied();
        let by_topic_alone = by_intent.is_none() && by_topic.is_some() && !records;
        let base = (!by_topic_alone).then_some(base);
        base.into_iter()
            .chain(by_topic)
            .chain(by_lang)
            .chain(self.halted(intent, topics, lang))
            .chain(self.unsigned(topics, records, lang).then_some(Mode::Suggest))
            .max()
            .unwrap_or_default()
    }

    /// Whether an answer goes beyond what was signed for: of its topics each must be named for its language, and what has no topic, or
    /// tells of a record, only by a grant of everything.
    fn unsigned(&self, topics: &[String], records: bool, lang: Lang) -> bool {
        let Some(granted) = &self.granted else { return false };
        let of_lang = || granted.iter().filter(|g| g.langs.contains(&lang));
        let everything = of_lang().any(|g| g.topics.is_none());
        let named = |topic: &String| of_lang().any(|g| g.topics.as_ref().is_some_and(|t| t.contains(topic)));
        let by_topic = !records && !topics.is_empty() && topics.iter().all(named);
        !everything && !by_topic
    }

    /// Whether nothing that could be found would free the intent, so that nothing need be looked up.
    #[must_use]
    pub fn surely_off(&self, intent: Intent, lang: Lang) -> bool {
        let off = |scope: Scope| self.set.get(&scope) == Some(&Mode::Off);
        let freed = !self.set.contains_key(&Scope::Intent(intent))
            && self.set.iter().any(|(scope, mode)| matches!(scope, Scope::Topic(_)) && *mode < Mode::Off);
        off(Scope::Intent(intent))
            || off(Scope::Lang(lang))
            || self.halted(intent, &[], lang) == Some(Mode::Off)
            || (self.default == Mode::Off && !self.set.contains_key(&Scope::Intent(intent)) && !freed)
    }

    fn halted(&self, intent: Intent, topics: &[String], lang: Lang) -> Option<Mode> {
        let scopes = [Scope::All, Scope::Intent(intent), Scope::Lang(lang)];
        let topics = topics.iter().map(|t| Scope::Topic(t.clone()));
        scopes.into_iter().chain(topics).filter_map(|s| self.stopped.get(&s).copied()).max()
    }

    /// Whether each topic with a rule is the id of a page.
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn known(&self, page: impl Fn(&str) -> bool) -> Result<(), String> {
        let strange = self.set.keys().find(|s| matches!(s, Scope::Topic(id) if !page(id)));
        strange.map_or(Ok(()), |s| Err(format!("modes.toml has a rule for {s}, but there is no such page")))
    }

    /// What the file says: the default first, as `all`.
    #[must_use]
    pub fn written(&self) -> Vec<(Scope, Mode)> {
        std::iter::once((Scope::All, self.default)).chain(self.set.iter().map(|(s, m)| (s.clone(), *m))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(id: &str) -> Intent {
        id.parse().unwrap()
    }

    fn modes(default: &str, rules: &[(&str, &str)]) -> Modes {
        let rules: String = rules.iter().map(|(s, m)| format!("[[rule]]\nscope = \"{s}\"\nmode = \"{m}\"\n")).collect();
        Modes::parse(&format!("default = \"{default}\"\n{rules}")).unwrap()
    }

    #[test]
    fn a_rule_stands_in_the_defaults_place() {
        let m = modes("suggest", &[("topic:DL5", "live"), ("intent:I14", "live"), ("topic:PR1", "off")]);
        let of = |i: &str, topics: &[&str]| {
            m.of(intent(i), &topics.iter().map(ToString::to_string).collect::<Vec<_>>(), false, Lang::En)
        };
        assert_eq!(of("I01", &[]), Mode::Suggest);
        assert_eq!(of("I01", &["DL5"]), Mode::Live);
        assert_eq!(of("I01", &["DL5", "DL6"]), Mode::Suggest, "a page without a rule follows the default");
        assert_eq!(of("I14", &["DL6"]), Mode::Live);
        assert_eq!(of("I14", &["DL6", "PR1"]), Mode::Off, "of several the strictest");
    }

    #[test]
    fn no_topic_frees_what_is_told_of_a_record() {
        let m = modes("suggest", &[("topic:DL5", "live")]);
        let dl5 = ["DL5".to_owned()];
        assert_eq!(m.of(intent("I01"), &dl5, false, Lang::En), Mode::Live);
        assert_eq!(m.of(intent("I01"), &dl5, true, Lang::En), Mode::Suggest);
    }

    #[test]
    fn where_only_some_topics_are_free_they_are_looked_for() {
        let m = modes("off", &[("topic:DL5", "live"), ("intent:I14", "off"), ("lang:es", "off")]);
        assert!(!m.surely_off(intent("I01"), Lang::En), "DL5 may be found");
        assert!(m.surely_off(intent("I14"), Lang::En) && m.surely_off(intent("I01"), Lang::Es));
        assert_eq!(m.of(intent("I01"), &["DL6".into()], false, Lang::En), Mode::Off);
        assert!(modes("off", &[]).surely_off(intent("I01"), Lang::En));
        assert!(m.with_stopped([(Scope::All, Mode::Off)]).surely_off(intent("I01"), Lang::En));
    }

    #[test]
    fn a_language_and_a_stop_only_make_stricter() {
        let m = modes("live", &[("lang:es", "suggest"), ("topic:PR1", "off")]);
        assert_eq!(m.of(intent("I01"), &[], false, Lang::Es), Mode::Suggest);
        assert_eq!(m.of(intent("I01"), &["PR1".into()], false, Lang::Es), Mode::Off);
        let stopped =
            m.with_stopped([(Scope::Topic("DL5".into()), Mode::Off), (Scope::Topic("PR1".into()), Mode::Suggest)]);
        assert_eq!(stopped.of(intent("I01"), &["DL5".into()], false, Lang::En), Mode::Off);
        assert_eq!(stopped.of(intent("I01"), &["PR1".into()], false, Lang::En), Mode::Off, "never freer than the file");
        assert_eq!(stopped.of(intent("I01"), &[], false, Lang::En), Mode::Live);
        let all = m.with_stopped([(Scope::All, Mode::Off)]);
        assert_eq!(all.of(intent("I34"), &[], false, Lang::En), Mode::Off);
    }

    #[test]
    fn what_nobody_signed_for_is_at_most_suggested() {
        let grant = |topics: Option<&[&str]>, langs: &[Lang]| Grant {
            topics: topics.map(|t| t.iter().map(ToString::to_string).collect()),
            langs: langs.iter().copied().collect(),
        };
        let of = |m: &Modes, topics: &[&str], records: bool, lang: Lang| {
            m.of(intent("I01"), &topics.iter().map(ToString::to_string).collect::<Vec<_>>(), records, lang)
        };
        let live = modes("live", &[("topic:PR1", "off")]);
        let some =
            live.under(vec![grant(Some(&["DL5"]), &[Lang::En]), grant(Some(&["DL6", "PR1"]), &[Lang::En, Lang::Es])]);
        assert_eq!(of(&some, &["DL5", "DL6"], false, Lang::En), Mode::Live, "two signatures together");
        assert_eq!(of(&some, &["DL5", "DL6"], false, Lang::Es), Mode::Suggest, "DL5 was not signed for in Spanish");
        assert_eq!(of(&some, &["DL6"], false, Lang::Es), Mode::Live);
        assert_eq!(of(&some, &["DL7"], false, Lang::En), Mode::Suggest);
        assert_eq!(of(&some, &["DL5"], true, Lang::En), Mode::Suggest, "a record is no topic");
        assert_eq!(of(&some, &[], false, Lang::En), Mode::Suggest);
        assert_eq!(
            of(&some, &["PR1"], false, Lang::En),
            Mode::Off,
            "a signature frees nothing that the file holds back"
        );
        let all = live.under(vec![grant(None, &[Lang::En])]);
        assert_eq!((of(&all, &[], true, Lang::En), of(&all, &[], true, Lang::Es)), (Mode::Live, Mode::Suggest));
        assert_eq!(of(&live.under(Vec::new()), &["DL5"], false, Lang::En), Mode::Suggest, "signed for nothing");
        assert_eq!(all.with_stopped([(Scope::All, Mode::Off)]).of(intent("I01"), &[], false, Lang::En), Mode::Off);
        assert_eq!(live.granted(), None, "without a release the file alone decides");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let twice = "default = \"live\"\n[[rule]]\nscope = \"lang:es\"\nmode = \"off\"\n[[rule]]\nscope = \"lang:es\"\nmode = \"live\"\n";
        assert!(Modes::parse(twice).unwrap_err().contains("twice"));
        assert!(Modes::parse("default = \"on\"").is_err() && Modes::parse("").is_err());
        assert!(Modes::parse("default = \"live\"\n[[rule]]\nscope = \"all\"\nmode = \"off\"").is_err());
    }
}
