//! The tables of `SECURITY.md` and `docs/` against the source: each test that a row names is there, and no row is without a test, a
//! duty of the operator, a reason, or the word “open”. Whether a test shows what its row says is for people to judge.

use crate::support::repo;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A table with this column is evidence; others are prose.
const COLUMN: &str = "shown by";
/// The words with which a row without a test begins, and whether a reason must follow.
const STANCES: [(&str, bool); 3] = [("operator:", true), ("not applicable:", true), ("open", false)];
/// Folders of tests, with what of them is another folder's; the modules of each begin there.
const ROOTS: [(&str, &str); 3] = [("src", "src/tests"), ("src/tests", ""), ("evals", "")];

fn files(dir: &Path, ending: &str, but: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p != but) {
        if path.is_dir() {
            found.extend(files(&path, ending, but));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found
}

/// The module that a file is, by its place.
fn module(file: &Path) -> String {
    let parts = file.with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let own = parts.last().is_some_and(|name| !["mod", "main", "lib"].contains(&name.as_str()));
    parts[..parts.len() - usize::from(!own)].join("::")
}

/// Files whose place a `#[path]` sets, with the module that they are.
fn placed(file: &Path, text: &str) -> Vec<(PathBuf, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let here = |pair: &[&str]| {
        let path = pair[0].trim().strip_prefix("#[path = \"")?.strip_suffix("\"]")?;
        let name = pair[1].split("mod ").nth(1)?.strip_suffix(';')?;
        Some((file.with_file_name(path), format!("{}::{name}", module(file))))
    };
    lines.windows(2).filter_map(here).collect()
}

/// Tests of a file, with their module inside it; ignored ones are none.
fn tests_in(text: &str) -> Vec<String> {
    let (mut found, mut inline, mut runs, mut ignored) = (Vec::new(), String::new(), false, false);
    for line in text.lines() {
        match line.split_once("mod ") {
            Some((before, name)) if before.is_empty() || before.starts_with("pub") => {
                inline = name.strip_suffix(" {").map(|name| format!("{name}::")).unwrap_or_default();
            }
            _ if line == "}" => inline.clear(),
            _ => {}
        }
        let line = line.trim();
        runs |= line == "#[test]" || line.starts_with("#[tokio::test");
        ignored |= line.starts_with("#[ignore");
        if let Some((_, name)) = line.split_once("fn ").filter(|_| runs) {
            let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !ignored {
                found.push(format!("{inline}{name}"));
            }
            (runs, ignored) = (false, false);
        }
    }
    found
}

/// The names of all tests, as `cargo test` prints them.
fn tests() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (root, but) in ROOTS {
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.strip_prefix(repo(root)).unwrap().to_owned(), text)
        };
        let sources: BTreeMap<PathBuf, String> = files(&repo(root), "rs", &repo(but)).into_iter().map(read).collect();
        let elsewhere: BTreeMap<PathBuf, String> = sources.iter().flat_map(|(f, text)| placed(f, text)).collect();
        for (file, text) in &sources {
            let module = elsewhere.get(file).cloned().unwrap_or_else(|| module(file));
            let whole = |name: String| if module.is_empty() { name } else { format!("{module}::{name}") };
            all.extend(tests_in(text).into_iter().map(whole));
        }
    }
    all
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_start_matches('|').trim_end_matches('|').split('|').map(str::trim).collect()
}

/// What names a test in a cell: a path in backticks.
fn named(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2).filter(|code| code.contains("::"))
}

/// What is wrong with the evidence of a row.
fn wrong(cell: &str, tests: &BTreeSet<String>) -> Option<String> {
    if let Some(lost) = named(cell).find(|name| !tests.contains(*name)) {
        return Some(format!("there is no test `{lost}`"));
    }
    let stands = |(word, reason): &(&str, bool)| {
        let rest = cell.strip_prefix(word).map(str::trim);
        rest.is_some_and(|rest| !reason || !rest.is_empty())
    };
    let held = named(cell).next().is_some() || STANCES.iter().any(stands);
    (!held).then(|| "it names no test, duty or reason, and is not `open`".to_owned())
}

