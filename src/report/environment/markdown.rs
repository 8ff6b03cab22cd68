//! The inventory as Markdown: a table to put into a repository's documentation.

use super::{Entry, Inventory, Line, need, text::summary};

/// The inventory as Markdown.
pub fn render(inventory: &Inventory) -> String {
    let mut text = String::from("# Environment variables\n\n");
    text.push_str(&summary(inventory));
    let (read, unread) = inventory.parted();
    if !read.is_empty() {
        text.push_str("\n| name | need | secret | read | declared | documented |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for entry in read {
            let reads: Vec<Line> = entry.reads.iter().map(|r| r.place.clone()).collect();
            text.push_str(&format!(
                "| `{}` | {} | {} | {} | {} | {} |\n",
                cell(&entry.name),
                cell(&need(entry)),
                if entry.secret { "yes" } else { "" },
                places(&reads),
                declared(entry),
                places(&entry.documented),
            ));
        }
    }
    if !unread.is_empty() {
        text.push_str("\n## Declared, and read by no code that was seen\n\n");
        text.push_str("| name | secret | declared |\n| --- | --- | --- |\n");
        for entry in unread {
            let secret = if entry.secret { "yes" } else { "" };
            text.push_str(&format!("| `{}` | {secret} | {} |\n", cell(&entry.name), declared(entry)));
        }
    }
    if !inventory.open.is_empty() {
        text.push_str("\n## Read without their names being spelled out\n\n");
        for open in &inventory.open {
            let names = open.prefix.as_ref().map_or("any name".to_owned(), |p| format!("`{}*`", cell(p)));
            text.push_str(&format!("- {names}: {}\n", cell(&open.place.to_string())));
        }
    }
    text
}

fn declared(entry: &Entry) -> String {
    places(&entry.declared.iter().map(|d| d.place.clone()).collect::<Vec<_>>())
}

fn places(lines: &[Line]) -> String {
    let mut distinct: Vec<String> = Vec::new();
    for line in lines.iter().map(|l| cell(&l.to_string())) {
        if !distinct.contains(&line) {
            distinct.push(line);
        }
    }
    distinct.join("<br>")
}

/// Text that stays inside its cell, and is text there.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' => safe.push_str("\\|"),
            '<' => safe.push_str("&lt;"),
            '`' => safe.push('\''),
            c => safe.push(c),
        }
    }
    safe
}
