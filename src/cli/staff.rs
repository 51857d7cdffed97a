//! `apothecary staff`: who may sign in to the console by password and one-time code, on the store of a data folder. A running server
//! sees each change with the next request. What the acts mean is in `app::Accounts`.

use super::Failure;
use super::webhook_table::{moment, table};
use crate::app::{Accounts, AppError};
use crate::credentials::totp;
use crate::domain::roles::{ROLES, Role};
use crate::store::accounts::AccountRow;
use jiff::Timestamp;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::json;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Arguments of `staff`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Passwords are made here and printed once; their owners change them at the first sign-in, so nobody else knows the one in use.\n\nExamples:\n  apothecary staff add rosa --name \"Rosa Delgado\" --role pharmacist\n  apothecary staff --dir my-data list\n  apothecary staff password rosa     (forgotten)\n  apothecary staff totp rosa         (a new phone)\n  apothecary staff disable rosa      (ends open sessions at once)\n  apothecary staff unlock rosa       (after too many tries)"
)]
pub struct Args {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data", global = true)]
    dir: PathBuf,
    /// Name of the account in the authenticator app, beside the login
    #[arg(long, value_name = "NAME", default_value = "apothecary", global = true)]
    issuer: String,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Show the accounts and how they are doing
    List,
    /// Add an account; prints a first password and the key of the one-time codes, this once
    #[command(after_help = "Example:\n  apothecary staff add rosa --name \"Rosa Delgado\" --role pharmacist")]
    Add {
        /// What they type to sign in
        login: String,
        /// What customers see
        #[arg(long)]
        name: String,
        /// technician, pharmacist, lead, privacy, auditor or engineer
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// Make a new first password and print it, this once; ends the open sessions
    Password {
        /// The account
        login: String,
    },
    /// Make a new key of the one-time codes and print it, this once; ends the open sessions
    Totp {
        /// The account
        login: String,
    },
    /// Let nobody sign in with an account; ends the open sessions
    Disable {
        /// The account
        login: String,
    },
    /// Take `disable` back
    Enable {
        /// The account
        login: String,
    },
    /// End a lock after too many failed sign-ins
    Unlock {
        /// The account
        login: String,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::of(word).ok_or_else(|| format!("must be one of {}", ROLES.map(Role::code).join(", ")))
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let store = super::store(&args.dir).await?;
    let by = json!({ "staff": null, "role": "operator" });
    let accounts = Accounts { store: &store, now: Timestamp::now(), by };
    act(&accounts, args.act, &args.issuer).await.map_err(|e| match e {
        AppError::NotFound => "there is no such account; see `apothecary staff list`".into(),
        other => other.into(),
    })
}

async fn act(accounts: &Accounts<'_>, act: Act, issuer: &str) -> Result<(), AppError> {
    match act {
        Act::List => println!("{}", listed(&accounts.list().await?, accounts.now)),
        Act::Add { login, name, role } => {
            let made = accounts.add(&login, &name, role).await?;
            println!("{name} ({}) may sign in at /console as {}.", role.code(), accounts.one(&login).await?.login);
            password(&made.password);
            codes(issuer, &login, &made.totp);
        }
        Act::Password { login } => {
            password(&accounts.reset_password(&login).await?);
            println!("The open sessions of {login} have ended.");
        }
        Act::Totp { login } => {
            codes(issuer, &login, &accounts.reset_totp(&login).await?);
            println!("The open sessions of {login} have ended; the old key is worth nothing.");
        }
        Act::Disable { login } => {
            accounts.disable(&login).await?;
            println!("{login} cannot sign in; the open sessions have ended.");
        }
        Act::Enable { login } => {
            accounts.enable(&login).await?;
            println!("{login} can sign in again.");
        }
        Act::Unlock { login } => {
            accounts.unlock(&login).await?;
            println!("{login} is not locked any more.");
        }
    }
    Ok(())
}

fn password(first: &SecretString) {
    println!("First password, shown this once, to be changed at the first sign-in: {}", first.expose_secret());
}

/// The key as a link, and in a terminal as a QR code, which an authenticator app reads.
fn codes(issuer: &str, login: &str, secret: &SecretSlice<u8>) {
    let uri = totp::uri(issuer, &login.trim().to_lowercase(), secret);
    println!("Key of the one-time codes, shown this once: {}", uri.expose_secret());
    if !std::io::stdout().is_terminal() {
        return;
    }
    // Light on dark, for most terminals are dark and a scanner wants dark modules on light ground.
    if let Ok(code) = QrCode::new(uri.expose_secret()) {
        let picture = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        println!("{picture}");
    }
}

fn listed(all: &[AccountRow], now: Timestamp) -> String {
    if all.is_empty() {
        return "no accounts; add one: apothecary staff add LOGIN --name NAME --role ROLE".into();
    }
    let mut table = table(&["login", "name", "role", "state", "failed", "last sign-in", "created"]);
    for a in all {
        table.add_row([
            a.login.clone(),
            a.name.clone(),
            a.role.clone(),
            state(a, now),
            a.failed.to_string(),
            a.signed_in.map_or_else(|| "never".into(), moment),
            moment(a.created),
        ]);
    }
    table.to_string()
}

fn state(account: &AccountRow, now: Timestamp) -> String {
    let mut words = Vec::new();
    words.extend(account.disabled.map(|since| format!("disabled since {}", moment(since))));
    words.extend(
        account.locked_until.filter(|until| *until > now).map(|until| format!("locked until {}", moment(until))),
    );
    words.extend(account.must_change.then(|| "first password".to_owned()));
    if words.is_empty() { "ok".into() } else { words.join("; ") }
}
