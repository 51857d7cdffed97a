//! What the settings mean together, and what is refused with its consequence.

use super::*;

fn load(text: &str) -> Result<Config, ConfigError> {
    let raw = Figment::from(Toml::string(MANUAL)).merge(Toml::string(text)).extract::<RawConfig>();
    raw.map_err(|e| ConfigError::Parse(Box::new(e)))?.check()
}
const KEYS: &str = "[site]\nhs256_secret = \"0123456789abcdef0123456789abcdef\"\n[console]\nhs256_secret = \"0123456789abcdef0123456789abcdee\"\n";

#[test]
fn the_manual_parses_and_lacks_only_keys() {
    let error = load("").unwrap_err().to_string();
    assert!(error.contains("site: neither") && !error.contains("console"), "staff have passwords: {error}");
    assert!(load(KEYS).unwrap().versions.is_none());
    let published = load(&format!("{KEYS}[data]\nversions = \"texts\"\n")).unwrap().versions;
    assert_eq!(published.as_deref(), Some(Path::new("texts")));
}

#[test]
fn metrics_stay_on_this_machine_unless_told_otherwise() {
    let open = format!("{KEYS}[server]\nhost = \"0.0.0.0\"\npublic_url = \"https://chat.example\"\n");
    let config = load(&open).unwrap();
    assert!(!config.listen.ip().is_loopback() && config.metrics.ip().is_loopback());
    let told = load(&format!("{open}metrics_host = \"10.0.0.7\"\n")).unwrap();
    assert_eq!(told.metrics.to_string(), "10.0.0.7:9090");
}

#[test]
fn a_path_in_a_file_is_relative_to_that_file_and_a_secret_may_stand_in_one_of_its_own() {
    let dir = std::env::temp_dir().join(format!("apothecary-config-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write("site.key", &format!("{}\n", "k".repeat(32)));
    write(
        "pharmacy.toml",
        "[data]\ndir = \"data\"\nguardrails = \"/guards\"\n[site]\nhs256_secret_file = \"site.key\"\n",
    );
    let config = Config::load(Some(&dir.join("pharmacy.toml"))).unwrap();
    assert_eq!((config.data, config.guardrails), (dir.join("data"), PathBuf::from("/guards")));
    assert_eq!((config.index, config.feed), (PathBuf::from("index"), None), "defaults are no file's");
    assert_eq!((config.secret_files, config.site_verifier.keys.len()), (vec![dir.join("site.key")], 1));
    write("pharmacy.toml", "[site]\nhs256_secret_file = \"lost.key\"\n");
    assert!(Config::load(Some(&dir.join("pharmacy.toml"))).unwrap_err().to_string().contains("lost.key"));
    let two = KEYS.replacen("[site]", "[site]\njwks_file = \"keys.json\"", 1);
    assert!(load(&two).unwrap_err().to_string().contains("keep one"));
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn staff_sign_in_by_token_by_password_or_by_both() {
    let of = |console: &str| load(&format!("[site]\nhs256_secret = \"{}\"\n[console]\n{console}", "k".repeat(32)));
    let both = of(&format!("hs256_secret = \"{}\"", "c".repeat(32))).unwrap();
    assert_eq!((both.console_verifier.keys.len(), both.sessions), (1, Some(SessionLimits::USUAL)));
    assert!(of("").unwrap().console_verifier.keys.is_empty());
    assert!(of("passwords = false").unwrap_err().to_string().contains("console: neither"));
    assert!(of("idle_minutes = 90").unwrap_err().to_string().contains("idle_minutes"));
    assert!(of("session_hours = 0").unwrap_err().to_string().contains("session_hours"));
}

#[test]
fn unknown_keys_and_unsafe_settings_are_explained() {
    assert!(load(&format!("{KEYS}[server]\nprot = 1\n")).unwrap_err().to_string().contains("prot"));
    let llm =
        |extra: &str| load(&format!("{KEYS}[llm]\nbase_url = \"https://llm.example/v1\"\nmodel = \"m\"\n{extra}"));
    assert!(llm("").unwrap_err().to_string().contains("business associate agreement"));
    assert!(llm("baa = \"signed\"").is_ok());
    assert!(load(&format!("{KEYS}[llm]\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\n")).is_ok());
}

#[test]
fn an_origin_that_no_browser_sends_is_refused_at_start() {
    let site =
        |origins: &str| load(&format!("[site]\nhs256_secret = \"{}\"\nframe_ancestors = {origins}", "k".repeat(32)));
    assert_eq!(site("[\"https://shop.example\"]").unwrap().frame_ancestors, ["https://shop.example"]);
    let error = site("[\"https://shop.example/\"]").unwrap_err().to_string();
    assert!(error.contains("site.frame_ancestors") && error.contains("write `https://shop.example`"), "{error}");
}

#[test]
fn the_feed_is_off_without_a_secret_and_refuses_a_weak_one() {
    let feed = |extra: &str| load(&format!("{KEYS}[feed]\n{extra}\n"));
    let off = feed("").unwrap();
    assert!(off.feed_secrets.is_empty() && off.feed_quiet_after == SignedDuration::from_mins(15));
    let strong = "secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"";
    assert_eq!(feed(strong).unwrap().feed_secrets.len(), 1);
    assert!(feed("secret = \"whsec_c2hvcnQ=\"").unwrap_err().to_string().contains("guessed"));
    assert!(feed("quiet_after_minutes = 0").unwrap_err().to_string().contains("silent"));
}

#[test]
fn a_server_answers_by_a_signed_release_or_says_that_it_does_not() {
    let release = |extra: &str| load(&format!("{KEYS}[release]\n{extra}\n"));
    assert_eq!(load(KEYS).unwrap().release, Release::Undecided);
    assert_eq!(release("unsigned = true").unwrap().release, Release::Unsigned);
    let key = format!("ed25519:{}", "0f".repeat(32));
    let signed = release(&format!("dir = \"releases\"\nsigners = [\"{key}\"]")).unwrap().release;
    let signers = vec![key.parse().unwrap()];
    assert_eq!(signed, Release::Signed { dir: PathBuf::from("releases"), signers });
    let refused = |extra: &str| release(extra).unwrap_err().to_string();
    assert!(refused("dir = \"releases\"").contains("keygen"), "nobody's signature would count");
    assert!(refused("dir = \"releases\"\nsigners = [\"ed25519:0f\"]").contains("64 hex digits"));
    let both = format!("dir = \"releases\"\nsigners = [\"{key}\"]\nunsigned = true");
    assert!(refused(&both).contains("take one of them out"));
}

#[test]
fn keys_of_the_openai_endpoint_are_long_and_readable() {
    let openai = |extra: &str| load(&format!("{KEYS}[openai]\n{extra}\n"));
    assert!(openai("").unwrap().openai_keys.is_empty());
    assert_eq!(openai("keys = [\"0123456789abcdef0123456789abcdef\"]").unwrap().openai_keys.len(), 1);
    assert!(openai("keys = [\"short\"]").unwrap_err().to_string().contains("guessed"));
    assert!(openai("keys_file = \"/nowhere/keys\"").unwrap_err().to_string().contains("/nowhere/keys"));
}
