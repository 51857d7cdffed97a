use apothecary::domain::evidence::Passage;
use apothecary::domain::tokens::Tokens;
use apothecary::guard::context::{Frame, Vetted, VettedFact};
use apothecary::guard::input::Screened;

pub type Parts = (Screened, Frame, Vec<Passage>, Vec<VettedFact>, Tokens);

pub fn context((screened, frame, passages, facts, tokens): Parts, vetted: Vetted) -> Vetted {
    let _ = (&screened, &frame, &passages, &facts, &tokens);
    vetted //@ pass
    Vetted { screened, frame, passages, facts, tokens } //@ fail
}
