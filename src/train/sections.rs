//! The sections of the policy pages as targets: a question should lie nearest to the section that answers it (in-language softmax over
//! all sections, as in Karpukhin et al., arXiv 2004.04906). The sections' own embeddings are read off the present weights now and then,
//! not trained through: what holds them in place is the distillation.

use super::TrainError;
use super::distil;
use super::forward::Student;
use crate::classify::tokenize::Tokenizer;
use crate::domain::evidence::Passage;
use crate::domain::lang::Lang;
use crate::pharmacy::Pharmacy;
use candle_core::{Device, Tensor};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// All sections of all pages as token sequences.
#[derive(Default)]
pub struct Sections {
    ids: Vec<Vec<u32>>,
    langs: Arc<[Lang]>,
    numbers: HashMap<(Lang, String), usize>,
}

/// The sections' embeddings under the weights of a moment.
#[derive(Clone)]
pub struct Targets {
    /// `[384, sections]`, columns of length one.
    pub matrix: Tensor,
    /// Language of each section.
    pub langs: Arc<[Lang]>,
}

impl Sections {
    /// The sections of a pharmacy, of each page the variant for all states and payers, and its latest version.
    ///
    /// # Errors
    /// [`TrainError::Model`].
    pub fn of(pharmacy: &Pharmacy, tokenizer: &Tokenizer) -> Result<Self, TrainError> {
        let mut passages: Vec<&Passage> = pharmacy.passages().collect();
        passages.sort_by_key(|p| (p.meta.specificity(), std::cmp::Reverse(p.meta.version)));
        let (mut ids, mut langs, mut numbers) = (Vec::new(), Vec::new(), HashMap::new());
        for passage in passages {
            let name = (passage.meta.language, format!("{}#{}", passage.page(), passage.heading));
            if let Entry::Vacant(free) = numbers.entry(name) {
                free.insert(ids.len());
                ids.push(super::corpus::sequence(tokenizer, &passage.embedded_text())?);
                langs.push(passage.meta.language);
            }
        }
        Ok(Self { ids, langs: langs.into(), numbers })
    }

    /// The number of the section called `name` (page, `#`, heading) in a language.
    #[must_use]
    pub fn number(&self, lang: &str, name: &str) -> Option<usize> {
        let lang = if lang == "es" { Lang::Es } else { Lang::En };
        self.numbers.get(&(lang, name.to_owned())).copied()
    }

    /// Embeds all sections with `student`.
    ///
    /// # Errors
    /// [`TrainError::Model`].
    pub fn targets(&self, student: &Student) -> Result<Targets, TrainError> {
        let matrix = distil::compute(student, &self.ids)?.t().and_then(|t| t.contiguous());
        let matrix = matrix.map_err(crate::classify::ModelError::from)?;
        Ok(Targets { matrix, langs: self.langs.clone() })
    }
}

impl Targets {
    /// For rows that belong to the sections in `wanted`: 0 where a section has the row's language, a large negative number elsewhere.
    ///
    /// # Errors
    /// From candle.
    pub fn mask(&self, wanted: &[Option<usize>]) -> candle_core::Result<Tensor> {
        let lang = |n: usize| self.langs.get(n);
        let row = |w: &Option<usize>| {
            let own = w.and_then(lang);
            self.langs.iter().map(move |l| if own.is_none_or(|o| o == l) { 0f32 } else { -1e4 })
        };
        let values: Vec<f32> = wanted.iter().flat_map(row).collect();
        Tensor::from_vec(values, (wanted.len(), self.langs.len()), &Device::Cpu)
    }
}
