use apothecary::guard::output::{Draft, Released};
use apothecary::http::wire;

pub fn send(draft: &Draft, released: &Released) {
    let _ = (draft, released);
    let _ = wire::message(released); //@ pass
    let _ = wire::message(draft); //@ fail
}
