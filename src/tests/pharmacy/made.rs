//! What `apothecary init` makes, what it refuses, and what the doctor says of a folder that nobody has touched.

use crate::support::{Folder, repo};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn apothecary(here: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apothecary")).args(args).current_dir(here).output().unwrap()
}

fn init(folder: &Folder) -> Output {
    let guards = repo("guardrails");
    apothecary(folder.path(), &["init", "mine", "--name", "Bay “B” Pharmacy", "--guardrails", guards.to_str().unwrap()])
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every text file below a folder, the model's apart.
fn texts(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() && entry.file_name().is_some_and(|n| n != "model") {
            found.extend(texts(&entry));
        } else if let Ok(text) = std::fs::read_to_string(&entry) {
            found.push((entry.display().to_string(), text));
        }
    }
    found
}

#[test]
fn a_folder_is_whole_private_and_of_nobody_else() {
    let folder = Folder::new("init");
    let made = init(&folder);
    assert!(made.status.success(), "{}", stderr(&made));
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    for next in ["cd mine", "policy lint", "ingest", "staff add", "doctor", "serve"] {
        assert!(said.contains(next), "{next}: {said}");
    }
    let mine = folder.path().join("mine");
    let mode = |name: &str| std::fs::metadata(mine.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("site.key"), mode("data")), (0o600, 0o700));
    for (file, text) in texts(&mine) {
        for other in ["Fernleaf", "Example Pharmacy", "\"TODAY\"", "\"NOW\""] {
            assert!(!text.contains(other), "{file} holds {other}");
        }
    }
    let lint = apothecary(&mine, &["policy", "lint"]);
    assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));
    let orders = apothecary(&mine, &["ingest", "orders.example.ndjson"]);
    assert!(orders.status.success(), "{}{}", String::from_utf8_lossy(&orders.stdout), stderr(&orders));
    let again = Folder::new("init");
    init(&again);
    let key = |folder: &Folder| std::fs::read_to_string(folder.path().join("mine/site.key")).unwrap();
    assert!(key(&folder).len() == 64 && key(&folder) != key(&again), "each folder has a secret of its own");
}

#[test]
fn nothing_is_overwritten_and_nothing_half_made() {
    let folder = Folder::new("init");
    let mine = folder.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    std::fs::write(mine.join("mine.txt"), "mine").unwrap();
    let refused = init(&folder);
    assert!(!refused.status.success() && stderr(&refused).contains("mine is not empty"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_dir(&mine).unwrap().count(), 1);
    let lost = apothecary(folder.path(), &["init", "other", "--guardrails", "nowhere"]);
    assert!(!lost.status.success() && stderr(&lost).contains("--guardrails"), "{}", stderr(&lost));
    assert!(!folder.path().join("other").exists());
    let quoted = apothecary(folder.path(), &["init", "other", "--name", "a \" b"]);
    assert!(!quoted.status.success() && stderr(&quoted).contains("without quotes"), "{}", stderr(&quoted));
}

/// From another folder than its own: what the settings name is beside them, never beside the reader.
#[test]
fn the_doctor_names_all_that_a_fresh_folder_lacks_with_its_mend() {
    let folder = Folder::new("init");
    assert!(init(&folder).status.success());
    let doctor = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
        command.args(["doctor", "--config", "mine/pharmacy.toml"]).current_dir(folder.path());
        let done = command.env("APOTHECARY_SERVER__PORT", "0").output().unwrap();
        assert!(done.status.success(), "it can start: {}{}", String::from_utf8_lossy(&done.stdout), stderr(&done));
        String::from_utf8(done.stdout).unwrap()
    };
    let said = doctor();
    for (what, mend) in [
        ("names", "links of constants.toml"),
        ("phones", "RX_PHONE 1-800-555-0100"),
        ("approval", "write approved_by"),
        ("translations", "3 Spanish pages"),
        ("topics", "(GS1, GS2)"),
        ("fixed texts", "pharmacist-in-charge"),
        ("embedding", "site.frame_ancestors"),
        ("staff", "apothecary staff add"),
        ("receivers", "apothecary webhook add"),
        ("orders", "apothecary ingest"),
        ("language model", "llm.base_url"),
    ] {
        let line = said.lines().find(|l| l.get(7..).is_some_and(|l| l.starts_with(what)));
        assert!(line.is_some_and(|l| l.starts_with("look") && l.contains(mend)), "{what}: {mend}: {said}");
    }
    assert!(said.contains("nothing: a pharmacist sends every answer") && said.contains("secrets"), "{said}");
    let key = folder.path().join("mine/site.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(doctor().contains("chmod 600 mine/site.key"));
}
