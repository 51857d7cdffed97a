//! The records of one verified person, and the formulary. It only finds ids; the store is re-read at answer time.
//! The owner is a clause of every query that the server builds; nothing that a customer types can widen it.

use super::IndexError;
use super::analyze::{bilingual, plain, terms};
use crate::domain::facts::{Medication, Record};
use crate::domain::ids::{MedicationId, RxId};
use crate::identity::VerifiedCustomer;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::{Index, IndexReader, IndexWriter, TantivyDocument, Term};

const ANALYZER: &str = "names";
/// Shorter words must match to the letter.
const FUZZY_LETTERS: usize = 5;
/// Words of a message that are looked for; with the names that its everyday words stand for.
const WORDS: usize = 96;
/// Words of strength and form, which stand in every name and find nothing.
const COMMON: [&str; 22] = [
    "mg",
    "mcg",
    "ml",
    "units",
    "unit",
    "tablet",
    "tablets",
    "capsule",
    "capsules",
    "pen",
    "vial",
    "gel",
    "patch",
    "spray",
    "extended",
    "release",
    "delayed",
    "chewable",
    "oral",
    "and",
    "day",
    "actuation",
];

type Clauses = Vec<(Occur, Box<dyn Query>)>;

/// A record found.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordHit {
    /// `prescription`, `order`, `shipment`, `price`, `stock`: the kinds of [`Record::key`].
    pub kind: String,
    /// The record's id as the store keys it.
    pub id: String,
    /// Higher is nearer; comparable within one search only.
    pub score: f32,
}

#[derive(Clone, Copy)]
struct Fields {
    key: Field,
    kind: Field,
    id: Field,
    owner: Field,
    number: Field,
    name: Field,
}

/// An index that follows the feed.
pub struct RecordIndex {
    fields: Fields,
    reader: IndexReader,
    /// The writer and the words of each prescription's medicine, which orders and parcels repeat.
    state: Mutex<(IndexWriter, HashMap<RxId, String>)>,
}

impl RecordIndex {
    /// Builds in memory.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn build(records: &[Record]) -> Result<Self, IndexError> {
        let options =
            TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqs);
        let mut schema = Schema::builder();
        let fields = Fields {
            key: schema.add_text_field("key", STRING),
            kind: schema.add_text_field("kind", STRING | STORED),
            id: schema.add_text_field("id", STRING | STORED),
            owner: schema.add_text_field("owner", STRING),
            number: schema.add_text_field("number", STRING),
            name: schema.add_text_field("name", TextOptions::default().set_indexing_options(options)),
        };
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register(ANALYZER, plain());
        let writer = index.writer_with_num_threads(1, 15_000_000)?;
        let reader = index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
        let built = Self { fields, reader, state: Mutex::new((writer, HashMap::new())) };
        built.update(records)?;
        Ok(built)
    }

    /// Replaces or adds records; visible when it returns.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn update(&self, records: &[Record]) -> Result<(), IndexError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (writer, names) = &mut *state;
        for record in records {
            if let Record::Prescription(rx) = record {
                names.insert(rx.id.clone(), words(&rx.medication));
            }
        }
        for record in records {
            let (kind, id, owner, _) = record.key();
            let key = format!("{kind}/{id}");
            writer.delete_term(Term::from_field_text(self.fields.key, &key));
            let Some((numbers, name)) = searchable(record, names) else {
                continue;
            };
            let mut doc = TantivyDocument::default();
            doc.add_text(self.fields.key, &key);
            doc.add_text(self.fields.kind, kind);
            doc.add_text(self.fields.id, &id);
            if let Some(owner) = owner {
                doc.add_text(self.fields.owner, owner.as_str());
            }
            numbers.iter().flat_map(|n| number_forms(n)).for_each(|n| doc.add_text(self.fields.number, n));
            doc.add_text(self.fields.name, name);
            writer.add_document(doc)?;
        }
        writer.commit()?;
        self.reader.reload()?;
        Ok(())
    }

    /// The records that a text names by number or medicine, best first: only those of the person for whom a token was verified.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn find(&self, customer: &VerifiedCustomer, text: &str, k: usize) -> Result<Vec<RecordHit>, IndexError> {
        let owner = Term::from_field_text(self.fields.owner, customer.patient().as_str());
        let owner = TermQuery::new(owner, IndexRecordOption::Basic);
        let mut wanted = self.names(text);
        for number in typed_numbers(text) {
            let term = TermQuery::new(Term::from_field_text(self.fields.number, &number), IndexRecordOption::Basic);
            wanted.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), 10.0))));
        }
        self.run(Box::new(owner), wanted, k)
    }

    /// The formulary products that a text names, best first, for stock and cash price.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn find_medication(&self, text: &str, k: usize) -> Result<Vec<(MedicationId, f32)>, IndexError> {
        let kind = TermQuery::new(Term::from_field_text(self.fields.kind, "medication"), IndexRecordOption::Basic);
        let hits = self.run(Box::new(kind), self.names(text), k)?;
        Ok(hits.into_iter().map(|h| (MedicationId(h.id), h.score)).collect())
    }

    /// Clauses for the words of a text. A strength alone names no medicine; beside a name it tells two strengths apart.
    fn names(&self, text: &str) -> Clauses {
        let (mut named, mut strengths): (Clauses, Clauses) = (Vec::new(), Vec::new());
        for token in name_words(text).into_iter().take(WORDS) {
            let term = Term::from_field_text(self.fields.name, &token);
            let exact = |weight| {
                Box::new(BoostQuery::new(Box::new(TermQuery::new(term.clone(), IndexRecordOption::Basic)), weight))
            };
            if token.bytes().all(|b| b.is_ascii_digit()) {
                strengths.push((Occur::Should, exact(0.5)));
                continue;
            }
            if token.chars().count() >= FUZZY_LETTERS {
                named.push((Occur::Should, Box::new(FuzzyTermQuery::new(term.clone(), 1, true))));
            }
            named.push((Occur::Should, exact(2.0)));
        }
        if named.is_empty() {
            return Vec::new();
        }
        let mut both: Clauses = vec![(Occur::Must, Box::new(BooleanQuery::new(named)))];
        both.extend(strengths);
        vec![(Occur::Should, Box::new(BooleanQuery::new(both)))]
    }

    /// Nothing is found without a wanted term; the scope adds nothing to the score.
    fn run(&self, scope: Box<dyn Query>, wanted: Clauses, k: usize) -> Result<Vec<RecordHit>, IndexError> {
        if wanted.is_empty() || k == 0 {
            return Ok(Vec::new());
        }
        let scope: Box<dyn Query> = Box::new(BoostQuery::new(scope, 0.0));
        let query = BooleanQuery::new(vec![(Occur::Must, scope), (Occur::Must, Box::new(BooleanQuery::new(wanted)))]);
        let searcher = self.reader.searcher();
        let mut out = Vec::new();
        for (score, address) in searcher.search(&query, &TopDocs::with_limit(k).order_by_score())? {
            let doc: TantivyDocument = searcher.doc(address)?;
            let text = |f: Field| doc.get_first(f).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            out.push(RecordHit { kind: text(self.fields.kind), id: text(self.fields.id), score });
        }
        Ok(out)
    }
}

