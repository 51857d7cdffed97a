//! What a second reader, who saw no label, wanted for some of the messages: how far a label can be trusted.

use super::case::{Conversation, Need};
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::stats::Rate;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Read {
    id: String,
    needs: Vec<Need>,
}

/// Adds the agreement of both readers.
///
/// # Errors
/// The file cannot be read, or speaks of other conversations.
pub fn report(report: &mut Report, cases: &[Line<Conversation>], file: Option<&Path>) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let read: Vec<Line<Read>> = lines::read(&[file.to_owned()], &["id", "needs"])?;
    let mut pairs: Vec<(Need, Need)> = Vec::new();
    for line in read {
        let own = cases.iter().find(|c| c.value.id == line.value.id).map(|c| &c.value.turns);
        let own = own.filter(|turns| turns.len() == line.value.needs.len());
        let Some(own) = own else {
            return Err(Failure::line(
                file,
                line.number,
                format!("no conversation `{}` of so many messages", line.value.id),
            ));
        };
        pairs.extend(own.iter().map(|m| m.needs).zip(line.value.needs));
    }
    let agree = |same: &dyn Fn(Need, Need) -> bool| Rate::of(pairs.iter().map(|(a, b)| same(*a, *b)));
    report.rate("second reader", "the same need", agree(&|a, b| a == b));
    report.rate(
        "second reader",
        "a human is needed, or none, as the first says",
        agree(&|a, b| a.person() == b.person()),
    );
    let pharmacist = agree(&|a, b| a.pharmacist() == b.pharmacist());
    report.rate("second reader", "a pharmacist is needed, or none, as the first says", pharmacist);
    Ok(())
}
