use apothecary::guard::output::{Draft, Drafter};

pub fn words(draft: &Draft) -> String {
    format!("{draft:?}") //@ pass
    format!("{draft}") //@ fail
}

pub fn who(draft: &Draft) -> Drafter {
    draft.drafter()
}
