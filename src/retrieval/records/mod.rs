//! The records of one verified person, and the formulary. It only finds ids; the store is re-read at answer time.
//! The owner is a clause of every query that the server builds; nothing that a customer types can widen it.

mod disk;
mod words;

pub use disk::Origin;
pub use words::{Items, name_words};

use super::IndexError;
use super::analyze::plain;
use crate::domain::facts::Record;
use crate::domain::ids::MedicationId;
use crate::identity::VerifiedCustomer;
use disk::ANALYZER;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::{Index, IndexReader, IndexWriter, TantivyDocument, Term};
use words::{number_forms, searchable, typed_numbers};

/// Shorter words must match to the letter.
const FUZZY_LETTERS: usize = 5;
/// Words of a message that are looked for; with the names that its everyday words stand for.
const WORDS: usize = 96;
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

impl Fields {
    fn schema() -> (Schema, Self) {
        let options =
            TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqs);
        let mut schema = Schema::builder();
        let fields = Self {
            key: schema.add_text_field("key", STRING),
            kind: schema.add_text_field("kind", STRING | STORED),
            id: schema.add_text_field("id", STRING | STORED),
            owner: schema.add_text_field("owner", STRING),
            number: schema.add_text_field("number", STRING),
            name: schema.add_text_field("name", TextOptions::default().set_indexing_options(options)),
        };
        (schema.build(), fields)
    }
}

/// An index that follows the feed, in a folder or in memory. One process writes to a folder.
pub struct RecordIndex {
    fields: Fields,
    index: Index,
    reader: IndexReader,
    dir: Option<PathBuf>,
    store: String,
    /// See [`RecordIndex::mark`].
    mark: AtomicI64,
    /// None after a write that failed: what was not committed is gone, and the next write begins at the last commit.
    writer: Mutex<Option<IndexWriter>>,
}

impl RecordIndex {
    /// Empty, in memory.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn in_memory() -> Result<Self, IndexError> {
        let (schema, fields) = Fields::schema();
        let index = Index::create_in_ram(schema);
        index.tokenizers().register(ANALYZER, plain());
        Self::over(index, fields, None, String::new())
    }

    /// As it was committed last to a folder, or empty where there is none of this store.
    ///
    /// # Errors
    /// [`IndexError::Damaged`] when a file is not as it was written, [`IndexError::Busy`] when another process writes to it.
    pub fn open(dir: &Path, origin: Origin<'_>) -> Result<Self, IndexError> {
        let (index, fields) = disk::open(dir, origin)?;
        Self::over(index, fields, Some(dir.to_owned()), origin.store.to_owned())
    }

    /// Looks whether the files in a folder are as they were written; beside a running server, too.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], with its mend.
    pub fn look(dir: &Path) -> Result<(), IndexError> {
        disk::look(dir)
    }

    /// Empties a folder, whatever is in it: the next [`RecordIndex::open`] begins anew.
    ///
    /// # Errors
    /// [`IndexError::Busy`] when another process writes to it; the folder cannot be used.
    pub fn clear(dir: &Path) -> Result<(), IndexError> {
        disk::clear(dir)
    }

    fn over(index: Index, fields: Fields, dir: Option<PathBuf>, store: String) -> Result<Self, IndexError> {
        let writer = Mutex::new(Some(disk::writer(&index, dir.as_deref())?));
        let reader = index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
        let mark = AtomicI64::new(disk::mark(&index)?);
        Ok(Self { fields, index, reader, dir, store, mark, writer })
    }

    /// Up to which change of the store the last commit knows the records; 0 when it is empty.
    #[must_use]
    pub fn mark(&self) -> i64 {
        self.mark.load(Ordering::Acquire)
    }

    /// Replaces or adds records; found from the next [`RecordIndex::commit`] on. `items` are the medicines of the prescriptions that
    /// orders and parcels among them hold.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails; then all that was added since the last commit is gone.
    pub fn add(&self, records: &[Record], items: &Items) -> Result<(), IndexError> {
        self.writing(|writer| records.iter().try_for_each(|r| self.put(writer, r, items)))
    }

    /// Makes what was added visible and lasting, and notes that all changes of the store up to this one are.
    ///
    /// # Errors
    /// As [`RecordIndex::add`].
    pub fn commit(&self, change: i64) -> Result<(), IndexError> {
        self.writing(|writer| disk::commit(writer, &self.store, change))?;
        self.reader.reload()?;
        self.mark.store(change, Ordering::Release);
        Ok(())
    }

    fn writing(&self, write: impl FnOnce(&mut IndexWriter) -> Result<(), IndexError>) -> Result<(), IndexError> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out while it is used: one that failed, as on a full disk, takes nothing more and is not put back.
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => disk::writer(&self.index, self.dir.as_deref())?,
        };
        write(&mut writer)?;
        *slot = Some(writer);
        Ok(())
    }

    fn put(&self, writer: &IndexWriter, record: &Record, items: &Items) -> Result<(), IndexError> {
        let (kind, id, owner, _) = record.key();
        let key = format!("{kind}/{id}");
        writer.delete_term(Term::from_field_text(self.fields.key, &key));
        let Some((numbers, name)) = searchable(record, items) else { return Ok(()) };
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
