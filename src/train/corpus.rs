//! All that a run trains and measures on, and the batches of an epoch.

use super::augment::see;
use super::bars::Bars;
use super::data::{self, Line};
use super::distil;
use super::fit::Base;
use super::forward::Student;
use super::loss::Example;
use super::sections::{Sections, Targets};
use super::step::Stepper;
use super::{TrainError, TrainOptions};
use crate::classify::artefact::FileDigest;
use crate::classify::tokenize::{Tokenizer, windows};
use crate::pharmacy::Pharmacy;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use std::path::Path;
use std::sync::Arc;

/// Tokens of a training text that are read.
pub const LONGEST: usize = 64;
/// Batches among which texts are sorted by length: large enough to save padding, small enough to stay mixed.
const BUCKET: usize = 40;

/// Lines, passages and the original embeddings of both.
pub struct Corpus {
    /// Lines to train on.
    pub lines: Vec<Line>,
    /// Lines of another author: for calibration, thresholds and the choice of the epoch, never for a gradient.
    pub calibration: Vec<Line>,
    /// Digests of all files read.
    pub files: Vec<FileDigest>,
    /// What thresholds are chosen by.
    pub bars: Bars,
    /// What questions with a section are pulled towards; empty when no line has one.
    pub sections: Sections,
    passages: Vec<Vec<u32>>,
    teacher: Vec<Arc<[f32]>>,
    tokenizer: Tokenizer,
}

impl Corpus {
    /// Reads the files that the options name. Calibration lines that also stand in the training data are taken out of it.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn read(options: &TrainOptions, tokenizer: Tokenizer) -> Result<Self, TrainError> {
        let bars = Bars::load(&options.targets)?;
        let calibration = data::read(&options.calibrate)?;
        let mut train = data::read(&data::files(&options.data, &options.calibrate)?)?;
        if train.lines.is_empty() || calibration.lines.is_empty() {
            return Err(TrainError::NoLines);
        }
        train.files.extend(calibration.files);
        let texts = data::passages(&options.distil_text)?;
        let passages = texts.iter().map(|t| sequence(&tokenizer, t)).collect::<Result<_, _>>()?;
        let pharmacy = Pharmacy::load(&options.pages, None).map_err(|e| TrainError::Pages(e.to_string()))?;
        train.lines.extend(data::questions(&pharmacy.questions, options.question_share));
        let asked = super::read(&options.pages, "questions.jsonl").unwrap_or_default();
        train.files.push(FileDigest::of(&options.pages.join("questions.jsonl").to_string_lossy(), &asked));
        let lines = data::without_leaks(train.lines, &calibration.lines);
        let (calibration, files) = (calibration.lines, train.files);
        let asks = lines.iter().any(|l| l.section.is_some());
        let sections = if asks { Sections::of(&pharmacy, &tokenizer)? } else { Sections::default() };
        let corpus = Self { lines, calibration, files, bars, sections, passages, teacher: Vec::new(), tokenizer };
        match corpus.lines.iter().find(|l| l.section.is_some() && corpus.section(l).is_none()) {
            Some(l) => Err(TrainError::NoSection { text: l.text.clone(), name: l.section.clone().unwrap_or_default() }),
            None => Ok(corpus),
        }
    }

    /// Adds the embeddings of the original model; without them nothing is distilled.
    ///
    /// # Errors
    /// [`TrainError::Model`].
    pub fn learn_from(&mut self, original: &Student, base: &str, work: &Path) -> Result<(), TrainError> {
        let mut all = self.lines.iter().map(|l| sequence(&self.tokenizer, &l.text)).collect::<Result<Vec<_>, _>>()?;
        all.extend(self.passages.iter().cloned());
        self.teacher = distil::embeddings(original, base, &all, work)?;
        Ok(())
    }

    /// The sections under the present weights; none when no line names one.
    ///
    /// # Errors
    /// [`TrainError::Model`].
    pub fn targets(&self, stepper: &Stepper, base: &Base) -> Result<Option<Targets>, TrainError> {
        if !self.lines.iter().any(|l| l.section.is_some()) {
            return Ok(None);
        }
        let student = Student::new(&stepper.params.detached(), &super::encoder_config(&base.config)?)?;
        self.sections.targets(&student).map(Some)
    }

    /// Batches in an epoch of `batch` texts each.
    #[must_use]
    pub fn steps(&self, batch: usize) -> usize {
        (self.lines.len() + self.held().len()).div_ceil(batch.max(1))
    }

    /// The batches of an epoch: changed texts, of like length within a batch, in an order that `seed` decides.
    ///
    /// # Errors
    /// [`TrainError::Model`].
    pub fn epoch(&self, batch: usize, seed: u64) -> Result<Vec<Vec<Example>>, TrainError> {
        let mut rng = StdRng::seed_from_u64(seed);
        let service: Vec<&Line> = self.lines.iter().filter(|l| !l.labels.risks.contains(&true)).collect();
        let mut examples = Vec::with_capacity(self.lines.len() + self.passages.len());
        for (number, line) in self.lines.iter().enumerate() {
            let seen = see(line, &service, &mut rng);
            let section = self.section(line).filter(|_| seen.same_meaning);
            let teacher = self.teacher.get(number).filter(|_| seen.same_meaning && section.is_none()).cloned();
            let ids = sequence(&self.tokenizer, &seen.text)?;
            examples.push(Example { ids, labels: Some(seen.labels), weight: line.weight, teacher, section });
        }
        let held = self.held().iter().zip(self.teacher.iter().skip(self.lines.len()));
        examples.extend(held.map(|(ids, t)| Example {
            ids: ids.clone(),
            labels: None,
            weight: 0.0,
            teacher: Some(t.clone()),
            section: None,
        }));
        examples.shuffle(&mut rng);
        examples.chunks_mut((batch * BUCKET).max(1)).for_each(|bucket| bucket.sort_by_key(|e| e.ids.len()));
        let mut batches: Vec<Vec<Example>> = examples.chunks(batch.max(1)).map(<[Example]>::to_vec).collect();
        batches.shuffle(&mut rng);
        Ok(batches)
    }

    fn section(&self, line: &Line) -> Option<usize> {
        line.section.as_ref().and_then(|name| self.sections.number(&line.lang, name))
    }

    /// Passages count only where there is something to hold them to.
    fn held(&self) -> &[Vec<u32>] {
        if self.teacher.is_empty() { &[] } else { &self.passages }
    }
}

/// A text as the ids of its first [`LONGEST`] tokens, CLS and SEP included.
pub(super) fn sequence(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>, TrainError> {
    Ok(windows(&tokenizer.ids(text)?, LONGEST, 0).into_iter().next().unwrap_or_default())
}
