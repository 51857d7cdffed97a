use apothecary::domain::ids::PatientId;
use apothecary::identity::VerifiedCustomer;
use apothecary::retrieval::{IndexError, RecordHit, RecordIndex};

// Records are searched for whom a token was verified; an id alone finds nothing.
pub fn search(index: &RecordIndex, patient: PatientId, verified: VerifiedCustomer) -> Result<Vec<RecordHit>, IndexError> {
    let _ = (&patient, &verified);
    index.find(&verified, "metformin", 9) //@ pass
    index.find(&patient, "metformin", 9) //@ fail
}
