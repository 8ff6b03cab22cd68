//! The inventory for people at a terminal: two lines for each variable.

use super::{Entry, Inventory, Line, need};
use crate::world::variables::Requirement;

/// Places that are listed before the rest is counted.
const LISTED: usize = 3;

/// The inventory as text, lines broken at `width` columns where they can be.
pub fn render(inventory: &Inventory, width: usize) -> String {
    let mut text = String::new();
    let (read, unread) = inventory.parted();
    for entry in &read {
        text.push_str(&head(entry));
        push_fields(&mut text, &fields(entry), width);
    }
    if !unread.is_empty() {
        if !read.is_empty() {
            text.push('\n');
        }
        text.push_str("Declared, and read by no code that was seen:\n");
        for entry in unread {
            let note = if entry.secret { " (secret)" } else { "" };
            text.push_str(&format!("  {}{note}", entry.name));
            push_fields(&mut text, &[declared(entry)], width);
        }
    }
    if !inventory.open.is_empty() {
        text.push_str("\nRead without their names being spelled out:\n");
        for open in &inventory.open {
            let names = open.prefix.as_ref().map_or("any name".to_owned(), |p| format!("{p}*"));
            text.push_str(&format!("  {names}  {}\n", open.place));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&summary(inventory));
    text
}

fn head(entry: &Entry) -> String {
    let mut notes = vec![need(entry)];
    if entry.secret {
        notes.push("secret".into());
    }
    let mut services: Vec<&str> = entry.reads.iter().flat_map(|r| &r.services).map(String::as_str).collect();
    services.sort_unstable();
    services.dedup();
    if let [only] = services.as_slice() {
        notes.push(format!("of {only}"));
    }
    format!("{}  {}", entry.name, notes.join(", "))
}

fn fields(entry: &Entry) -> Vec<String> {
    let reads: Vec<Line> = entry.reads.iter().map(|r| r.place.clone()).collect();
    let mut fields = Vec::new();
    if !reads.is_empty() {
        fields.push(format!("read {}", places(&reads)));
    }
    fields.push(declared(entry));
    if !entry.documented.is_empty() {
        fields.push(format!("documented {}", places(&entry.documented)));
    }
    fields
}

fn declared(entry: &Entry) -> String {
    if entry.declared.is_empty() {
        return "declared nowhere".into();
    }
    let lines: Vec<Line> = entry.declared.iter().map(|d| d.place.clone()).collect();
    format!("declared {}", places(&lines))
}

fn places(lines: &[Line]) -> String {
    let mut distinct: Vec<&Line> = Vec::new();
    for line in lines {
        if !distinct.contains(&line) {
            distinct.push(line);
        }
    }
    let shown: Vec<String> = distinct.iter().take(LISTED).map(ToString::to_string).collect();
    let more = distinct.len().saturating_sub(LISTED);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// The fields on one indented line if they fit, else each on its own.
fn push_fields(text: &mut String, fields: &[String], width: usize) {
    let joined = fields.join("; ");
    text.push('\n');
    if joined.chars().count() + 4 <= width {
        text.push_str(&format!("    {joined}\n"));
    } else {
        fields.iter().for_each(|field| text.push_str(&format!("    {field}\n")));
    }
}

/// How many there are, in words.
pub fn summary(inventory: &Inventory) -> String {
    let read = inventory.parted().0.len();
    if read == 0 {
        return "No read of an environment variable was found.\n".into();
    }
    let plural = |n: usize| if n == 1 { "variable" } else { "variables" };
    let mut text = format!(
        "{read} {} read: {} required, {} required in some cases, {} with a default, {} optional",
        plural(read),
        inventory.count(Requirement::Required),
        inventory.count(Requirement::Conditional),
        inventory.count(Requirement::Default),
        inventory.count(Requirement::Optional)
            + inventory.variables.iter().filter(|v| v.by_prefix.is_some()).count(),
    );
    match inventory.undeclared().count() {
        0 => {}
        1 => text.push_str("; 1 required one is declared and documented nowhere"),
        n => text.push_str(&format!("; {n} required ones are declared and documented nowhere")),
    }
    if inventory.gaps > 0 {
        let files = if inventory.gaps == 1 { "part of the tree" } else { "parts of the tree" };
        text.push_str(&format!("; {} {files} could not be read", inventory.gaps));
    }
    text.push_str(".\n");
    text
}
