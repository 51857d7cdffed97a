//! Names of persons: after a cue (`my name is`, `Dr.`, `me llamo`), or a capitalised common first name.

use super::{PhiKind, PhiSpan};
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;

const UPPER: &str = r"\p{Lu}[\p{L}'’-]+(?: (?:de |la |del |van |von )?\p{Lu}\.?[\p{L}'’-]*){0,3}";
const FIRST: &str = "Aaron Abigail Adam Adriana Alan Alejandro Alex Alexander Alice Alicia Amanda Amy Ana Andrea Andrew Angel Angela Ann Anna Anthony Antonio \
Arthur Barbara Beatriz Benjamin Betty Beverly Bill Bob Brandon Brenda Brian Bruce Carl Carla Carlos Carmen Carol Carolyn Catherine Charles Cheryl Chris \
Christina Christine Christopher Claudia Cynthia Dan Daniel David Deborah Debra Denise Dennis Devin Diana Diane Diego Dolores Donald Donna Doris Dorothy Douglas \
Edith Eduardo Edward Elena Elizabeth Emily Emma Enrique Eric Esperanza Ethan Eugene Eva Evelyn Felipe Fernando Frances Francisco Frank Gabriel Gary George Gerald \
Gloria Gregory Guadalupe Harold Heather Hector Helen Henry Ignacio Irene Isabel Jack Jacob Jacqueline Jaime James Jane Janet Janice Javier Jean Jeff Jeffrey Jennifer \
Jeremy Jesse Jessica Jesus Jim Joan Joe Joel John Johnny Jorge José Jose Joseph Joshua Joyce Juan Juana Judith Judy Julia Julie Julio Karen Katherine Kathleen Keith \
Kelly Kelvin Kenneth Kevin Kimberly Kyle Larry Laura Lauren Lawrence Leonard Linda Lisa Logan Lori Louis Lucia Luis Lupe Luz Madison Manuel Marcos Margaret \
Margarita Maria María Marie Marilyn Mario Marisol Martha Martin Mateo Matthew Megan Melissa Michael Michelle Miguel Mike Mildred Nancy Nathan Nicholas Nicole Olivia \
Oscar Pablo Pamela Patricia Patrick Paul Paula Pedro Peter Philip Phyllis Rachel Rafael Ralph Ramon Ramón Randy Raul Raymond Rebecca Ricardo Richard Robert Roberto \
Rodney Roger Ronald Rosa Rosario Ruben Russell Ruth Ryan Samantha Samuel Sandra Santiago Sara Sarah Scott Sean Sergio Sharon Shirley Sofia Stephanie Stephen Steve \
Steven Susan Tammy Teresa Terry Theresa Thomas Tim Timothy Tina Todd Tom Tyler Victor Victoria Vincent Virginia Walter Wanda Wayne Wendy William Xavier Yolanda Zachary";
/// What may follow a cue without being a name.
const NO_NAME: &str = "a an and at by for from i im in is it my no not of on or our please really so still sure that the this to too very what with you your y \
o el la los un una de en mi que no si se su por para con muy diabetico diabetica out back here there mad sick done going trying waiting calling taking having \
pharmacy doctor office nurse patient new just getting running allergic";

static CUED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let upper = UPPER;
    [
        format!(r"(?:(?i:my (?:full )?name is|name is|name:|name's|nombre es|nombre:|me llamo|mi nombre es|this is|aqu[ií] habla|habla|soy|i am|i'm|im|patient(?: name)?:?|paciente|on behalf of|account (?:of|for)|cuenta de|someone named|named|sincerely,?)) ({upper})"),
        format!(r"\b(?i:dr|dra|mr|mrs|ms|sr|sra|srta|doctor|doctora|nurse|señora|señor)\.? ({upper})"),
        format!(r"\b(?i:(?:for|of|is|es|de|para|a) )?(?i:my|mi|his|her|our|su) (?i:mom|mother|dad|father|son|daughter|wife|husband|brother|sister|grandmother|grandfather|friend|neighbor|aunt|uncle|mam[aá]|pap[aá]|hijo|hija|esposa|esposo|hermano|hermana|abuela|abuelo|suegra|vecina|comadre),? ({upper})"),
        r"(?i:my name is|me llamo|mi nombre es) ([\p{L}'’-]+(?: [\p{L}'’-]+)?)".to_string(),
    ]
    .iter()
    .filter_map(|p| Regex::new(p).ok())
    .collect()
});
static CAPITAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(UPPER).ok());
static FIRST_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| FIRST.split_whitespace().collect());
static STOP: LazyLock<HashSet<&str>> = LazyLock::new(|| NO_NAME.split_whitespace().collect());

pub(super) fn find(text: &str) -> Vec<PhiSpan> {
    let cued = CUED
        .iter()
        .flat_map(|r| r.captures_iter(text))
        .filter_map(|c| c.get(1))
        .filter_map(|m| trimmed(text, m.start(), m.end()));
    let listed = CAPITAL.iter().flat_map(|r| r.find_iter(text)).filter_map(|m| listed(m.as_str(), m.start()));
    cued.chain(listed).map(|(start, end)| PhiSpan { start, end, kind: PhiKind::Name }).collect()
}

/// Cuts the find before the first word that is none of a name (`Ana and`); drops it when nothing is left.
fn trimmed(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let part = text.get(start..end)?;
    let mut stop = 0;
    for word in part.split(' ') {
        let bare = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        if STOP.contains(bare.as_str()) && !matches!(bare.as_str(), "de" | "la") {
            break;
        }
        stop = (word.as_ptr() as usize - part.as_ptr() as usize) + word.len();
    }
    let kept = part.get(..stop)?.trim_end_matches([' ', '\'', '-', '’']);
    (kept.chars().count() >= 2).then_some((start, start + kept.len()))
}

/// From the first word on that is a common first name.
fn listed(run: &str, at: usize) -> Option<(usize, usize)> {
    let mut offset = 0;
    for word in run.split(' ') {
        if FIRST_NAMES.contains(word.trim_end_matches("'s").trim_end_matches("’s")) {
            return trimmed(run, offset, run.len()).map(|(s, e)| (at + s, at + e));
        }
        offset += word.len() + 1;
    }
    None
}
