//! `apothecary chat`: the sample pharmacy in the terminal.

use super::Failure;
use super::ask::{Terminal, Who};
use std::io::{BufRead, Write};

pub(super) async fn run(who: Who) -> Result<(), Failure> {
    let mut terminal = Terminal::open(&who).await?;
    println!("Automated assistant of a sample pharmacy; not a person, not a pharmacist. An empty line ends the chat.");
    let mut lines = std::io::stdin().lock().lines();
    loop {
        print!("> ");
        std::io::stdout().flush()?;
        let Some(line) = lines.next().transpose()?.filter(|l| !l.trim().is_empty()) else { break };
        let said = terminal.say(&line).await?;
        if said.messages.is_empty() {
            println!("(a person has this chat)");
        }
        said.messages.iter().for_each(|m| println!("\n{}\n", m.text()));
    }
    terminal.close();
    Ok(())
}
