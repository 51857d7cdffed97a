use apothecary::guard::output::Draft;

pub fn count(draft: &Draft) -> usize {
    usize::from(draft.is_empty()) //@ pass
    draft.sentences.len() //@ fail
}
