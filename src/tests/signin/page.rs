//! Signing in to the console as people do it: an account from the command line, the form in a real browser, a password of one's own,
//! signed out for being quiet. The rules behind it are tested in `door` and
//! `sessions`.

use crate::process::Demo;
use crate::support::{Folder, repo, tool};
use crate::webdriver::{Driver, Page};
use apothecary::credentials::totp;
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use secrecy::SecretSlice;
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
    command.current_dir(repo(".")).args(["staff", "--dir"]).arg(dir).args(args).output().unwrap()
}

fn printed(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The last word of the line that begins so.
fn after(text: &str, begin: &str) -> String {
    let line = text.lines().find(|l| l.starts_with(begin)).unwrap_or_else(|| panic!("no `{begin}` in {text}"));
    line.split_whitespace().last().unwrap().to_owned()
}

fn key(text: &str) -> SecretSlice<u8> {
    let uri = after(text, "Key of the one-time codes");
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    BASE32_NOPAD.decode(secret.as_bytes()).unwrap().into()
}

async fn fine(page: &Page, state: &str) {
    let wrong = page.axe(&tool("node_modules/axe-core/axe.min.js")).await;
    assert_eq!(wrong, json!([]), "{state}");
}

async fn sign_in(page: &Page, login: &str, password: &str, code: &str) {
    page.js("for (const id of ['login', 'password', 'code']) document.getElementById(id).value = ''").await;
    page.write("#login", login).await;
    page.write("#password", password).await;
    page.write("#code", &format!("{code}\n")).await;
}

/// A code of the next step, which is accepted beside that of now.
fn next_code(key: &SecretSlice<u8>) -> String {
    totp::shown(key, Timestamp::now() + jiff::SignedDuration::from_secs(30)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_by_keyboard_with_an_account_from_the_command_line() {
    let folder = Folder::new("demo");
    let (driver, demo) = (Driver::start(), Demo::start(folder.path()));
    let made = printed(folder.path(), &["add", "Rosa", "--name", "Rosa Delgado", "--role", "pharmacist"]);
    let (first, key) = (after(&made, "First password"), key(&made));
    let page = Page::dark(&driver, 360, 800).await;
    page.go(&format!("{}/console", demo.base)).await;
    page.wait("!document.getElementById('enter').hidden && document.activeElement.id === 'login'").await;
    fine(&page, "sign in").await;
    page.shot("sign-in").await;
    sign_in(&page, "rosa", "not my password", "000000").await;
    page.wait("document.getElementById('enter-said').textContent.includes('not right')").await;
    fine(&page, "refused").await;
    sign_in(&page, "rosa", &first, &totp::shown(&key, Timestamp::now()).unwrap()).await;
    page.wait("!document.getElementById('renewal').hidden && document.activeElement.id === 'new'").await;
    fine(&page, "first password").await;
    page.write("#new", "passwordpassword\n").await;
    page.wait("document.getElementById('renewal-said').textContent.includes('first that people guess')").await;
    page.js("document.getElementById('new').value = ''").await;
    page.write("#new", "a phrase of my own\n").await;
    page.wait("document.getElementById('me').textContent === 'Rosa Delgado, pharmacist'").await;
    page.wait("document.getElementById('door').hidden && !document.getElementById('change').hidden").await;
    let kept = "return [...document.querySelectorAll('#door input')].map((i) => i.value).join('').replaceAll('on', '')";
    assert_eq!(page.js(kept).await, "", "no field keeps what was typed");

    assert!(printed(folder.path(), &["list"]).contains("rosa"));
    printed(folder.path(), &["disable", "rosa"]);
    page.wait("!document.getElementById('enter').hidden && document.querySelector('.panes').hidden").await;
    assert!(page.text().await.contains("Your session has ended"), "a running server sees it at once");
    printed(folder.path(), &["enable", "rosa"]);
    sign_in(&page, "rosa", "a phrase of my own", &next_code(&key)).await;
    page.wait("document.getElementById('door').hidden").await;
    page.click("#leave").await;
    page.wait("!document.getElementById('enter').hidden && document.getElementById('leave').hidden").await;
    page.close().await;
}

#[tokio::test]
async fn accounts_are_managed_from_the_command_line_and_mistakes_are_explained() {
    let folder = Folder::new("staff");
    apothecary::store::Store::open(&folder.path().join("apothecary.db")).await.unwrap().close().await;
    let dir = folder.path();
    assert!(printed(dir, &["list"]).contains("apothecary staff add"));
    let made = printed(dir, &["add", "omar", "--name", "Omar", "--role", "lead", "--issuer", "Fernleaf Pharmacy"]);
    assert!(made.contains("otpauth://totp/Fernleaf%20Pharmacy:omar?secret="), "{made}");
    let again = printed(dir, &["totp", "omar"]);
    assert_ne!(after(&made, "Key of"), after(&again, "Key of"));
    assert_ne!(after(&made, "First password"), after(&printed(dir, &["password", "omar"]), "First password"));
    for (act, state) in [("disable", "disabled since"), ("enable", "first password"), ("unlock", "first password")] {
        printed(dir, &[act, "omar"]);
        let list = printed(dir, &["list"]);
        assert!(list.contains(state) && list.contains("lead") && !list.contains("otpauth"), "{act}: {list}");
    }
    let said = |dir: &Path, args: &[&str]| {
        let output = run(dir, args);
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(Path::new("/no/such/folder"), &["list"]).contains("pass --dir"));
    assert!(said(dir, &["disable", "nobody"]).contains("apothecary staff list"));
    assert!(said(dir, &["add", "OMAR", "--name", "Omar", "--role", "lead"]).contains("already"));
    assert!(said(dir, &["add", "o m", "--name", "Omar", "--role", "lead"]).contains("2 to 64"));
    assert!(said(dir, &["add", "tina", "--name", "Tina", "--role", "boss"]).contains("privacy, auditor, engineer"));
}
