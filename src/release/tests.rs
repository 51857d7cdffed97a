//! Building, signing, going back, and every way in which a release is no longer what somebody signed.

use super::manifest::{canonical, digest};
use super::*;
use crate::classify::Precision;
use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// A pharmacy folder and a folder of releases, which go with the test.
struct Desk(PathBuf);

impl Desk {
    fn new() -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let desk = Self(std::env::temp_dir().join(format!("apothecary-releases-{}-{n}", std::process::id())));
        fs::create_dir_all(desk.data().join("policies")).unwrap();
        desk.page("one");
        fs::write(desk.data().join("constants.toml"), "c").unwrap();
        fs::write(desk.data().join("notes.txt"), "n").unwrap();
        desk
    }
    fn data(&self) -> PathBuf {
        self.0.join("data")
    }
    fn page(&self, text: &str) {
        fs::write(self.data().join("policies/DL1.md"), text).unwrap();
    }
    fn releases(&self) -> Releases {
        Releases::new(&self.0.join("releases"))
    }
    fn built(&self) -> Built {
        let files = ["texts.toml", "modes.toml", "staffing.toml", "guards.toml", "rules/r01.toml", "prompts/answer.md"];
        let models =
            ["model/model.safetensors", "model/thresholds.json", "support/support.json", "planted/planted.json"];
        let guards = files.iter().chain(&models).map(|f| ((*f).to_owned(), f.as_bytes().to_vec())).collect();
        let endpoint = Endpoint {
            agreement: "signed".into(),
            model: "m".into(),
            timeout_ms: 8000,
            url: "https://llm.example/v1".into(),
        };
        let settings = Settings { encoder: Precision::Int8, endpoint: Some(endpoint), mark_unreviewed: false };
        let report = Some(b"{\"met\": true}".to_vec());
        self.releases().prepare(&self.data(), guards, &settings, report).unwrap().finish().unwrap()
    }
    fn build(&self) -> VersionName {
        match self.built() {
            Built::New(name) => name,
            Built::Known(name) => panic!("{name} was there"),
        }
    }
    fn sign(&self, name: &VersionName, key: &PrivateKey) -> PathBuf {
        self.releases().sign(name, key, statement("Rosa Delgado", "DL1")).unwrap()
    }
    fn folder(&self, name: &VersionName) -> PathBuf {
        self.releases().dir().join(name.to_string())
    }
    fn files(&self, name: &VersionName) -> BTreeMap<String, Vec<u8>> {
        disk::walk(&self.folder(name)).unwrap()
    }
    /// Puts other bytes in the place of a file, whatever its mode.
    fn alter(&self, name: &VersionName, file: &str, bytes: &[u8]) {
        let path = self.folder(name).join(file);
        let _ = fs::remove_file(&path);
        fs::write(path, bytes).unwrap();
    }
    /// What an attacker without a key can do: change files, write a manifest, and name the folder to fit it.
    fn forge(&self, name: &VersionName, manifest: &str) -> VersionName {
        self.alter(name, MANIFEST, manifest.as_bytes());
        let forged = VersionName::new(name.number(), &digest(manifest.as_bytes()));
        fs::rename(self.folder(name), self.folder(&forged)).unwrap();
        forged
    }
    fn refused(&self, name: &VersionName) -> String {
        self.releases().verified(name).map(|r| r.digest).unwrap_err().to_string()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key(n: u8) -> PrivateKey {
    PrivateKey::of([n; 32]).unwrap().0
}

fn statement(name: &str, topics: &str) -> Statement {
    Statement {
        digest: String::new(),
        licence: "PH-0001".into(),
        live: Reach::parse(topics, "en").unwrap(),
        name: name.into(),
        read: BTreeMap::from([("en".parse().unwrap(), "Rosa Delgado".to_owned())]),
        state: "ME".into(),
        time: "2026-11-22T10:00:00Z".parse().unwrap(),
    }
}

/// The files that a manifest is of.
fn content(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    files
        .iter()
        .filter(|(f, _)| *f != MANIFEST && !statement::is_signature(f))
        .map(|(f, b)| (f.clone(), b.clone()))
        .collect()
}

#[test]
fn a_release_holds_all_that_decides_and_nothing_else_in_parts_under_one_digest() {
    let desk = Desk::new();
    let one = desk.build();
    let release = desk.releases().verified(&one).unwrap();
    let parts: Vec<&str> = release.manifest.parts.keys().map(String::as_str).collect();
    let expected = [
        "endpoint",
        "fixed texts",
        "guards",
        "model",
        "modes",
        "planted model",
        "program",
        "prompts",
        "report",
        "rules",
        "staffing",
        "support model",
        "texts",
        "thresholds",
    ];
    assert_eq!(parts, expected);
    let files: Vec<&str> = release.manifest.files.keys().map(String::as_str).collect();
    assert!(files.contains(&"index/policies/DL1.md") && !files.contains(&"index/notes.txt"), "{files:?}");
    assert_eq!(release.settings.endpoint.unwrap().url, "https://llm.example/v1");
    assert!(matches!(desk.built(), Built::Known(name) if name == one), "the same files are the same release");
    desk.page("two");
    let two = desk.build();
    assert_ne!(one.digest(), two.digest());
    #[cfg(unix)]
    for file in desk.files(&one).keys() {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.folder(&one).join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o444, "{file}");
    }
}

