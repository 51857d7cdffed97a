//! Imports point down only, and each seal has one mint: both read from the source text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules from the bottom up. A module may import those of lower levels; modules of one level only what `BESIDE` lists.
const LEVELS: &[&[&str]] = &[
    &["domain", "failpoint"],
    &["policy", "pharmacy"],
    &["wording"],
    &["store", "classify", "credentials"],
    // Above the store: the proof of staff is minted from a session row that only a SELECT yields.
    &["identity"],
    // Above the proof that a token was verified: records are searched with it alone.
    &["guard", "retrieval"],
    &["gather", "draft", "escalate", "release"],
    &["cache", "engine", "trace", "turn", "ingest", "synth", "train", "learn", "person", "config"],
    &["app"],
    &["boot"],
    &["http"],
    &["cli"],
];

/// Imports within one level that are meant.
const BESIDE: &[(&str, &str)] = &[("engine", "cache"), ("turn", "engine"), ("turn", "trace")];

/// What only one file may construct, and that file.
const SEALS: &[(&str, &str)] = &[
    ("Screened", "guard/input.rs"),
    ("Vetted", "guard/context.rs"),
    ("Released", "guard/output.rs"),
    ("Quarantined", "guard/output.rs"),
    ("Draft", "guard/output.rs"),
    ("VerifiedCustomer", "identity.rs"),
    ("Pharmacist", "identity.rs"),
    ("MessageRow", "store/messages.rs"),
    ("SignedIn", "store/sessions.rs"),
];

fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut todo: Vec<PathBuf> = vec![root.clone()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found.retain(|name, _| !name.starts_with("tests/") && name != "main.rs" && name != "lib.rs");
    assert!(found.len() > 100, "the sources were not found");
    found
}

/// The code without comments, and without the unit tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn level(module: &str) -> usize {
    LEVELS
        .iter()
        .position(|l| l.contains(&module))
        .unwrap_or_else(|| panic!("module `{module}` has no level; give it one in layering.rs"))
}

fn is_test(file: &str) -> bool {
    file.contains("/tests") || file.ends_with("_tests.rs")
}

/// Names behind `crate::`, also those of `use crate::{a, b}`.
fn imports(code: &str) -> BTreeSet<String> {
    let word = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(list.split(',').map(|part| word(part.trim())));
            }
            None => {
                found.insert(word(after));
            }
        }
    }
    found.remove("");
    found
}

fn upward(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, text) in files.iter().filter(|(f, _)| !is_test(f)) {
        let from = module(file);
        for to in imports(&code(text)).iter().filter(|to| *to != from) {
            let down = level(to) < level(from);
            if !down && !BESIDE.contains(&(from, to)) {
                wrong.push(format!("{file} imports crate::{to}, which does not lie below {from}"));
            }
        }
    }
    wrong
}

/// `Name {` that is neither a declaration, an `impl`, a pattern type nor a return type.
fn constructs(code: &str, seal: &str) -> bool {
    let needle = format!("{seal} {{");
    code.match_indices(&needle).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !before.ends_with("Role::");
        let line = before.rsplit('\n').next().unwrap_or_default().trim_end();
        let declares = ["struct", "impl", "for", "->", "&", "enum"].iter().any(|w| line.ends_with(w));
        whole && !declares
    })
}

fn mints<'a>(files: &'a BTreeMap<String, String>, seal: &str) -> Vec<&'a str> {
    // `Self {` constructs too, inside the impl block: the impl block is held to the same file by the declaration.
    files.iter().filter(|(_, text)| constructs(&code(text), seal)).map(|(file, _)| file.as_str()).collect()
}

#[test]
fn imports_point_down_only() {
    let wrong = upward(&sources());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_seal_is_minted_in_one_file_that_has_no_child() {
    let files = sources();
    for (seal, mint) in SEALS {
        let wrong: Vec<_> = mints(&files, seal).into_iter().filter(|f| f != mint).collect();
        assert!(wrong.is_empty(), "{seal} is constructed outside {mint}: {wrong:?}");
        let home = files.get(*mint).unwrap_or_else(|| panic!("{mint} is gone"));
        assert!(home.contains(&format!("pub struct {seal} {{")), "{seal} is not declared in {mint}");
        let child = code(home).lines().any(|l| {
            let l = l.trim_start().trim_start_matches("pub ");
            l.starts_with("mod ")
        });
        assert!(!child, "{mint} has a child module, which sees private fields");
        for other in files.iter().filter(|(f, _)| f != mint) {
            assert!(!code(other.1).contains(&format!("impl {seal} {{")), "{} adds to {seal}", other.0);
        }
    }
}

#[test]
fn no_seal_can_be_read_in_copied_or_made_from_nothing() {
    let files = sources();
    let words = ["Deserialize", "Default", "From<", "Clone"];
    for (seal, mint) in SEALS.iter().filter(|(s, _)| !["VerifiedCustomer", "Pharmacist", "MessageRow"].contains(s)) {
        let text = code(files.get(*mint).unwrap());
        let before = text.split(&format!("pub struct {seal} {{")).next().unwrap_or_default();
        let derive = before.lines().rev().take_while(|l| !l.trim().is_empty()).collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(!derive.contains(word), "{seal} derives {word}");
            let by_hand = format!("{} for {seal}", word.trim_end_matches('<'));
            assert!(!files.values().any(|t| code(t).contains(&by_hand)), "{seal} has an impl of {word}");
        }
    }
}

/// Files outside the eight-bit encoder that hold unsafe code.
fn reckless(files: &BTreeMap<String, String>) -> Vec<&str> {
    let words = ["unsafe {", "unsafe fn", "unsafe impl", "allow(unsafe_code)"];
    let outside = files.iter().filter(|(file, _)| !file.starts_with("classify/int8/"));
    outside.filter(|(_, text)| words.iter().any(|w| code(text).contains(w))).map(|(file, _)| file.as_str()).collect()
}

#[test]
fn unsafe_code_lives_in_the_eight_bit_encoder_alone() {
    assert!(reckless(&sources()).is_empty(), "{:?}", reckless(&sources()));
}

#[test]
fn the_checks_notice_what_they_are_for() {
    let one = |file: &str, text: &str| BTreeMap::from([(file.to_owned(), text.to_owned())]);
    assert_eq!(upward(&one("guard/x.rs", "use crate::turn::Outcome;")).len(), 1);
    assert_eq!(upward(&one("store/x.rs", "use crate::{domain, retrieval};")).len(), 1);
    assert_eq!(upward(&one("guard/x.rs", "// crate::turn\nuse crate::domain::x;")).len(), 0);
    assert_eq!(mints(&one("turn.rs", "let r = Released { blocks };"), "Released"), ["turn.rs"]);
    assert!(mints(&one("turn.rs", "fn f() -> Released {"), "Released").is_empty());
    assert_eq!(reckless(&one("turn.rs", "let x = unsafe { *p };")), ["turn.rs"]);
    assert!(mints(&one("turn.rs", "/// Released { x }\nRequest::Unreleased {"), "Released").is_empty());
}
