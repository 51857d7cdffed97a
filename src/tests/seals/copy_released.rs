use apothecary::guard::output::Released;

pub fn again(said: &Released) -> &Released {
    said //@ pass
    Box::leak(Box::new(Released::clone(said))) //@ fail
}
