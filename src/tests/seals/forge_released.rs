use apothecary::domain::blocks::{Author, Block};
use apothecary::guard::output::Released;

pub fn message(blocks: Vec<Block>, judged: Released) -> Released {
    let _ = (&blocks, Author::Assistant);
    judged //@ pass
    Released { blocks, author: Author::Assistant, staff: None, origin: String::new(), place: None } //@ fail
}
