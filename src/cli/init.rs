//! `apothecary init`: a folder with a pharmacy of one's own in it, made of the templates in `init/`, of the words for states that ship
//! with the product and of its guards. What the files mean is said in them; what is still missing, `doctor` says.

use super::Failure;
use crate::boot;
use crate::engine;
use crate::policy::GuardPolicy;
use crate::store::Store;
use jiff::Timestamp;
use rand::RngCore;
use rust_embed::RustEmbed;
use std::path::{Path, PathBuf};

/// What a pharmacy writes anew.
#[derive(RustEmbed)]
#[folder = "src/cli/init"]
struct Templates;

/// What stands for the pharmacy's name in the templates.
pub(super) const EXAMPLE: &str = "Example Pharmacy";
/// What stands for it in the words for states.
pub(super) const SAMPLE: &str = "Fernleaf Pharmacy";

/// What a pharmacy begins with as it is: words for states, steps of an order's card, names of medicines.
const SHIPPED: [(&str, &str); 3] = [
    ("states.toml", include_str!("../../index/states.toml")),
    ("steps.toml", include_str!("../../index/steps.toml")),
    ("drugs.toml", include_str!("../../index/drugs.toml")),
];

/// The secret that signs customers' tokens.
const KEY: &str = "site.key";

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The folder holds all that a server needs: settings, a secret made for you, example pages and numbers, an example of an order \
                  export, the guards, an empty store. Nothing is asked over the network. It begins in suggest mode: a pharmacist sends every \
                  answer.\n\nExamples:\n  apothecary init ../my-pharmacy\n  apothecary init ../my-pharmacy --name \"Harbor Street Pharmacy\""
)]
pub struct Args {
    /// The folder, new or empty
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The pharmacy's name, as customers read it
    #[arg(long, value_name = "NAME", default_value = EXAMPLE, value_parser = name)]
    name: String,
    /// The product's guard policy folder, which is copied
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
}

/// A name that stands in a quoted text of any file as it is.
fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        return Err("write one line without quotes and backslashes".into());
    }
    Ok(text.to_owned())
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    vacant(&args.dir)?;
    // Looked at before anything is written: a folder that is half made would be refused the next time.
    GuardPolicy::load(&args.guardrails)?;
    guards(&args.guardrails, &args.dir.join("guardrails"))?;
    written(&args.dir, &args.name, Timestamp::now())?;
    boot::private_file(&args.dir.join(KEY), secret().as_bytes())?;
    let data = args.dir.join("data");
    boot::private_dir(&data)?;
    Store::open(&data.join("apothecary.db")).await?.close().await;
    println!("{}", next(&args.dir));
    Ok(())
}

/// Nothing of anybody's is overwritten.
fn vacant(dir: &Path) -> Result<(), Failure> {
    let there = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => false,
        Err(e) => return Err(format!("{}: {e}; name a folder that is new or empty", dir.display()).into()),
    };
    if there {
        return Err(format!("{} is not empty; name a new folder, nothing is overwritten", dir.display()).into());
    }
    Ok(())
}

/// The files that a server reads, without what they were trained from and without the embeddings of the sample pharmacy's pages.
fn guards(from: &Path, to: &Path) -> Result<(), Failure> {
    let files = engine::served(from).map_err(|e| format!("{e}; pass --guardrails DIR"))?;
    files.iter().try_for_each(|(name, content)| put(&to.join(name), content))
}

fn put(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let done = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, content));
    Ok(done.map_err(|e| format!("cannot write {}: {e}", path.display()))?)
}

/// The templates with the name and the day filled in. Those under `guardrails/` take the place of the product's.
fn written(dir: &Path, name: &str, now: Timestamp) -> Result<(), Failure> {
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let now = now.round(jiff::Unit::Second)?.to_string();
    for file in Templates::iter() {
        let template = Templates::get(&file).ok_or_else(|| format!("the build lacks its template {file}"))?;
        let text = std::str::from_utf8(&template.data)?;
        let text = text
            .replace(EXAMPLE, name)
            .replace("\"TODAY\"", &format!("\"{day}\""))
            .replace("\"NOW\"", &format!("\"{now}\""));
        put(&dir.join(&*file), text.as_bytes())?;
    }
    for (file, text) in SHIPPED {
        put(&dir.join("index").join(file), text.replace(SAMPLE, name).as_bytes())?;
    }
    Ok(())
}

/// 256 bits; no line break behind them, since whoever signs takes the file as it is.
fn secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

fn next(dir: &Path) -> String {
    format!(
        "{dir} holds a pharmacy whose words and numbers are examples; README.md in it says what to change. Next:\n\n  \
         cd {dir}\n  \
         apothecary policy lint                       after each change in index/\n  \
         apothecary ingest orders.ndjson              your order export, in the form of orders.example.ndjson\n  \
         apothecary staff add rosa --name \"Rosa Delgado\" --role pharmacist\n  \
         apothecary doctor --config pharmacy.toml     what is still missing, and what mends it\n  \
         apothecary serve --config pharmacy.toml\n\n\
         It answers nothing by itself: a pharmacist sends every answer until guardrails/modes.toml lets a topic go.",
        dir = dir.display()
    )
}
