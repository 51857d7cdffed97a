use apothecary::domain::ids::PatientId;
use apothecary::identity::VerifiedCustomer;

pub fn as_somebody_else(patient: PatientId, verified: VerifiedCustomer) -> VerifiedCustomer {
    let _ = &patient;
    verified //@ pass
    VerifiedCustomer { patient, ..verified } //@ fail
}
