//! Multinomial naive Bayes (McCallum & Nigam 1998) on tf-idf weights (Rennie et al. 2003) of words, word pairs and character n-grams:
//! from texts with the numbers of their topics to how well each topic explains a new text. Learned in one pass, in the moment in which
//! it is needed; it hears the misspelt and the indirect, which neither stems nor embeddings do. It ranks, no more: what a topic is and
//! what follows from it is the caller's.

use super::words;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Lengths of the character n-grams, within a word and its two ends.
const GRAMS: [usize; 2] = [3, 4];
/// What is added to every count where topics have many texts: small, since counts are tf-idf weights. Like [`TEMPERATURE`] chosen on
/// questions of other hands than those learned from.
pub const ALPHA: f32 = 0.02;
/// By which log-likelihoods are divided before they become probabilities: the likelihood of held-out hands' questions is best near it.
pub const TEMPERATURE: f32 = 1.25;

/// Known features and their weights in a text.
type Features = Vec<(u32, f32)>;
/// Features of a text and how often each stands in it.
type Counts = Vec<(u32, f32)>;
/// Number and inverse document frequency of each feature.
type Known = HashMap<u32, (u32, f32), Hashed>;
/// Features are hashes already.
type Hashed = BuildHasherDefault<AsItIs>;

/// A hasher that takes one number for its own hash.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.0 = self.0.rotate_left(8) ^ u64::from(*b));
    }
    fn write_u32(&mut self, n: u32) {
        // The table takes its bucket from the low bits and its tag from the highest.
        self.0 = (u64::from(n) << 32) | u64::from(n);
    }
}

/// A learned model over topics numbered from 0.
pub struct NaiveBayes {
    features: Known,
    /// Per feature the range of its postings.
    starts: Vec<u32>,
    /// Topic and how much more the feature speaks for it than for one that never has it: ln(1 + weight/α).
    postings: Vec<(u16, f32)>,
    /// Per topic −ln(its total weight + α·features).
    base: Vec<f32>,
}

impl NaiveBayes {
    /// Learns from texts with the numbers of their topics, each below `topics`; `alpha` is added to every count.
    #[must_use]
    pub fn learn(texts: &[(usize, String)], topics: usize, alpha: f32) -> Self {
        let counted: Vec<[Counts; 2]> = texts.iter().map(|(_, text)| counts(text)).collect();
        let mut seen: HashMap<u32, u32, Hashed> = HashMap::default();
        counted.iter().flatten().flatten().for_each(|(f, _)| *seen.entry(*f).or_default() += 1);
        let all = texts.len() as f32;
        let numbered = seen.into_iter().zip(0u32..);
        let features: Known =
            numbered.map(|((f, df), n)| (f, (n, ((1.0 + all) / (1.0 + df as f32)).ln() + 1.0))).collect();
        let (mut weights, mut totals) = (Vec::new(), vec![0.0f32; topics]);
        for ((topic, _), groups) in texts.iter().zip(&counted) {
            let Ok(number) = u16::try_from(*topic) else { continue };
            for (feature, weight) in groups.iter().flat_map(|g| weighed(g, &features)) {
                weights.push((feature, number, weight));
                totals.iter_mut().skip(*topic).take(1).for_each(|t| *t += weight);
            }
        }
        weights.sort_unstable_by_key(|(feature, topic, _)| (*feature, *topic));
        let (starts, postings) = posted(&weights, features.len(), alpha);
        let room = alpha * features.len() as f32;
        Self { features, starts, postings, base: totals.into_iter().map(|t| -(t + room).ln()).collect() }
    }

    /// Log-likelihood of a text under each topic; comparable within one text only.
    #[must_use]
    pub fn scores(&self, text: &str) -> Vec<f32> {
        let found: Features = counts(text).iter().flat_map(|g| weighed(g, &self.features)).collect();
        let mass: f32 = found.iter().map(|(_, w)| w).sum();
        let mut scores: Vec<f32> = self.base.iter().map(|b| b * mass).collect();
        for (feature, weight) in found {
            for (topic, gain) in self.of(feature) {
                scores.iter_mut().skip(usize::from(*topic)).take(1).for_each(|s| *s += weight * gain);
            }
        }
        scores
    }

    fn of(&self, feature: u32) -> &[(u16, f32)] {
        let at = |n: usize| self.starts.get(n).map_or(0, |s| *s as usize);
        self.postings.get(at(feature as usize)..at(feature as usize + 1)).unwrap_or_default()
    }
}