#[test]
fn one_changed_byte_anywhere_is_named_with_the_mend() {
    let desk = Desk::new();
    let one = desk.build();
    desk.sign(&one, &key(1));
    desk.releases().verified(&one).unwrap();
    for (file, bytes) in desk.files(&one) {
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            desk.alter(&one, &file, &changed);
            let said = desk.refused(&one);
            assert!(
                said.contains(&file) && said.contains("apothecary release use N --dir"),
                "{file}, byte {at}: {said}"
            );
        }
        desk.alter(&one, &file, &[&bytes[..], b"\n"].concat());
        assert!(desk.refused(&one).contains(&file), "{file}: a line break more");
        desk.alter(&one, &file, &bytes);
    }
    desk.releases().verified(&one).unwrap();
}

#[test]
fn a_file_too_many_or_too_few_is_named() {
    let desk = Desk::new();
    let one = desk.build();
    desk.alter(&one, "index/policies/XX9.md", b"planted");
    assert!(desk.refused(&one).contains("index/policies/XX9.md was added"));
    fs::remove_file(desk.folder(&one).join("index/policies/XX9.md")).unwrap();
    let modes = desk.files(&one)["guardrails/modes.toml"].clone();
    fs::remove_file(desk.folder(&one).join("guardrails/modes.toml")).unwrap();
    assert!(desk.refused(&one).contains("guardrails/modes.toml is missing"));
    desk.alter(&one, "guardrails/modes.toml", &modes);
    // A manifest that no longer names it, in a folder whose name fits: then the file is one too many.
    let mut less = content(&desk.files(&one));
    less.remove("guardrails/modes.toml");
    let forged = desk.forge(&one, &Manifest::of(&less).text());
    assert!(desk.refused(&forged).contains("guardrails/modes.toml was added"));
}

#[test]
fn a_manifest_has_one_spelling() {
    let desk = Desk::new();
    let one = desk.build();
    let text = Manifest::of(&content(&desk.files(&one))).text();
    let value: Value = serde_json::from_str(&text).unwrap();
    let (files, parts) = (&value["files"], &value["parts"]);
    let unsorted = format!("{{\n  \"parts\": {parts:#},\n  \"format\": 1,\n  \"files\": {files:#}\n}}\n");
    for other in [unsorted, serde_json::to_string(&value).unwrap(), text.replace("\"format\": 1", "\"format\": 1.0")] {
        let forged = desk.forge(&one, &other);
        let said = desk.refused(&forged);
        assert!(
            said.contains(MANIFEST) && said.contains("not as this program writes it") || said.contains("does not read"),
            "{said}"
        );
        fs::rename(desk.folder(&forged), desk.folder(&one)).unwrap();
    }
}

