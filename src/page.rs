//! Rule pages: TOML front matter with the templates of titles, messages and help, then prose and examples.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::rules::{Finding, Rule};

/// The templates of one language. Holes are written `{name}` and filled from a finding's arguments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Templates {
    /// What the rule finds, as a heading.
    pub title: String,
    /// What is wrong here: no capital, no full stop.
    pub message: String,
    /// Why it matters, in one sentence.
    pub why: String,
    /// What to type.
    pub help: String,
    /// Messages of variants.
    #[serde(default)]
    pub messages: BTreeMap<String, String>,
    /// Help of variants; the main one where a variant has none.
    #[serde(default)]
    pub helps: BTreeMap<String, String>,
    /// Labels of related places.
    #[serde(default)]
    pub related: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    en: Templates,
    #[serde(default)]
    zh: Option<Templates>,
    #[serde(default)]
    autofix: Option<String>,
}

/// A rule's page.
#[derive(Clone, Debug)]
pub struct Page {
    /// English templates.
    pub en: Templates,
    /// Chinese templates.
    pub zh: Option<Templates>,
    /// The kind of fix: `safe`, `suggested` or `none`.
    pub autofix: String,
    /// Markdown behind the front matter.
    pub body: String,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// When the front matter is missing or is not as the schema says.
    pub fn parse(text: &str) -> Result<Page, String> {
        let rest = text.strip_prefix("+++\n").ok_or("the page does not begin with `+++`")?;
        let (front, body) = rest.split_once("\n+++\n").ok_or("the front matter is not closed by `+++`")?;
        let front: FrontMatter = toml::from_str(front).map_err(|error| error.to_string())?;
        Ok(Page {
            en: front.en,
            zh: front.zh,
            autofix: front.autofix.unwrap_or_else(|| "none".into()),
            body: body.to_owned(),
        })
    }

    /// The page of `rule`. A page that does not parse gives its error as message: a test keeps it from being shipped.
    pub fn of(rule: &Rule) -> Page {
        Page::parse(rule.page).unwrap_or_else(|error| Page {
            en: Templates {
                title: rule.name.into(),
                message: error,
                why: String::new(),
                help: String::new(),
                messages: BTreeMap::new(),
                helps: BTreeMap::new(),
                related: BTreeMap::new(),
            },
            zh: None,
            autofix: "none".into(),
            body: String::new(),
        })
    }
}

impl Templates {
    /// The message of a finding with its holes filled.
    pub fn message(&self, finding: &Finding) -> String {
        fill(self.messages.get(finding.variant).unwrap_or(&self.message), &finding.arguments)
    }

    /// The help of a finding with its holes filled.
    pub fn help(&self, finding: &Finding) -> String {
        fill(self.helps.get(finding.variant).unwrap_or(&self.help), &finding.arguments)
    }

    /// The label of a related place.
    pub fn related(&self, label: &str, finding: &Finding) -> String {
        fill(self.related.get(label).map_or(label, String::as_str), &finding.arguments)
    }

    /// All templates, each with where it stands.
    pub fn all(&self) -> Vec<(String, &str)> {
        let mut all = vec![
            ("message".to_owned(), self.message.as_str()),
            ("why".to_owned(), self.why.as_str()),
            ("help".to_owned(), self.help.as_str()),
        ];
        let groups = [("messages", &self.messages), ("helps", &self.helps), ("related", &self.related)];
        for (group, map) in groups {
            all.extend(map.iter().map(|(key, text)| (format!("{group}.{key}"), text.as_str())));
        }
        all
    }
}

/// `template` with each `{name}` replaced; holes without an argument stay, and a test looks for them.
pub fn fill(template: &str, arguments: &BTreeMap<&'static str, String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        match arguments.get(name) {
            Some(value) => {
                text.push_str(value);
                rest = behind;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// A repository written in a page: the fences under one `###` heading.
#[derive(Clone, Debug, Default)]
pub struct Example {
    /// The heading.
    pub title: String,
    /// Its files.
    pub files: Vec<ExampleFile>,
}

/// A file of an example.
#[derive(Clone, Debug)]
pub struct ExampleFile {
    /// Path below the root.
    pub path: String,
    /// Content.
    pub text: String,
    /// 1-based lines on which the rule must report, in order.
    pub violates: Vec<usize>,
    /// The levels of these findings in the same order, one for all of them, or none when the example does not say.
    pub levels: Vec<String>,
    /// 1-based lines on which a factor must find evidence, in order.
    pub keeps: Vec<usize>,
    /// Version control does not know it.
    pub untracked: bool,
    /// The example's tree is under no version control at all.
    pub unversioned: bool,
    /// It is a symbolic link to this path.
    pub link: Option<String>,
}

/// The examples of a page's body. A fence counts when its info string has `file=`.
pub fn examples(body: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut title = String::new();
    let mut open: Option<ExampleFile> = None;
    let mut fresh = true;
    for line in body.lines() {
        if let Some(file) = &mut open {
            if line.trim_end() == "```" {
                let file = open.take();
                if fresh || examples.is_empty() {
                    examples.push(Example { title: title.clone(), files: Vec::new() });
                    fresh = false;
                }
                if let (Some(file), Some(example)) = (file, examples.last_mut()) {
                    example.files.push(file);
                }
            } else {
                file.text.push_str(line);
                file.text.push('\n');
            }
        } else if let Some(heading) = line.strip_prefix("### ") {
            title = heading.trim().to_owned();
            fresh = true;
        } else if let Some(info) = line.strip_prefix("```") {
            open = example_file(info);
        }
    }
    examples
}

fn example_file(info: &str) -> Option<ExampleFile> {
    let mut file = None;
    let mut violates = Vec::new();
    let mut levels = Vec::new();
    let mut keeps = Vec::new();
    let mut untracked = false;
    let mut unversioned = false;
    let mut link = None;
    for word in info.split_whitespace() {
        if let Some(path) = word.strip_prefix("file=") {
            file = Some(path.to_owned());
        } else if let Some(lines) = word.strip_prefix("violates=") {
            violates = lines.split(',').filter_map(|n| n.parse().ok()).collect();
        } else if let Some(list) = word.strip_prefix("level=") {
            levels = list.split(',').map(str::to_owned).collect();
        } else if let Some(lines) = word.strip_prefix("keeps=") {
            keeps = lines.split(',').filter_map(|n| n.parse().ok()).collect();
        } else if let Some(target) = word.strip_prefix("link=") {
            link = Some(target.to_owned());
        } else if word == "untracked" {
            untracked = true;
        } else if word == "unversioned" {
            unversioned = true;
        }
    }
    Some(ExampleFile {
        path: file?,
        text: String::new(),
        violates,
        levels,
        keeps,
        untracked,
        unversioned,
        link,
    })
}
