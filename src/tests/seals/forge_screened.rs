use apothecary::domain::text::UserText;
use apothecary::guard::input::{Permit, Screened};
use apothecary::guard::verdict::InputVerdict;

pub fn permission(text: UserText, verdict: InputVerdict, permit: Permit, judged: Screened) -> Screened {
    let _ = (&text, &verdict, permit);
    judged //@ pass
    Screened { text, verdict, permit } //@ fail
}
