use apothecary::draft;
use apothecary::guard::context::Vetted;
use apothecary::guard::input::Screened;
use apothecary::guard::output::Draft;
use apothecary::wording::Wording;

pub fn answer(screened: &Screened, vetted: &Vetted, wording: &Wording) -> Draft {
    let _ = (screened, vetted);
    draft::local(vetted, wording) //@ pass
    draft::local(screened, wording) //@ fail
}
