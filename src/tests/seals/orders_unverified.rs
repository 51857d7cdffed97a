use apothecary::domain::ids::PatientId;
use apothecary::identity::{VerifiedCustomer, Visitor};

// Order state is gathered for a `Visitor`; only a proof makes one that has records.
pub fn visitor(patient: PatientId, verified: VerifiedCustomer) -> Visitor {
    let _ = (&patient, &verified);
    Visitor::Verified(verified) //@ pass
    Visitor::Verified(patient) //@ fail
}