/// Rows of evidence in a text: how many, their cells, and what is wrong with which line.
fn read<'a>(text: &'a str, tests: &BTreeSet<String>) -> (Vec<Vec<&'a str>>, Vec<String>) {
    let (mut rows, mut faults, mut table) = (Vec::new(), Vec::new(), None);
    let lines: Vec<&str> = text.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        let begins = lines.get(n + 1).is_some_and(|next| next.starts_with("|-"));
        if !line.starts_with('|') {
            table = None;
        } else if begins {
            let head = cells(line);
            table = head.iter().position(|c| *c == COLUMN).map(|at| (at, head.len()));
        } else if let Some((at, width)) = table.filter(|_| !line.starts_with("|-")) {
            let row = cells(line);
            let fault = match row.get(at) {
                Some(cell) if row.len() == width => wrong(cell, tests),
                _ => Some(format!("{} cells, where the table has {width}", row.len())),
            };
            faults.extend(fault.map(|fault| format!("line {}: {fault}", n + 1)));
            rows.push(row);
        }
    }
    (rows, faults)
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_there_is_none() {
    let tests = tests();
    assert!(tests.len() > 500, "the tests were not found");
    let mut faults = Vec::new();
    for file in files(&repo("docs"), "md", Path::new("")).into_iter().chain([repo("SECURITY.md")]) {
        let text = std::fs::read_to_string(&file).unwrap();
        faults.extend(read(&text, &tests).1.into_iter().map(|fault| format!("{}, {fault}", file.display())));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_tables_are_there() {
    for (file, least) in [("SECURITY.md", 8), ("docs/threat-model.md", 60), ("docs/hipaa.md", 30)] {
        let text = std::fs::read_to_string(repo(file)).unwrap();
        let rows = read(&text, &BTreeSet::new()).0.len();
        assert!(rows >= least, "{file} has {rows} rows of evidence");
    }
}

/// OWASP ASVS 5.0.0 has 70 requirements of level 1 and 183 of level 2.
#[test]
fn each_requirement_of_levels_one_and_two_has_one_row() {
    let text = std::fs::read_to_string(repo("docs/asvs.md")).unwrap();
    let (rows, _) = read(&text, &BTreeSet::new());
    let numbers: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(numbers.len(), rows.len(), "a number stands twice");
    let of = |level: &str| rows.iter().filter(|row| row[1] == level).count();
    assert_eq!((of("1"), of("2"), rows.len()), (70, 183, 253));
}

#[test]
fn a_made_up_row_is_found() {
    let tests = BTreeSet::from(["a::b".to_owned()]);
    let judged = |row: &str| read(&format!("| what | shown by |\n|---|---|\n{row}\n"), &tests).1;
    for fine in [
        "| x | `a::b` |",
        "| x | `a::b`, and `src/x.rs` |",
        "| x | open |",
        "| x | open: y |",
        "| x | operator: y |",
        "| x | not applicable: y |",
    ] {
        assert!(judged(fine).is_empty(), "{fine}");
    }
    assert_eq!(judged("| x | `a::b`, `a::made_up` |"), ["line 3: there is no test `a::made_up`"]);
    assert_eq!(judged("| x | open: `a::made_up` will show it |"), ["line 3: there is no test `a::made_up`"]);
    for bare in ["| x |  |", "| x | operator: |", "| x | not applicable: |", "| x | yes |", "| x | `src/x.rs` |"] {
        assert!(judged(bare)[0].contains("names no test"), "{bare}");
    }
    assert!(judged("| `a::b` |")[0].contains("1 cells"));
    let prose = read("| what | told |\n|---|---|\n| x | y |\n", &tests);
    assert!(prose.0.is_empty() && prose.1.is_empty(), "a table without the column is prose");
}

#[test]
fn a_test_is_known_by_the_name_that_cargo_prints() {
    let all = tests();
    for name in [
        "evidence::a_made_up_row_is_found",
        "http::auth::tests::another_sites_page_cannot_write",
        "store::tests::audit::one_changed_byte_is_found",
        "store::life::tests::what_is_put_aside_sleeps_and_wakes",
        "domain::text::tests::whatever_is_typed_a_parsed_text_is_clean_and_stable",
        "stats::tests::",
    ] {
        assert!(all.iter().any(|t| t == name || (name.ends_with(':') && t.starts_with(name))), "{name}");
    }
    assert_eq!(tests_in("#[test]\n#[ignore = \"x\"]\nfn slow() {}\n#[test]\nfn fast() {}\nfn none() {}"), ["fast"]);
    let two = "mod one {\n    #[test]\n    fn x() {}\n}\n#[tokio::test(flavor = \"m\")]\nasync fn y() {}";
    assert_eq!(tests_in(two), ["one::x", "y"]);
}