fn words(m: &Medication) -> String {
    let all = std::iter::once(m.name.as_str()).chain(m.generic.as_deref()).chain(m.aliases.iter().map(String::as_str));
    name_words(&all.collect::<Vec<_>>().join(" ")).join(" ")
}

/// The words of a text that may name a medicine, spelt as both languages do.
#[must_use]
pub fn name_words(text: &str) -> Vec<String> {
    let terms = terms(&mut plain(), text).into_iter().filter(|t| !COMMON.contains(&t.as_str()));
    let mut names: Vec<String> = Vec::new();
    for name in terms.map(|t| bilingual(&t)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The numbers and names by which a record is asked for; `None` for those that are never searched.
fn searchable(record: &Record, names: &HashMap<RxId, String>) -> Option<(Vec<String>, String)> {
    let items = |list: &[RxId]| list.iter().filter_map(|id| names.get(id)).cloned().collect::<Vec<_>>().join(" ");
    Some(match record {
        Record::Patient { .. } | Record::Grant(_) => return None,
        Record::Medication { medication, .. } => (Vec::new(), words(medication)),
        Record::Prescription(r) => {
            let product = r.dispensed.as_deref().unwrap_or_default();
            (vec![r.number.clone()], format!("{} {}", words(&r.medication), name_words(product).join(" ")))
        }
        Record::Order(r) => (vec![r.number.clone()], items(&r.items)),
        Record::Shipment(r) => (r.tracking.iter().cloned().collect(), items(&r.details.items)),
        Record::Price(r) => (Vec::new(), name_words(&r.name).join(" ")),
        Record::Stock(r) => (Vec::new(), name_words(&r.name).join(" ")),
    })
}

/// Letters and digits in lower case, and the digits alone: `RX-4000123` → `rx4000123`, `4000123`.
fn number_forms(number: &str) -> Vec<String> {
    let whole: String = number.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let mut out = vec![whole];
    if digits.len() >= 5 && !out.contains(&digits) {
        out.push(digits);
    }
    out
}

/// What may be a number in a text: words with five digits or more, also when a space cuts them (`70 00123`, `RX 4000123`).
fn typed_numbers(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().take(400).collect();
    let joined = words.windows(2).map(|w| w.concat());
    let all = words.iter().map(|w| (*w).to_owned()).chain(joined);
    let has_digits = |w: &String| w.bytes().filter(u8::is_ascii_digit).count() >= 5;
    let mut out: Vec<String> = all.filter(has_digits).flat_map(|w| number_forms(&w)).collect();
    out.sort();
    out.dedup();
    out.truncate(32);
    out
}