#[test]
fn a_signature_holds_for_its_release_its_key_and_its_words_alone() {
    let desk = Desk::new();
    let one = desk.build();
    let path = desk.sign(&one, &key(1));
    let file = path.file_name().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(&path).unwrap();
    let edits = [
        ("\"DL1\"", "\"all\""),
        ("\"en\"\n", "\"es\"\n"),
        ("Rosa Delgado\",\n    \"read\"", "Rosa Delgada\",\n    \"read\""),
        ("PH-0001", "PH-0002"),
        ("\"ME\"", "\"NH\""),
        ("10:00:00", "11:00:00"),
        ("\"en\": \"Rosa", "\"es\": \"Rosa"),
    ];
    for (stands, instead) in edits {
        assert!(text.contains(stands), "{stands}: {text}");
        desk.alter(&one, &file, text.replace(stands, instead).as_bytes());
        let said = desk.refused(&one);
        assert!(said.contains(&file) && said.contains("its signature is not that of"), "{stands}: {said}");
    }
    let strange = text.replace(&key(1).public().to_string(), &key(2).public().to_string());
    desk.alter(&one, &file, strange.as_bytes());
    assert!(desk.refused(&one).contains("its signature is not that of"), "somebody else's key");
    desk.alter(&one, &file, text.as_bytes());
    desk.page("two");
    let two = desk.build();
    desk.alter(&two, &file, text.as_bytes());
    assert!(desk.refused(&two).contains("signs another release"));
}

#[test]
fn only_listed_keys_count_and_several_stand_beside_each_other() {
    let desk = Desk::new();
    let releases = desk.releases();
    let one = desk.build();
    let (rosa, omar) = (key(1), key(2));
    let allowed = |keys: &[PublicKey]| releases.allowed(&one, keys);
    let nobody = allowed(&[rosa.public()]).unwrap_err().to_string();
    assert!(nobody.contains("signed by nobody") && nobody.contains("apothecary release sign 1 --dir"), "{nobody}");
    desk.sign(&one, &omar);
    let stranger = allowed(&[rosa.public()]).unwrap_err().to_string();
    assert!(stranger.contains(&omar.public().to_string()) && stranger.contains("release.signers"), "{stranger}");
    desk.sign(&one, &rosa);
    releases.sign(&one, &rosa, statement("Rosa Delgado", "RF1")).unwrap();
    let both = allowed(&[rosa.public(), omar.public()]).unwrap();
    assert_eq!(
        (both.signatures.len(), both.stamp().to_string().matches('+').count()),
        (3, 1),
        "two people, three signatures"
    );
    let hers = allowed(&[rosa.public()]).unwrap();
    assert_eq!(hers.grants().len(), 2);
    assert_eq!(hers.stamp().to_string(), format!("{one}@{}", rosa.public().short()));
    assert!(releases.put_in_force(&one, Some(&[key(3).public()])).is_err() && releases.current().is_err());
    releases.put_in_force(&one, None).unwrap();
    assert_eq!(releases.in_force(&[rosa.public()]).unwrap().name, one);
}

#[test]
fn going_back_is_to_the_last_signed_one_and_changes_no_byte() {
    let desk = Desk::new();
    let releases = desk.releases();
    let one = desk.build();
    desk.sign(&one, &key(1));
    releases.put_in_force(&one, None).unwrap();
    let first = desk.files(&one);
    desk.page("two");
    let unsigned = desk.build();
    assert!(matches!(releases.put_in_force(&unsigned, None), Err(ReleaseError::Unsigned { .. })), "nobody signed it");
    desk.page("three");
    let three = desk.build();
    desk.sign(&three, &key(1));
    let before = releases.mark().unwrap();
    releases.put_in_force(&three, None).unwrap();
    assert_ne!(releases.mark().unwrap(), before);
    assert_eq!(releases.rollback(None).unwrap().name, one, "nobody ever said what 2 says");
    assert_eq!((desk.files(&one), releases.mark().unwrap()), (first, before));
    assert!(matches!(releases.rollback(None), Err(ReleaseError::Oldest { .. })));
    releases.put_in_force(&three, None).unwrap();
    desk.alter(&one, "index/policies/DL1.md", b"One");
    let said = releases.rollback(None).unwrap_err().to_string();
    assert!(said.contains("index/policies/DL1.md was changed"), "an altered one is no way back: {said}");
    assert_eq!(releases.current().unwrap(), three);
}

#[test]
fn another_signature_is_seen_without_reading_a_file() {
    let desk = Desk::new();
    let one = desk.build();
    desk.sign(&one, &key(1));
    desk.releases().put_in_force(&one, None).unwrap();
    let before = desk.releases().mark().unwrap();
    desk.sign(&one, &key(2));
    assert_ne!(desk.releases().mark().unwrap(), before);
}

