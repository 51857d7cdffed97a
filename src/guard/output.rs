//! Thin local copy for the HTTP layer; replaced at merge.
#![allow(missing_docs)]

use jiff::Timestamp;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Block {
    pub kind: BlockKind,
    pub text: String,
    pub cites: Vec<String>,
    pub rows: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    Answer,
    AsOf,
    NextStep,
    Source,
    Person,
    Fixed,
    Emergency,
    Staff,
    Choices,
    Card,
    Label,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    Customer,
    Assistant,
    Pharmacist,
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Reading,
    Searching,
    Checking,
}

pub struct Released {
    author: Author,
    staff: Option<String>,
    seq: i64,
    at: Timestamp,
    blocks: Vec<Block>,
}

impl Released {
    pub fn thin(author: Author, staff: Option<&str>, seq: i64, at: Timestamp, blocks: Vec<Block>) -> Self {
        Self { author, staff: staff.map(str::to_owned), seq, at, blocks }
    }
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }
    pub fn author(&self) -> Author {
        self.author
    }
    pub fn staff_name(&self) -> Option<&str> {
        self.staff.as_deref()
    }
    pub fn seq(&self) -> i64 {
        self.seq
    }
    pub fn at(&self) -> Timestamp {
        self.at
    }
    pub fn text(&self) -> String {
        self.blocks.iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join("\n")
    }
    pub fn again(&self) -> Self {
        Self::thin(self.author, self.staff.as_deref(), self.seq, self.at, self.blocks.clone())
    }
}
