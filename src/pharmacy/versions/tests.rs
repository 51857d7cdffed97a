//! Publishing, going back, what a crash leaves, and every way in which a version is no longer what it was.

use super::*;
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// A pharmacy folder and a folder of versions, which go with the test.
struct Desk(PathBuf);

impl Desk {
    fn new() -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("apothecary-versions-{}-{n}", std::process::id()));
        fs::create_dir_all(dir.join("data/policies")).unwrap();
        fs::create_dir_all(dir.join("data/sample")).unwrap();
        let desk = Self(dir);
        for (file, text) in
            [("constants.toml", "c"), ("states.toml", "s"), ("sample/people.json", "{}"), ("notes.txt", "n")]
        {
            desk.write(file, text);
        }
        desk.write("policies/DL1.md", "one");
        desk
    }
    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join("data").join(file), text).unwrap();
    }
    fn versions(&self) -> Versions {
        Versions::new(&self.0.join("versions"))
    }
    fn publish(&self) -> VersionName {
        let prepared = self.versions().prepare(&self.0.join("data")).unwrap();
        prepared.publish("R. Okafor", "why", "2026-11-22T10:00:00Z".parse().unwrap()).unwrap()
    }
    fn bytes(&self, name: &VersionName) -> BTreeMap<String, Vec<u8>> {
        disk::walk(&self.versions().dir().join(name.to_string())).unwrap()
    }
    /// Changes a file that was published.
    fn alter(&self, name: &VersionName, file: &str, text: &str) {
        let path = self.versions().dir().join(name.to_string()).join(file);
        let _ = fs::remove_file(&path);
        fs::write(path, text).unwrap();
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_version_is_an_exact_copy_of_the_texts_and_going_back_changes_no_byte() {
    let desk = Desk::new();
    let one = desk.publish();
    let first = desk.bytes(&one);
    assert_eq!(first.keys().collect::<Vec<_>>(), ["MANIFEST.json", "constants.toml", "policies/DL1.md", "states.toml"]);
    desk.write("policies/DL1.md", "two");
    let two = desk.publish();
    assert_eq!((one.number(), two.number()), (1, 2));
    assert_ne!(one.digest(), two.digest());
    let versions = desk.versions();
    assert_eq!(versions.in_force().unwrap().name, two);
    assert_eq!(versions.rollback(None).unwrap(), one);
    assert_eq!(versions.in_force().unwrap().name, one);
    assert_eq!(desk.bytes(&one), first);
    assert!(matches!(versions.rollback(None), Err(VersionError::Oldest { .. })));
    assert_eq!(versions.rollback(Some(2)).unwrap(), two);
    assert!(matches!(versions.rollback(Some(3)), Err(VersionError::Unknown { number: 3, .. })));
    assert_eq!(versions.names().unwrap(), [one, two]);
}

#[test]
fn the_same_texts_have_the_same_digest_and_nobody_writes_in_them() {
    let desk = Desk::new();
    let one = desk.publish();
    let again = desk.publish();
    assert_eq!((one.digest(), again.number()), (again.digest(), 2));
    let versions = desk.versions();
    assert!(versions.prepare(&desk.0.join("data")).unwrap().same_as(&versions.in_force().unwrap().manifest));
    #[cfg(unix)]
    for file in desk.bytes(&one).keys() {
        use std::os::unix::fs::PermissionsExt;
        let path = versions.dir().join(one.to_string()).join(file);
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o444, "{file}");
    }
}

#[test]
fn a_publish_that_died_before_it_was_in_force_is_no_way_back() {
    let desk = Desk::new();
    let one = desk.publish();
    desk.write("policies/DL1.md", "two");
    let died = desk.publish();
    desk.versions().rollback(Some(1)).unwrap();
    let again = desk.publish();
    assert_eq!(died.digest(), again.digest());
    assert_eq!(desk.versions().rollback(None).unwrap(), one);
}

