//! OR-23: one state's or plan's rule is not told for all, nor another state's for the customer's. Only what is decidable
//! from the words; whether the rule of this state was chosen is the business of the vetting.

use super::fold::rx;
use super::scene::Scene;
use super::{Finding, SourceKind};

const STATES: &[(&str, &str)] = &[
    ("AL", "alabama"),
    ("AK", "alaska"),
    ("AZ", "arizona"),
    ("AR", "arkansas"),
    ("CA", "california"),
    ("CO", "colorado"),
    ("CT", "connecticut"),
    ("DE", "delaware"),
    ("FL", "florida"),
    ("HI", "hawaii"),
    ("ID", "idaho"),
    ("IL", "illinois"),
    ("IN", "indiana"),
    ("IA", "iowa"),
    ("KS", "kansas"),
    ("KY", "kentucky"),
    ("LA", "louisiana"),
    ("ME", "maine"),
    ("MD", "maryland"),
    ("MA", "massachusetts"),
    ("MI", "michigan"),
    ("MN", "minnesota"),
    ("MS", "mississippi"),
    ("MO", "missouri"),
    ("MT", "montana"),
    ("NE", "nebraska"),
    ("NV", "nevada"),
    ("NH", "new hampshire"),
    ("NJ", "new jersey"),
    ("NM", "new mexico"),
    ("NY", "new york"),
    ("NC", "north carolina"),
    ("ND", "north dakota"),
    ("OH", "ohio"),
    ("OK", "oklahoma"),
    ("OR", "oregon"),
    ("PA", "pennsylvania"),
    ("RI", "rhode island"),
    ("SC", "south carolina"),
    ("SD", "south dakota"),
    ("TN", "tennessee"),
    ("TX", "texas"),
    ("UT", "utah"),
    ("VT", "vermont"),
    ("VA", "virginia"),
    ("WA", "washington"),
    ("WV", "west virginia"),
    ("WI", "wisconsin"),
    ("WY", "wyoming"),
];

/// "In all states" without a source; a state that is neither the customer's nor a source's.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let all = rx!(
        r"\b(?:in|for|by|with) (?:all|every|any) (?:states?|plans?|insurance plans?)\b|\b(?:all|every|any) (?:states?|plans?|insurers?) (?:allow|let|cover|pay|require|follow|work)\w*|\ben (?:todos los|cualquier) (?:estados?|planes?)\b|\btodos los (?:estados|planes) \w+|\bno matter (?:what|which) (?:state|plan)|\bno importa (?:el|su) (?:estado|plan)"
    );
    let mut out: Vec<Finding> = all
        .ranges(&scene.folded.text)
        .into_iter()
        .filter(|r| {
            !scene.supported(scene.folded.slice(r))
                && !rx!(r"\bnot (?:all|every)|\bno (?:todos|en todos)").is_match(scene.sentence_text(r.start))
        })
        .map(|r| scene.finding("OR-23", &r, "a rule told for all states or plans"))
        .collect();
    let varies = rx!(
        r"\bvar(?:y|ies) by (?:state|plan)|\bin (?:some|most|many) states|\bdepends on (?:your|the) (?:state|plan)|\bvaria segun|\ben (?:algunos|la mayoria de los) estados"
    );
    let always = rx!(r"\b(?:always|in every case|siempre|en todos los casos)\b");
    if scene.of(SourceKind::Policy).any(|g| varies.is_match(&g.folded.text)) && !varies.is_match(&scene.folded.text) {
        let hits = always.ranges(&scene.folded.text).into_iter().filter(|r| !scene.supported(scene.folded.slice(r)));
        out.extend(hits.map(|r| scene.finding("OR-23", &r, "a rule that varies told as one")));
    }
    out.extend(states(scene));
    out
}

fn states(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(region) = scene.ctx.region else { return Vec::new() };
    let foreign = STATES.iter().filter(|(code, name)| *code != region && !scene.supported(name));
    let hits = foreign.flat_map(|(_, name)| scene.folded.text.match_indices(name).map(|(at, w)| at..at + w.len()));
    let longer = |r: &std::ops::Range<usize>| scene.folded.text.get(..r.start).is_some_and(|t| t.ends_with("west "));
    hits.filter(|r| !longer(r))
        .map(|r| scene.finding("OR-23", &r, "a state that is neither the customer's nor a source's"))
        .collect()
}
