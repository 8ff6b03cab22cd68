//! Places: relative URIs, regions, masked snippets.

use serde_sarif::sarif::{ArtifactContent, ArtifactLocation, Location, PhysicalLocation, Region};

use super::super::build::Sources;
use super::super::{Diagnostic, Place, snippet};
use super::message;

/// What every URI is relative to.
pub const BASE: &str = "%SRCROOT%";

/// Lines shown before and behind a place.
const CONTEXT: usize = 2;

/// Makes places.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The texts.
    pub sources: &'a Sources<'a>,
    /// Where findings without a place go.
    pub home: Option<&'a Place>,
}

impl Places<'_> {
    /// The place of a finding.
    pub fn primary(self, diagnostic: &Diagnostic) -> Option<Location> {
        let place = diagnostic.place.as_ref().or(self.home)?;
        Some(Location::builder().physical_location(self.physical(diagnostic, place)).build())
    }

    /// The further places of a finding, numbered from 1.
    pub fn related(self, diagnostic: &Diagnostic) -> Vec<Location> {
        let numbered = (1_i64..).zip(&diagnostic.related);
        let places = numbered.map(|(id, related)| {
            Location::builder()
                .id(id)
                .physical_location(self.physical(diagnostic, &related.place))
                .message(message(&super::sentence(&related.message)))
                .build()
        });
        places.collect()
    }

    /// A place without text.
    pub fn plain(self, place: &Place) -> Location {
        let physical =
            PhysicalLocation::builder().artifact_location(artifact(place)).region(self.region(place)).build();
        Location::builder().physical_location(physical).build()
    }

    fn physical(self, diagnostic: &Diagnostic, place: &Place) -> PhysicalLocation {
        let mut region = self.region(place);
        let quoted = place.range.filter(|range| !range.is_empty());
        let quoted = quoted.and_then(|range| snippet::of_range(diagnostic, self.sources, place.id, range));
        region.snippet = quoted.map(content);
        let mut physical =
            PhysicalLocation::builder().artifact_location(artifact(place)).region(region).build();
        physical.context_region = self.context(diagnostic, place);
        physical
    }

    /// The region of a place; that of a whole file is its first line.
    fn region(self, place: &Place) -> Region {
        let (mut end_line, mut end_column) = (place.end_line, place.end_column);
        if place.range.is_none()
            && let Some(text) = self.sources.text(place.id)
        {
            (end_line, end_column) = text.position(text.line_range(1).end);
        }
        Region::builder()
            .start_line(number(place.line))
            .start_column(number(place.column))
            .end_line(number(end_line))
            .end_column(number(end_column))
            .build()
    }

    /// The lines around a place; none when there are no more of them than the place has itself.
    fn context(self, diagnostic: &Diagnostic, place: &Place) -> Option<Region> {
        let range = place.range?;
        let text = self.sources.text(place.id)?;
        let last = match text.line_count() {
            several if several > 1 && text.line_range(several).is_empty() => several - 1,
            count => count,
        };
        let first = place.line.saturating_sub(CONTEXT).max(1);
        let last = (text.position(range.end).0 + CONTEXT).min(last);
        if first >= place.line && last <= place.end_line {
            return None;
        }
        let quoted = snippet::of_lines(diagnostic, self.sources, place.id, first..last + 1)?;
        let region = Region::builder().start_line(number(first)).end_line(number(last));
        Some(region.snippet(content(quoted)).build())
    }
}

fn content(text: String) -> ArtifactContent {
    ArtifactContent::builder().text(text).build()
}

fn artifact(place: &Place) -> ArtifactLocation {
    ArtifactLocation::builder().uri(uri(&place.file)).uri_base_id(BASE).build()
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A relative path as a URI reference: all that RFC 3986 does not allow in a segment is percent-encoded, and the colon,
/// because one in the first segment would end a scheme.
pub fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(char::from(byte)),
            _ if b"/-._~!$&'()*+,;=@".contains(&byte) => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_relative_references() {
        assert_eq!(uri("src/main.rs"), "src/main.rs");
        assert_eq!(uri("../a b/[id]#1?.ts"), "../a%20b/%5Bid%5D%231%3F.ts");
        assert_eq!(uri("c:x/100%/中\\n"), "c%3Ax/100%25/%E4%B8%AD%5Cn");
        assert_eq!(uri("@scope/a+b=c"), "@scope/a+b=c");
    }
}