#[test]
fn whatever_was_altered_is_named_with_the_mend_and_not_put_in_force() {
    let desk = Desk::new();
    let one = desk.publish();
    desk.write("policies/DL1.md", "two");
    let two = desk.publish();
    let sound = desk.bytes(&one);
    let refused = |what: &str| {
        let said = desk.versions().rollback(Some(1)).unwrap_err().to_string();
        assert!(said.contains(what) && said.contains("apothecary policy rollback N --versions"), "{what}: {said}");
        assert_eq!(desk.versions().current().unwrap(), two);
        for (file, bytes) in &sound {
            desk.alter(&one, file, std::str::from_utf8(bytes).unwrap());
        }
    };
    desk.alter(&one, "policies/DL1.md", "One");
    refused("policies/DL1.md was changed");
    fs::remove_file(desk.versions().dir().join(one.to_string()).join("states.toml")).unwrap();
    refused("states.toml is missing");
    let manifest = String::from_utf8(sound["MANIFEST.json"].clone()).unwrap();
    desk.alter(&one, "MANIFEST.json", &manifest.replace("\"number\": 1", "\"number\": 7"));
    refused("MANIFEST.json was changed");
    desk.alter(&one, "MANIFEST.json", "{");
    refused("MANIFEST.json does not read");
    // A page that was changed together with its digest is told by the digest over all.
    desk.alter(&one, "policies/DL1.md", "One");
    desk.alter(&one, "MANIFEST.json", &manifest.replace(&manifest::of_file(b"one"), &manifest::of_file(b"One")));
    refused("MANIFEST.json was changed");
    assert_eq!(desk.versions().rollback(Some(1)).unwrap(), one, "restored, it is sound again");
    desk.alter(&one, "policies/XX9.md", "planted");
    assert!(desk.versions().in_force().unwrap_err().to_string().contains("policies/XX9.md was added"));
}

#[test]
fn what_a_crash_left_is_not_seen_and_is_cleared_by_the_next_publish() {
    let desk = Desk::new();
    let one = desk.publish();
    let left = desk.versions().dir().join(".new");
    fs::create_dir_all(left.join("policies")).unwrap();
    fs::write(left.join("policies/HALF.md"), "half").unwrap();
    fs::write(desk.versions().dir().join(".CURRENT.new"), "9-").unwrap();
    assert_eq!(desk.versions().in_force().unwrap().name, one);
    assert_eq!(desk.versions().names().unwrap(), std::slice::from_ref(&one));
    desk.write("policies/DL1.md", "two");
    let two = desk.publish();
    assert!(!left.exists() && !desk.bytes(&two).contains_key("policies/HALF.md"));
    // Refused by a check, a copy leaves nothing.
    drop(desk.versions().prepare(&desk.0.join("data")).unwrap());
    assert!(!left.exists());
    assert_eq!(desk.versions().current().unwrap(), two);
}

#[test]
fn two_do_not_publish_at_once() {
    let desk = Desk::new();
    desk.publish();
    let first = desk.versions().prepare(&desk.0.join("data")).unwrap();
    assert!(matches!(desk.versions().prepare(&desk.0.join("data")), Err(VersionError::Busy { .. })));
    assert!(matches!(desk.versions().rollback(Some(1)), Err(VersionError::Busy { .. })));
    drop(first);
    assert!(desk.versions().rollback(Some(1)).is_ok());
}

#[test]
fn a_missing_or_damaged_current_names_the_mend() {
    let desk = Desk::new();
    let nothing = desk.versions().in_force().unwrap_err();
    assert!(nothing.to_string().contains("apothecary policy publish --data"), "{nothing}");
    assert!(matches!(desk.versions().rollback(None), Err(VersionError::Nothing { .. })));
    let one = desk.publish();
    for wrong in ["", "1", "../data", "2-000000000000\n", "1-ABCDEFABCDEF\n"] {
        fs::write(desk.versions().dir().join("CURRENT"), wrong).unwrap();
        let said = desk.versions().in_force().unwrap_err().to_string();
        assert!(said.contains("apothecary policy rollback N"), "{wrong}: {said}");
    }
    assert_eq!(desk.versions().rollback(Some(1)).unwrap(), one);
    assert_eq!(desk.versions().in_force().unwrap().name, one);
}

#[test]
fn a_name_reads_back_as_it_was_written() {
    let name = VersionName::new(12, "0a1b2c3d4e5f6071");
    assert_eq!((name.to_string().as_str(), name.to_string().parse()), ("12-0a1b2c3d4e5f", Ok(name)));
    for wrong in
        ["0-0a1b2c3d4e5f", "012-0a1b2c3d4e5f", "1-0a1b2c3d4e5", "1-0A1B2C3D4E5F", "+1-0a1b2c3d4e5f", ".new", ""]
    {
        assert!(wrong.parse::<VersionName>().is_err(), "{wrong}");
    }
}
