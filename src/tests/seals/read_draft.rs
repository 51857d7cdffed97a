use apothecary::guard::output::Draft;

pub fn empty(draft: &Draft) -> bool {
    draft.is_empty() //@ pass
    draft.text().is_empty() //@ fail
}
