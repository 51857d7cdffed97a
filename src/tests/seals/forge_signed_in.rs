use apothecary::domain::ids::StaffId;
use apothecary::identity::Pharmacist;
use apothecary::store::sessions::SignedIn;

pub fn proof(staff: StaffId, name: String, role: String, open: SignedIn) -> Option<Pharmacist> {
    let (must_change, session) = (false, open);
    let _ = (&staff, &name, &role, must_change);
    Pharmacist::signed_in(&session) //@ pass
    Pharmacist::signed_in(&SignedIn { staff, name, role, must_change }) //@ fail
}
