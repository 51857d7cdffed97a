use apothecary::guard::output::{Quarantined, Released};
use apothecary::http::wire;

pub fn send(rejected: Quarantined, released: Released) {
    let _ = (&rejected, &released);
    let _ = wire::messages(&[released]); //@ pass
    let _ = wire::messages(&[rejected]); //@ fail
}
