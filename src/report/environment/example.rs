//! A `.env.example`: what to copy, fill in, and never commit.

use super::{Entry, Inventory};
use crate::world::variables::Requirement;

/// The sample: required variables first, then those that may be left out, each with where it is read. Secrets have
/// no value.
pub fn render(inventory: &Inventory) -> String {
    let wanted = |entry: &&Entry| {
        (entry.requirement.is_some() || entry.by_prefix.is_some())
            && entry.of_service
            && (!entry.standard || entry.name == "PORT")
    };
    let (required, rest): (Vec<&Entry>, Vec<&Entry>) = inventory
        .variables
        .iter()
        .filter(wanted)
        .partition(|entry| entry.requirement == Some(Requirement::Required));
    let mut text =
        String::from("# Copy this file to `.env`, fill it in, and keep `.env` out of version control.\n");
    for (title, entries) in [("Required", required), ("May be left out", rest)] {
        if entries.is_empty() {
            continue;
        }
        text.push_str(&format!("\n# --- {title} ---\n"));
        for entry in entries {
            push(&mut text, entry);
        }
    }
    text
}

fn push(text: &mut String, entry: &Entry) {
    let mut places: Vec<String> = entry.reads.iter().map(|r| r.place.to_string()).collect();
    places.dedup();
    let more = places.len().saturating_sub(3);
    places.truncate(3);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    match &entry.by_prefix {
        Some(prefix) => text.push_str(&format!("\n# Read by its prefix `{prefix}`.")),
        None => text.push_str(&format!("\n# Read in {}{more}.", places.join(", "))),
    }
    if entry.requirement == Some(Requirement::Conditional) {
        text.push_str(" Required in some cases.");
    }
    if entry.secret {
        text.push_str(" A secret: keep its value out of the repository.");
    }
    text.push('\n');
    let default = entry.default.as_deref().filter(|_| !entry.secret);
    match (entry.requirement, default) {
        (Some(Requirement::Required), _) => text.push_str(&format!("{}=\n", entry.name)),
        (_, Some(default)) => text.push_str(&format!("# {}={}\n", entry.name, quoted(default))),
        (_, None) => text.push_str(&format!("# {}=\n", entry.name)),
    }
}

/// The value in quotes where it needs them.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:@,+%=*".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('"', "\\\""))
}
