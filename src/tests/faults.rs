//! Broken parts: each is refused or survived with an error that names the place, and nothing is lost.

use crate::support::{Folder, Options, Site, copy, repo, start, watch};
use apothecary::boot;
use apothecary::store::Store;
use jiff::Timestamp;
use sqlx::{Connection, Executor, SqliteConnection};
use std::path::Path;

/// Tries to start; why it does not.
async fn refusal(options: &Options) -> String {
    let folder = Folder::new("refused");
    match start(folder.path(), options).await {
        Ok(_) => panic!("it started"),
        Err(e) => e.to_string(),
    }
}

fn guardrails(folder: &Folder) -> Options {
    let path = folder.path().join("guardrails");
    std::fs::create_dir_all(&path).unwrap();
    for file in std::fs::read_dir(repo("guardrails")).unwrap().map(|e| e.unwrap().path()) {
        if file.extension().is_some_and(|e| e == "toml") {
            std::fs::copy(&file, path.join(file.file_name().unwrap())).unwrap();
        }
    }
    for part in ["rules", "rules-output", "prompts", "model", "support", "planted"] {
        copy(&repo("guardrails").join(part), &path.join(part));
    }
    Options { guardrails: Some(path), ..Options::default() }
}

#[tokio::test]
async fn one_flipped_byte_in_a_model_and_there_is_no_start() {
    let folder = Folder::new("flip");
    let options = guardrails(&folder);
    let files =
        [("model", "model.safetensors"), ("support", "support.safetensors"), ("planted", "planted.safetensors")];
    for (model, weights) in files {
        let file = options.guardrails.clone().unwrap().join(model).join(weights);
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let why = refusal(&options).await;
        assert!(why.contains(&format!("{model}/{weights}")) && why.contains("restore"), "{why}");
        bytes[middle] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
    }
    assert!(start(Folder::new("whole").path(), &options).await.is_ok(), "the mended models start");
}

#[tokio::test]
async fn a_missing_model_is_named_with_its_mend() {
    let folder = Folder::new("missing");
    let options = guardrails(&folder);
    for (model, mend) in
        [("planted", "train-planted"), ("support", "train-support"), ("model", "restore it from the repository")]
    {
        std::fs::remove_dir_all(options.guardrails.clone().unwrap().join(model)).unwrap();
        let why = refusal(&options).await;
        assert!(why.contains(&format!("/{model}/")) && why.contains(mend), "{why}");
    }
}

#[tokio::test]
async fn an_unknown_key_of_the_policy_and_a_broken_page_are_named() {
    let folder = Folder::new("policy");
    let options = guardrails(&folder);
    let guards = options.guardrails.clone().unwrap().join("guards.toml");
    let text = std::fs::read_to_string(&guards).unwrap();
    std::fs::write(&guards, format!("surprise = 1\n{text}")).unwrap();
    let why = refusal(&options).await;
    assert!(why.contains("guards.toml") && why.contains("surprise"), "{why}");

    let index = folder.path().join("index");
    copy(&repo("index"), &index);
    let page = index.join("policies/DL1.md");
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replacen("+++", "---", 1)).unwrap();
    let why = refusal(&Options { index: Some(index), ..Options::default() }).await;
    assert!(why.contains("DL1.md") && why.contains("+++"), "{why}");
}

#[tokio::test]
async fn a_feed_with_errors_keeps_what_is_good_and_says_what_is_not() {
    let folder = Folder::new("feed");
    let sample = folder.path().join("sample");
    copy(&repo("index/sample"), &sample);
    std::fs::write(sample.join("P0099.json"), "{ not json").unwrap();
    let broken = sample.join("P0002.json");
    let text = std::fs::read_to_string(&broken).unwrap();
    std::fs::write(&broken, text.replacen("\"order-70-00102\"", "\"order-70-00102\", \"status\": \"dancing\"", 1))
        .unwrap();
    watch();
    let store = Store::open(&folder.path().join("apothecary.db")).await.unwrap();
    let records = boot::feed(&store, &sample, 0, Timestamp::now()).await.unwrap();
    assert!(records.len() > 100, "{} records", records.len());
    assert!(!store.orders_of(&"P0001".into()).await.unwrap().is_empty());
    let logs = watch().logs();
    assert!(logs.contains("P0099.json"), "the broken file is named");
}

