//! The folder of the search over records: what a restart finds in it, what a death, a full disk or a changed byte leaves of it, and whose
//! store it is of. What search finds is in the unit tests.

use crate::support::{Folder, repo};
use apothecary::engine::records;
use apothecary::retrieval::RecordIndex;
use apothecary::store::Store;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

/// Of `apothecary synth`: people, then their prescriptions, orders and parcels, and the products.
const PEOPLE: u64 = 200;

fn apothecary(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apothecary")).args(args).current_dir(repo(".")).output().unwrap()
}

fn done(args: &[&str]) -> String {
    let out = apothecary(args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn refused(args: &[&str]) -> String {
    let out = apothecary(args);
    assert_eq!(out.status.code(), Some(1), "{args:?} ended as if all were well");
    String::from_utf8(out.stderr).unwrap()
}

/// A data folder of synthetic records.
fn made() -> Folder {
    let folder = Folder::new("search");
    done(&["synth", folder.path().to_str().unwrap(), "--people", &PEOPLE.to_string(), "--orders", "800"]);
    folder
}

async fn store(data: &Path) -> Store {
    Store::open(&data.join("apothecary.db")).await.unwrap()
}

/// Opens it as a server does; how many records it had to take in for that.
async fn opened(data: &Path) -> Result<(Arc<RecordIndex>, usize), String> {
    let store = store(data).await;
    let taken = std::sync::Mutex::new(0);
    let told = |n| *taken.lock().unwrap() = n;
    let index = records::open(Some(&data.join("search")), &store, &told).await.map_err(|e| e.to_string())?;
    let taken = *taken.lock().unwrap();
    assert_eq!(index.mark(), store.records_mark().await.unwrap(), "it knows all that the store does");
    Ok((index, taken))
}

/// The largest file of the folder: what is in it matters.
fn largest(data: &Path) -> PathBuf {
    let files = std::fs::read_dir(data.join("search")).unwrap().map(|e| e.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e != "json")).max_by_key(|p| p.metadata().unwrap().len()).unwrap()
}

#[tokio::test]
async fn a_restart_takes_in_what_is_new_and_no_more() {
    let data = made();
    let all = store(data.path()).await.count_records().await.unwrap();
    assert_eq!(opened(data.path()).await.unwrap().1, 0, "{all} records are known already");
    let events = data.path().join("events.ndjson");
    done(&["ingest", events.to_str().unwrap(), "--dir", data.path().to_str().unwrap()]);
    let moved = PEOPLE / u64::from(apothecary::synth::Plan::ON_ITS_WAY);
    assert_eq!(opened(data.path()).await.unwrap().1 as u64, moved, "the parcels that events spoke of, each once");
    assert_eq!(opened(data.path()).await.unwrap().1, 0);
}

#[tokio::test]
async fn one_process_writes_and_another_is_told_so() {
    let data = made();
    let _holds = opened(data.path()).await.unwrap();
    let again = opened(data.path()).await.map(|(_, n)| n);
    assert!(again.as_ref().is_err_and(|e| e.contains("used by another process")), "{again:?}");
    let told = refused(&["index", "--rebuild", "--dir", data.path().to_str().unwrap()]);
    assert!(told.contains("stop that one first"), "{told}");
}

#[tokio::test]
async fn a_changed_byte_is_seen_and_the_folder_made_anew() {
    let data = made();
    let (name, file) = (data.path().to_str().unwrap(), largest(data.path()));
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let told = opened(data.path()).await.map(|(_, n)| n).unwrap_err();
    assert!(told.contains("damaged") && told.contains("apothecary index --rebuild"), "{told}");
    assert!(done(&["index", "--rebuild", "--dir", name]).contains("records in"));
    assert_eq!(opened(data.path()).await.unwrap().1, 0);
    std::fs::remove_file(largest(data.path())).unwrap();
    assert!(opened(data.path()).await.is_err(), "a file that is gone");
    std::fs::write(data.path().join("search/meta.json"), "{").unwrap();
    assert!(opened(data.path()).await.is_err(), "half a commit");
    done(&["index", "--rebuild", "--dir", name]);
    assert_eq!(opened(data.path()).await.unwrap().1, 0);
}

#[tokio::test]
async fn the_folder_of_another_store_or_of_one_that_went_back_is_made_anew() {
    let (data, other) = (made(), made());
    let kept = data.path().join("kept.db");
    store(data.path()).await.close().await;
    std::fs::copy(data.path().join("apothecary.db"), &kept).unwrap();
    let all = store(data.path()).await.count_records().await.unwrap();

    std::fs::remove_dir_all(other.path().join("search")).unwrap();
    std::fs::rename(data.path().join("search"), other.path().join("search")).unwrap();
    assert_eq!(opened(other.path()).await.unwrap().1 as u64, all, "alike in everything but whose it is");

    assert_eq!(opened(data.path()).await.unwrap().1 as u64, all, "none is there");
    done(&["ingest", data.path().join("events.ndjson").to_str().unwrap(), "--dir", data.path().to_str().unwrap()]);
    opened(data.path()).await.unwrap();
    for file in ["apothecary.db", "apothecary.db-wal", "apothecary.db-shm"] {
        std::fs::remove_file(data.path().join(file)).ok();
    }
    std::fs::rename(&kept, data.path().join("apothecary.db")).unwrap();
    assert_eq!(opened(data.path()).await.unwrap().1 as u64, all, "it knew of changes that the store has not seen");
}

#[tokio::test]
async fn a_death_at_a_commit_loses_nothing() {
    let data = made();
    let name = data.path().to_str().unwrap();
    let all = store(data.path()).await.count_records().await.unwrap();
    for (place, left) in [("search.commit:before:1", all), ("search.commit:after:1", 0)] {
        let died = apothecary(&["index", "--rebuild", "--dir", name, "--crash-at", place]);
        assert_eq!(died.status.code(), None, "{place}: {}", String::from_utf8_lossy(&died.stderr));
        assert_eq!(opened(data.path()).await.unwrap().1 as u64, left, "{place}");
        assert_eq!(opened(data.path()).await.unwrap().1, 0, "{place}");
    }
}

/// In a file system of its own that is too small, and then is not.
#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let data = made();
    let db = data.path().join("apothecary.db");
    store(data.path()).await.close().await;
    let room = std::fs::metadata(&db).unwrap().len() / 1024 + 200;
    let script = r#"set -e
        small=$1/small; mkdir "$small"; mount -t tmpfs -o size=$2k tmpfs "$small"; cp "$1/apothecary.db" "$small/"
        if "$3" index --rebuild --dir "$small" 2> "$1/told"; then echo "it did not fail" >&2; exit 3; fi
        mount -o remount,size=64m tmpfs "$small"
        "$3" index --rebuild --dir "$small""#;
    let out = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .args([data.path().to_str().unwrap(), &room.to_string(), env!("CARGO_BIN_EXE_apothecary")])
        .current_dir(repo("."))
        .output()
        .unwrap();
    let told = std::fs::read_to_string(data.path().join("told")).unwrap_or_default();
    assert!(out.status.success(), "{}{told}", String::from_utf8_lossy(&out.stderr));
    assert!(told.to_lowercase().contains("no space") || told.contains("full"), "{told}");
    assert!(String::from_utf8_lossy(&out.stdout).contains("records in"), "{out:?}");
}
