//! Pairs of programs against the built library: each file of `seals/` holds one line that compiles (`//@ pass`) and one in its
//! place that must not (`//@ fail`), with the compiler's recorded errors beside it in `.stderr`. Set `APOTHECARY_BLESS=1` to record.

use std::path::{Path, PathBuf};
use std::process::Command;

fn deps() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// The library that this test binary was linked with: the newest one beside it.
fn library() -> PathBuf {
    let newest = std::fs::read_dir(deps())
        .unwrap()
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| {
            let name = p.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libapothecary-") && name.ends_with(".rlib")
        })
        .max_by_key(|p| p.metadata().and_then(|m| m.modified()).ok());
    newest.expect("no libapothecary-*.rlib beside the test binary; run the tests through cargo")
}

/// Compiles a program's types only; the errors' first lines, or none when it compiles.
fn errors(name: &str, program: &str, out: &Path) -> Vec<String> {
    let source = out.join(format!("{name}.rs"));
    std::fs::write(&source, program).unwrap();
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let done = Command::new(compiler)
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--cap-lints",
            "allow",
            "--color",
            "never",
        ])
        .arg("--out-dir")
        .arg(out)
        .arg("-L")
        .arg(format!("dependency={}", deps().display()))
        .arg("--extern")
        .arg(format!("apothecary={}", library().display()))
        .arg(&source)
        .output()
        .expect("rustc runs");
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    let found: Vec<String> = text.lines().filter_map(told).collect();
    assert_eq!(found.is_empty(), done.status.success(), "{text}");
    found
}

/// What of the compiler's output is compared: the errors, and which type was expected and which found.
fn told(line: &str) -> Option<String> {
    let error = line.starts_with("error") && !line.starts_with("error: aborting");
    let types = line.find("expected `").filter(|_| line.contains("found `")).and_then(|at| line.get(at..));
    types.or(error.then_some(line)).map(ToOwned::to_owned)
}

/// The program with the lines of one kind only.
fn variant(text: &str, keep: &str, drop: &str) -> String {
    assert_eq!(text.matches("//@ pass").count(), 1, "one line ends in //@ pass");
    assert_eq!(text.matches("//@ fail").count(), 1, "one line ends in //@ fail");
    let lines = text.lines().filter(|l| !l.ends_with(drop));
    lines.map(|l| l.trim_end_matches(keep)).collect::<Vec<_>>().join("\n")
}

fn pair(file: &Path, out: &Path) -> Result<(), String> {
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(file).unwrap();
    let good = errors(&format!("{name}_pass"), &variant(&text, "//@ pass", "//@ fail"), out);
    if !good.is_empty() {
        return Err(format!("{name}: the line that should compile does not: {good:?}"));
    }
    let bad = errors(&format!("{name}_fail"), &variant(&text, "//@ fail", "//@ pass"), out).join("\n") + "\n";
    let recorded = file.with_extension("stderr");
    if std::env::var_os("APOTHECARY_BLESS").is_some() {
        std::fs::write(&recorded, &bad).unwrap();
    }
    let expected = std::fs::read_to_string(&recorded).unwrap_or_default();
    if bad.trim().is_empty() || bad != expected {
        return Err(format!("{name}: expected\n{expected}but the compiler said\n{bad}"));
    }
    Ok(())
}

#[test]
fn what_must_not_compile_does_not_and_its_twin_does() {
    let out = crate::support::Folder::new("seals");
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/seals");
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "rs"));
    files.sort();
    assert!(files.len() >= 12, "pairs are missing: {files:?}");
    let wrong: Vec<String> = files.iter().filter_map(|f| pair(f, out.path()).err()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
