use apothecary::domain::ids::PatientId;
use apothecary::identity::VerifiedCustomer;
use apothecary::policy::guards::Level;

pub fn proof(patient: PatientId, verified: VerifiedCustomer) -> VerifiedCustomer {
    let (caregiver, level, expires) = (None::<PatientId>, Level::L3, verified.expires());
    let _ = (&patient, &caregiver, level, expires);
    verified //@ pass
    VerifiedCustomer { patient, caregiver, level, expires } //@ fail
}
