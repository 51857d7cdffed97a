use apothecary::guard::output::{OutputGuard, Released, StaffError};
use apothecary::identity::{Pharmacist, Visitor};

pub fn say(guard: &OutputGuard, staff: &Pharmacist, visitor: &Visitor) -> Result<Released, StaffError> {
    let _ = (staff, visitor);
    guard.staff(staff, "hello") //@ pass
    guard.staff(visitor, "hello") //@ fail
}