/// Probabilities from log-likelihoods over a temperature; those that are not finite get none.
#[must_use]
pub fn probabilities(scores: &[f32], temperature: f32) -> Vec<f32> {
    let top = scores.iter().copied().filter(|s| s.is_finite()).fold(f32::NEG_INFINITY, f32::max);
    let odds: Vec<f32> =
        scores.iter().map(|s| if s.is_finite() { ((s - top) / temperature).exp() } else { 0.0 }).collect();
    let sum = odds.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    odds.into_iter().map(|o| o / sum).collect()
}

/// Joins the weights of one feature and topic; they come sorted.
fn posted(weights: &[(u32, u16, f32)], features: usize, alpha: f32) -> (Vec<u32>, Vec<(u16, f32)>) {
    let (mut starts, mut postings) = (Vec::with_capacity(features + 1), Vec::<(u16, f32)>::new());
    for group in weights.chunk_by(|a, b| a.0 == b.0) {
        starts.push(postings.len() as u32);
        let of_topic = group.chunk_by(|a, b| a.1 == b.1);
        let sums = of_topic.filter_map(|same| Some((same.first()?.1, same.iter().map(|w| w.2).sum::<f32>())));
        postings.extend(sums.map(|(topic, sum)| (topic, (sum / alpha).ln_1p())));
    }
    starts.push(postings.len() as u32);
    (starts, postings)
}

/// Known features with sublinear tf-idf weights, of length one.
fn weighed(counts: &Counts, features: &Known) -> Features {
    let known = counts.iter().filter_map(|(f, n)| features.get(f).map(|(id, idf)| (*id, (1.0 + n.ln()) * idf)));
    let mut found: Features = known.collect();
    found.sort_unstable_by_key(|(id, _)| *id);
    let length = found.iter().map(|(_, w)| w * w).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    found.iter_mut().for_each(|(_, w)| *w /= length);
    found
}

/// How often each character n-gram, and each word and word pair, stands in a text, by hash.
fn counts(text: &str) -> [Counts; 2] {
    let words = words::words(text);
    let (mut grams, mut terms) = (Vec::new(), Vec::new());
    for word in &words {
        let padded: Vec<char> = std::iter::once(' ').chain(word.chars()).chain([' ']).collect();
        grams
            .extend(GRAMS.iter().flat_map(|n| padded.windows((*n).min(padded.len()))).map(|g| hash(g.iter().copied())));
        terms.push(hash(word.chars()).rotate_left(16));
    }
    terms.extend(words.windows(2).map(|pair| hash(pair.join(" ").chars()).rotate_left(16)));
    [grams, terms].map(counted)
}

fn counted(mut features: Vec<u32>) -> Counts {
    features.sort_unstable();
    features.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, same.len() as f32))).collect()
}

/// FNV-1a over characters (Fowler, Noll & Vo), folded to half its length.
fn hash(chars: impl Iterator<Item = char>) -> u32 {
    let h = chars.fold(0xcbf2_9ce4_8422_2325_u64, |h, c| (h ^ u64::from(c)).wrapping_mul(0x0000_0100_0000_01b3));
    ((h >> 32) ^ (h & 0xffff_ffff)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_hears_what_was_asked_before_misspelt_and_in_other_words() {
        let texts = [
            (0, "where is my package, it never came"),
            (0, "the box got lost in the mail"),
            (1, "can my doctor send the prescription by computer"),
            (1, "how does the office e-prescribe to you"),
            (2, "my insurance denied it, what now"),
        ];
        let model = NaiveBayes::learn(&texts.map(|(n, t)| (n, t.to_owned())), 3, ALPHA);
        let best = |text: &str| {
            let scores = model.scores(text);
            (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
        };
        assert_eq!(best("pakage never caem, losst?"), Some(0));
        assert_eq!(best("dr offise wants to escribe"), Some(1));
        assert_eq!(best("insurence denyed"), Some(2));
    }

    #[test]
    fn nothing_known_prefers_no_topic_and_empty_learning_is_harmless() {
        let model = NaiveBayes::learn(&[(0, "alpha beta".into()), (1, "gamma delta".into())], 2, ALPHA);
        assert_eq!(model.scores("12 %"), vec![0.0, 0.0]);
        assert!(NaiveBayes::learn(&[], 0, ALPHA).scores("x").is_empty());
    }
}
