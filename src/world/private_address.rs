//! Addresses of private networks inside values.

use std::net::Ipv4Addr;
use std::ops::Range;

/// An address and its bytes in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateAddress {
    /// The address.
    pub address: Ipv4Addr,
    /// Its bytes.
    pub at: Range<usize>,
    /// A port or the scheme of a URL stands beside it: something is reached there.
    pub is_endpoint: bool,
}

/// The single address of a private network in `text`, as the host of a URL, `host:port`, or alone. A network
/// (`10.0.0.0/8`), or several addresses that are no list of endpoints, give none.
pub fn private_address(text: &str) -> Option<PrivateAddress> {
    let mut found: Option<PrivateAddress> = None;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(start) = rest.find(|c: char| c.is_ascii_digit()).map(|offset| at + offset) else { break };
        let length = text
            .get(start..)
            .unwrap_or_default()
            .bytes()
            .take_while(|b| b.is_ascii_digit() || *b == b'.')
            .count();
        at = start + length;
        let before = text.get(..start).and_then(|t| t.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || "-_.".contains(c)) {
            continue;
        }
        let Some(address) = text.get(start..at).and_then(|t| t.parse::<Ipv4Addr>().ok()) else { continue };
        let behind = text.get(at..).unwrap_or_default();
        let is_url =
            text.get(..start).is_some_and(|t| t.ends_with("//") || t.ends_with('@') || t.ends_with('('));
        let network = behind.starts_with('/') && !is_url || behind.starts_with('-');
        if !address.is_private() || network || behind.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        if found.is_some() {
            return found;
        }
        let port = behind.strip_prefix(':').is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
        found = Some(PrivateAddress { address, at: start..at, is_endpoint: is_url || port });
    }
    found
}

/// True when `address` lies in the network `subnet` (`172.20.0.0/24`), its router and the network itself left out.
pub fn is_host_of(address: Ipv4Addr, subnet: &str) -> bool {
    let Some((network, bits)) = subnet.split_once('/') else { return false };
    let (Ok(network), Ok(bits)) = (network.parse::<Ipv4Addr>(), bits.parse::<u32>()) else { return false };
    if bits == 0 || bits > 30 {
        return false;
    }
    let mask = u32::MAX << (32 - bits);
    let (address, network) = (u32::from(address), u32::from(network) & mask);
    address & mask == network && address > network + 1
}

#[cfg(test)]
mod tests {
    use super::{is_host_of, private_address};

    #[test]
    fn addresses_in_values() {
        let cases = [
            ("postgres://u:p@172.20.0.5:5432/db", Some(("172.20.0.5", true))),
            ("http://10.0.0.7/api", Some(("10.0.0.7", true))),
            ("192.168.1.9:6379", Some(("192.168.1.9", true))),
            ("10.0.0.7", Some(("10.0.0.7", false))),
            ("10.0.0.0/8", None),
            ("127.0.0.1:80", None),
            ("0.0.0.0", None),
            ("8.8.8.8", None),
            ("app-10.0.0.7", None),
            ("1.10.0.0.7", None),
            ("10.0.0.7.example.org", None),
        ];
        for (text, wanted) in cases {
            let found = private_address(text).map(|f| (f.address.to_string(), f.is_endpoint));
            assert_eq!(found, wanted.map(|(a, e)| (a.to_owned(), e)), "{text}");
        }
    }

    #[test]
    fn networks() {
        assert!("172.20.0.5".parse().is_ok_and(|a| is_host_of(a, "172.20.0.0/24")));
        assert!("172.20.0.1".parse().is_ok_and(|a| !is_host_of(a, "172.20.0.0/24")));
        assert!("172.21.0.5".parse().is_ok_and(|a| !is_host_of(a, "172.20.0.0/24")));
    }
}