#[test]
fn what_another_program_built_is_not_answered_by() {
    let desk = Desk::new();
    let one = desk.build();
    let mut files = content(&desk.files(&one));
    let program = String::from_utf8(files[PROGRAM].clone()).unwrap();
    let ours = crate::pharmacy::versions::manifest::of_file(crate::guard::rules::BUILT_IN[0].1.as_bytes());
    assert!(program.contains(&ours));
    files.insert(PROGRAM.into(), program.replace(&ours, &"0".repeat(64)).into_bytes());
    desk.alter(&one, PROGRAM, &files[PROGRAM]);
    let other = desk.forge(&one, &Manifest::of(&files).text());
    desk.sign(&other, &key(1));
    let said = desk.releases().allowed(&other, &[key(1).public()]).unwrap_err().to_string();
    assert!(said.contains("rules-output/drugs.toml") && said.contains("build, sign and use"), "{said}");
}

#[test]
fn what_a_crash_left_is_not_seen_and_is_cleared() {
    let desk = Desk::new();
    let one = desk.build();
    let left = desk.releases().dir().join(".new");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("half.toml"), "half").unwrap();
    fs::write(desk.releases().dir().join(".signature.new"), "{").unwrap();
    assert_eq!(desk.releases().names().unwrap(), std::slice::from_ref(&one));
    desk.sign(&one, &key(1));
    desk.page("two");
    let two = desk.build();
    assert!(!left.exists() && !desk.files(&two).contains_key("half.toml"));
    assert_eq!(desk.releases().verified(&one).unwrap().signatures.len(), 1);
}

#[test]
fn a_missing_or_damaged_current_names_the_mend() {
    let desk = Desk::new();
    let said = desk.releases().in_force(&[]).unwrap_err().to_string();
    assert!(said.contains("apothecary release build --dir"), "{said}");
    let one = desk.build();
    for wrong in ["", "1", "../data", "2-000000000000\n"] {
        fs::write(desk.releases().dir().join("CURRENT"), wrong).unwrap();
        assert!(desk.releases().in_force(&[]).unwrap_err().to_string().contains("apothecary release use N"), "{wrong}");
    }
    assert_eq!(desk.releases().named("1").unwrap(), one);
    assert_eq!(desk.releases().named(&one.to_string()).unwrap(), one);
    assert!(desk.releases().named("2").unwrap_err().to_string().contains("apothecary release list"));
}

#[test]
fn what_goes_live_is_a_list_of_topics_or_all_of_them() {
    assert_eq!(Reach::parse("DL1, RF1", "en,es").unwrap().to_string(), "DL1, RF1 in en, es");
    for (topics, languages) in
        [("", "en"), ("DL1", ""), ("all,DL1", "en"), ("DL1", "fr"), ("topic:DL1", "en"), ("../x", "en")]
    {
        assert!(Reach::parse(topics, languages).is_err(), "{topics} {languages}");
    }
    let check = |change: &dyn Fn(&mut Statement)| {
        let mut s = statement("Rosa", "all");
        change(&mut s);
        s.check()
    };
    assert!(check(&|_| ()).is_ok());
    assert!(check(&|s| s.name = " ".into()).is_err() && check(&|s| s.licence = "a\nb".into()).is_err());
    assert!(check(&|s| s.state = "Maine".into()).is_err());
}

proptest! {
    /// Whoever signs and whatever their name: what is read back is what was signed, and no other release can have it.
    #[test]
    fn a_signature_reads_back(name in "[^\\p{C}]{1,40}", seed: [u8; 32]) {
        let key = PrivateKey::of(seed).unwrap().0;
        let said = Statement { digest: "d1".into(), ..statement(&format!("R. {name}"), "DL1") };
        let signed = Signature::new(&key, said);
        let text = signed.text();
        prop_assert_eq!(&text, &canonical(&signed));
        prop_assert_eq!(Signature::parse("signature-x.json", text.as_bytes(), "d1"), Ok(signed));
        prop_assert!(Signature::parse("signature-x.json", text.as_bytes(), "d2").is_err());
    }
}
