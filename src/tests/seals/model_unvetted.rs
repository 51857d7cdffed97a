use apothecary::domain::text::UserText;
use apothecary::draft::openai::Model;
use apothecary::guard::context::Vetted;
use apothecary::wording::Wording;

pub async fn ask(model: &Model, text: &UserText, vetted: &Vetted, wording: &Wording) {
    let _ = (text, vetted);
    let _ = model.draft(vetted, wording, &[]).await; //@ pass
    let _ = model.draft(text, wording, &[]).await; //@ fail
}