/// Holds the only write lock of a store.
async fn lock(folder: &Path) -> SqliteConnection {
    let url = format!("sqlite://{}", folder.join("apothecary.db").display());
    let mut held = SqliteConnection::connect(&url).await.unwrap();
    held.execute("BEGIN IMMEDIATE").await.unwrap();
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_locked_an_emergency_is_answered_and_kept() {
    let site = Site::new(Options::default()).await;
    let (urgent, plain) = (site.anonymous().await, site.anonymous().await);
    let mut held = lock(site.folder()).await;
    let begun = std::time::Instant::now();
    let aid = async {
        let said = urgent.say("I can't breathe and my throat is swelling shut").await;
        (said, begun.elapsed())
    };
    let ((aid, waited), down) = tokio::join!(aid, plain.say("where is my order"));
    assert!(aid.cites_text("TX-EMERG-DOWN"), "{:?}", aid.0);
    // A lock is waited for five seconds; an emergency is not one to wait for it.
    assert!(waited.as_secs() < 4, "the emergency waited {waited:?} for the store");
    assert!(down.cites_text("TX-DOWN"), "{:?}", down.0);
    held.execute("ROLLBACK").await.unwrap();
    held.close().await.unwrap();
    assert_eq!(site.app.unspill().await.unwrap(), 2, "no restart is needed");
    assert_eq!(site.app.unspill().await.unwrap(), 0);
    let again = start(site.folder(), &Options::default()).await.unwrap();
    for chat in [urgent, plain] {
        let id = chat.id.as_str().into();
        assert_eq!(again.store().history(&id, -1).await.unwrap().len(), 2, "the message came back from the spill file");
        assert!(again.store().open_ticket_of(&id).await.unwrap().is_some());
    }
    again.store().verify_audit().await.unwrap();
}

/// A small disk of its own under the folder, where this machine allows mounting one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs"]).arg(at);
        mount.output().is_ok_and(|o| o.status.success()).then(|| Self(at.to_owned()))
    }
    /// Writes until nothing more fits.
    fn fill(&self) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        for size in [64 << 10, 4 << 10, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }
    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_an_emergency_is_answered_and_nothing_is_lost() {
    let folder = Folder::new("full");
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        eprintln!("not run: this user may not mount a small disk");
        return;
    };
    let site = Site::at(folder, Options::default()).await;
    let (urgent, plain) = (site.anonymous().await, site.anonymous().await);
    disk.fill();
    let aid = urgent.say("I can't breathe and my throat is swelling shut").await;
    assert!(aid.cites_text("TX-EMERG-DOWN"), "{:?}", aid.0);
    // The reserve that the emergency used makes room: the next message is answered as ever, or kept the same way.
    let next = plain.say("where is my order").await;
    assert!(!next.0.is_empty(), "nothing came back");
    disk.free();
    let again = start(site.folder(), &Options::default()).await.unwrap();
    let id = urgent.id.as_str().into();
    assert_eq!(again.store().history(&id, -1).await.unwrap().len(), 2, "the message came back from the spill file");
    assert!(again.store().open_ticket_of(&id).await.unwrap().is_some());
    let id = plain.id.as_str().into();
    assert_eq!(again.store().history(&id, -1).await.unwrap().len(), 2, "the other message was kept, too");
    again.store().verify_audit().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = Folder::new("nodb");
    std::fs::write(folder.path().join("apothecary.db"), "this is no database, it is a letter to a friend".repeat(40))
        .unwrap();
    let Err(why) = start(folder.path(), &Options::default()).await else { panic!("it started") };
    assert!(why.to_string().contains("database"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_changed_in_the_store_is_not_shown_again() {
    let site = Site::new(Options::default()).await;
    let chat = site.anonymous().await;
    chat.say("How long does delivery take?").await;
    let url = format!("sqlite://{}", site.folder().join("apothecary.db").display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    let changed =
        other.execute("UPDATE messages SET body = replace(body, 'blocks', 'block5') WHERE author = 'assistant'").await;
    if changed.is_ok() {
        let history = chat.history().await.to_string();
        assert!(!history.contains("assistant"), "{history}");
    }
}
