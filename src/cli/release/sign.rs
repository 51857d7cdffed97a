//! `apothecary release keygen` and `sign`: a person with a licence stands for a release with a key of their own.

use super::{Place, show};
use crate::boot;
use crate::cli::Failure;
use crate::domain::lang::Lang;
use crate::pharmacy::Pharmacy;
use crate::release::{PrivateKey, Reach, Release, Statement};
use jiff::{Timestamp, Unit};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arguments of `release keygen`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Keep the file where only the signer reads it, and off the server: who has it signs in their name.\n\nExample:\n  \
apothecary release keygen rosa.key"
)]
pub(super) struct KeygenArgs {
    /// Where the private key goes; a new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `release sign`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What no signature names waits for a pharmacist, whatever modes.toml says; what modes.toml holds back stays back. `all` holds \
every topic, records and what has no page included. Several may sign one release.\n\nExamples:\n  \
apothecary release sign 1 --key rosa.key --name \"Rosa Delgado\" --licence PH-0001 --state ME --read en=\"Rosa Delgado\" --live DL1,RF1 --lang en\n  \
apothecary release sign 1 --key rosa.key --name \"Rosa Delgado\" --licence PH-0001 --state ME --read en=\"Rosa Delgado\" --read es=\"Ana Ruiz\" --live all --lang en,es"
)]
pub(super) struct Args {
    /// Number or name of a release
    #[arg(value_name = "ID")]
    id: String,
    /// The private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who signs
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Number of their licence
    #[arg(long, value_name = "L")]
    licence: String,
    /// The state that gave it, two letters
    #[arg(long, value_name = "S")]
    state: String,
    /// Who has read the fixed texts in a language: en=NAME; may be repeated
    #[arg(long, value_name = "LANG=NAME", value_parser = reader)]
    read: Vec<(Lang, String)>,
    /// What goes live: `all`, or ids of pages with commas between
    #[arg(long, value_name = "TOPICS")]
    live: String,
    /// In which languages: en, es or en,es
    #[arg(long, value_name = "LANGS")]
    lang: String,
    /// The moment of the signature, such as 2026-10-01T12:00:00Z; now, unless it is given
    #[arg(long, value_name = "TIME")]
    time: Option<Timestamp>,
    #[command(flatten)]
    place: Place,
}

fn reader(text: &str) -> Result<(Lang, String), String> {
    let (lang, name) = text.split_once('=').ok_or("write a language and a name: en=\"Rosa Delgado\"")?;
    let lang: Lang = lang.parse()?;
    if lang.supported() {
        Ok((lang, name.trim().to_owned()))
    } else {
        Err(format!("`{lang}`: there are texts in en and es only"))
    }
}

pub(super) fn keygen(args: &KeygenArgs) -> Result<(), Failure> {
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let (key, text) = PrivateKey::of(seed)?;
    boot::private_file(&args.file, text.expose_secret().as_bytes())?;
    println!("{}", key.public());
    eprintln!("the private key is in {}; name the public one in release.signers of the server", args.file.display());
    Ok(())
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (releases, signers) = args.place.open()?;
    let name = releases.named(&args.id)?;
    let release = releases.verified(&name)?;
    let key = key(&args.key)?;
    let statement = Statement {
        digest: release.digest.clone(),
        licence: args.licence.trim().to_owned(),
        live: Reach::parse(&args.live, &args.lang)?,
        name: args.name.trim().to_owned(),
        read: args.read.iter().cloned().collect::<BTreeMap<_, _>>(),
        state: args.state.trim().to_owned(),
        time: args.time.unwrap_or_else(Timestamp::now).round(Unit::Second)?,
    };
    statement.check()?;
    known(&release, &statement.live)?;
    for lang in statement.live.languages.iter().filter(|l| !statement.read.contains_key(l)) {
        eprintln!(
            "look: {lang} goes live, but nobody is named who has read the fixed texts in it (--read {lang}=NAME)"
        );
    }
    if signers.is_some_and(|s| !s.contains(&key.public())) {
        eprintln!("look: {} is not among release.signers of that configuration", key.public());
    }
    let path = releases.sign(&name, &key, statement)?;
    println!("{} written", path.display());
    let signed = releases.verified(&name)?;
    signed.signatures.iter().for_each(|s| println!("  {}", show::told(s)));
    Ok(())
}

/// A topic without a page would look as if something went live.
fn known(release: &Release, live: &Reach) -> Result<(), Failure> {
    let texts = Pharmacy::load(&release.texts(), None)?;
    let lost = live.named().find(|id| !texts.has_page(id));
    lost.map_or(Ok(()), |id| Err(format!("--live names {id}, but release {} has no such page", release.name).into()))
}

fn key(path: &Path) -> Result<PrivateKey, Failure> {
    let named = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(|e| named(&e))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(named(&format!(
                "others can read this key; run `chmod 600 {}`, or make another",
                path.display()
            ))
            .into());
        }
    }
    let text: SecretString = std::fs::read_to_string(path).map_err(|e| named(&e))?.into();
    Ok(PrivateKey::parse(&text).map_err(|e| named(&e))?)
}
