//! XML as programs keep settings in: elements, attributes and short texts with their places. Declarations of document
//! types are refused, so no entity but the five of the standard ever stands for something.

use std::collections::BTreeMap;

use roxmltree::{Document, Error, NodeType, ParsingOptions, TextPos};
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::source::{ByteRange, Spanned};

/// Most nodes of one file.
const MAX_NODES: u32 = 200_000;

/// How many elements around one are looked at.
const MAX_AROUND: usize = 64;

/// An XML file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Xml {
    /// Its elements in document order; the first is the root.
    pub elements: Vec<XmlElement>,
    /// Comments with their markers.
    pub comments: Vec<ByteRange>,
    /// Why nothing was read; a file that is not well formed has no elements.
    pub problems: Vec<Problem>,
}

/// An element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct XmlElement {
    /// Its name without prefix.
    pub name: String,
    /// The element around it, by its position in [`Xml::elements`].
    pub parent: Option<u32>,
    /// Its attributes, names without prefix; the range is that of the value without quotes.
    pub attributes: Vec<(String, Spanned<String>)>,
    /// The text directly in it, trimmed; empty when there is none.
    pub text: String,
    /// The start tag up to its last attribute, `<` included.
    pub tag: ByteRange,
    /// The whole element.
    pub range: ByteRange,
}

impl XmlElement {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Spanned<String>> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

impl Xml {
    /// The element at `at`, and those around it from the inside out; not more than [`MAX_AROUND`].
    pub fn around(&self, at: usize) -> impl Iterator<Item = (usize, &XmlElement)> {
        let mut next = Some(at);
        std::iter::from_fn(move || {
            let at = next?;
            let element = self.elements.get(at)?;
            // Parents come first; a tree read back from elsewhere may not keep to it.
            next = element.parent.map(|p| p as usize).filter(|p| *p < at);
            Some((at, element))
        })
        .take(MAX_AROUND)
    }

    /// The elements directly in the one at `at`.
    pub fn children(&self, at: usize) -> impl Iterator<Item = (usize, &XmlElement)> {
        let end = self.elements.get(at).map_or(0, |e| e.range.end);
        let behind = self.elements.iter().enumerate().skip(at + 1);
        behind
            .take_while(move |(_, e)| e.range.start < end)
            .filter(move |(_, e)| e.parent.is_some_and(|p| p as usize == at))
    }
}

/// Reads the file; ranges are byte offsets into `text`.
pub fn parse_xml(text: &str) -> Xml {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(Error::DtdDetected) => {
            let at = text.find("<!DOCTYPE").unwrap_or(0);
            let problem =
                Problem::new("a document type is declared, and such files are not read", ByteRange::at(at));
            return Xml { problems: vec![problem], ..Xml::default() };
        }
        Err(error) => {
            let problem =
                Problem::new("this is no well-formed XML", ByteRange::at(offset(text, error.pos())));
            return Xml { problems: vec![problem], ..Xml::default() };
        }
    };
    let mut file = Xml::default();
    let mut positions: BTreeMap<usize, u32> = BTreeMap::new();
    for node in document.descendants() {
        let range = ByteRange::new(node.range().start, node.range().end);
        match node.node_type() {
            NodeType::Comment => file.comments.push(range),
            NodeType::Element => {
                let Ok(at) = u32::try_from(file.elements.len()) else { break };
                positions.insert(node.id().get_usize(), at);
                let mut end = range.start as usize + 1 + node.tag_name().name().len();
                let mut attributes = Vec::new();
                for attribute in node.attributes() {
                    let place = attribute.range_value();
                    end = end.max(attribute.range().end);
                    let value =
                        Spanned::new(attribute.value().to_owned(), ByteRange::new(place.start, place.end));
                    attributes.push((attribute.name().to_owned(), value));
                }
                file.elements.push(XmlElement {
                    name: node.tag_name().name().to_owned(),
                    parent: node.parent_element().and_then(|p| positions.get(&p.id().get_usize()).copied()),
                    attributes,
                    text: node.text().map_or("", str::trim).to_owned(),
                    tag: ByteRange::new(range.start as usize, end.min(range.end as usize)),
                    range,
                });
            }
            NodeType::Root | NodeType::Text | NodeType::PI => {}
        }
    }
    file
}

/// The byte offset of a position that counts lines and characters from one.
fn offset(text: &str, position: TextPos) -> usize {
    let mut start = 0;
    for (row, line) in text.split_inclusive('\n').enumerate() {
        if row + 1 == position.row as usize {
            let column = (position.col as usize).saturating_sub(1);
            return start + line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        }
        start += line.len();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::parse_xml;

    #[test]
    fn elements_and_their_places() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<!-- Ü -->\n<configuration>\n  <appender name=\"F\" class='a.File'>\n    \
                    <file>é.log</file>\n  </appender>\n</configuration>\n";
        let file = parse_xml(text);
        assert!(file.problems.is_empty());
        let names: Vec<&str> = file.elements.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["configuration", "appender", "file"]);
        let appender = &file.elements[1];
        assert_eq!(appender.tag.slice(text), "<appender name=\"F\" class='a.File'");
        assert_eq!(appender.attribute("class").map(|v| v.range.slice(text)), Some("a.File"));
        assert_eq!(file.elements[2].text, "é.log");
        assert_eq!(file.children(1).count(), 1);
        assert_eq!(file.around(2).map(|(at, _)| at).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(file.comments.first().map(|c| c.slice(text)), Some("<!-- Ü -->"));
    }

    #[test]
    fn document_types_and_broken_files_are_problems() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;\">]>\n<a>&z;</a>";
        for text in [bomb, "<a><b></a>", "", "<a>\n<b", "no xml", "<a>&x;</a>"] {
            let file = parse_xml(text);
            assert!(file.elements.is_empty(), "{text}");
            assert_eq!(file.problems.len(), 1, "{text}");
            assert!(file.problems.iter().all(|p| p.range.end as usize <= text.len()), "{text}");
        }
    }

    #[test]
    fn deep_files_are_read_without_a_deep_stack() {
        let depth = 60_000;
        let text = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert_eq!(parse_xml(&text).elements.len(), depth);
        let unclosed = "<a>".repeat(depth);
        assert_eq!(parse_xml(&unclosed).problems.len(), 1);
    }
}
