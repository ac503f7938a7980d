//! The address of whoever asks, where proxies stand between. Each proxy appends the address it was asked from
//! to `X-Forwarded-For`, so the list is read from its end, and only as far as its writers are trusted: what
//! stands before the first stranger, the stranger may have made up.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// An address, or a range of them written as `address/prefix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    first: IpAddr,
    /// How many leading bits are the same for all.
    prefix: u8,
}

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let same = |ours: u128, theirs: u128, bits: u8| {
            // A shift by all bits is no shift at all to the processor, hence `checked`.
            let differing = u32::from(bits - self.prefix);
            ours.checked_shr(differing) == theirs.checked_shr(differing)
        };
        match (self.first, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same(u128::from(ours.to_bits()), u128::from(theirs.to_bits()), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => same(ours.to_bits(), theirs.to_bits(), 128),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let wrong = || "give an address or a network, such as 10.0.0.5 or 10.0.0.0/24".to_owned();
        let first: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = if first.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(prefix) => prefix.parse().map_err(|_| wrong())?,
        };
        if prefix > bits {
            return Err(format!("a prefix is at most {bits} here"));
        }
        Ok(Self { first, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// The proxies whose word about addresses counts; none by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<Network>);

impl TrustedProxies {
    /// The address of whoever asks: the peer of the connection, or if that is a trusted proxy the nearest
    /// address it and those before it were asked from that is none.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lists = headers.get_all(FORWARDED_FOR).iter().rev();
        let entries = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
        for entry in entries {
            if !self.0.iter().any(|network| network.contains(client)) {
                break;
            }
            // A proxy that does not say whom it asks for is the last thing that is known.
            let Some(address) = address(entry.trim()) else {
                break;
            };
            client = address.to_canonical();
        }
        client
    }
}

/// `10.0.0.1`, `2001:db8::1`, and either with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse().ok().map(|address: SocketAddr| address.ip());
    entry.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn proxies(list: &[&str]) -> TrustedProxies {
        TrustedProxies(list.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn client(trusted: &TrustedProxies, peer: &str, forwarded: &[&'static str]) -> String {
        let header = |text| (FORWARDED_FOR.parse().unwrap(), HeaderValue::from_static(text));
        let mut headers = HeaderMap::new();
        for (name, value) in forwarded.iter().copied().map(header) {
            headers.append::<axum::http::HeaderName>(name, value);
        }
        trusted.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted = proxies(&["127.0.0.1"]);
        assert_eq!(client(&trusted, "127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&trusted, "198.51.100.7", &["203.0.113.9"]), "198.51.100.7");
        let nobody = TrustedProxies::default();
        assert_eq!(client(&nobody, "127.0.0.1", &["203.0.113.9"]), "127.0.0.1");
    }

    #[test]
    fn what_a_client_made_up_itself_is_not_read() {
        let trusted = proxies(&["10.0.0.0/8"]);
        let chain = ["1.1.1.1, 203.0.113.9, 10.2.2.2"];
        assert_eq!(client(&trusted, "10.1.1.1", &chain), "203.0.113.9");
        // The same list in several headers.
        let parts = ["1.1.1.1", "203.0.113.9", "10.2.2.2"];
        assert_eq!(client(&trusted, "10.1.1.1", &parts), "203.0.113.9");
        // All of them proxies: the farthest.
        assert_eq!(client(&trusted, "10.1.1.1", &["10.3.3.3, 10.2.2.2"]), "10.3.3.3");
    }

    #[test]
    fn a_proxy_that_says_nothing_readable_counts_itself() {
        let trusted = proxies(&["10.0.0.0/8"]);
        for said in ["", "unknown", "1.1.1.1, nonsense", "1.1.1.1,"] {
            assert_eq!(client(&trusted, "10.1.1.1", &[said]), "10.1.1.1", "{said}");
        }
        assert_eq!(client(&trusted, "10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn ports_and_both_families_are_read() {
        let trusted = proxies(&["2001:db8::/32", "10.0.0.1"]);
        assert_eq!(
            client(&trusted, "2001:db8::5", &["[2001:db9::1]:443"]),
            "2001:db9::1"
        );
        assert_eq!(
            client(&trusted, "::ffff:10.0.0.1", &["192.0.2.1:5000"]),
            "192.0.2.1"
        );
        assert_eq!(client(&trusted, "2001:db9::5", &["192.0.2.1"]), "2001:db9::5");
    }

    #[test]
    fn networks_have_borders() {
        let inside = |network: &str, address: &str| {
            network
                .parse::<Network>()
                .unwrap()
                .contains(address.parse().unwrap())
        };
        assert!(inside("10.0.0.0/24", "10.0.0.255") && !inside("10.0.0.0/24", "10.0.1.0"));
        assert!(inside("0.0.0.0/0", "203.0.113.9") && !inside("0.0.0.0/0", "::1"));
        assert!(inside("::/0", "2001:db8::1") && !inside("10.0.0.5", "10.0.0.4"));
        for wrong in [
            "",
            "proxy",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "10.0.0.0/",
            "10.0.0",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        assert_eq!("10.0.0.5".parse::<Network>().unwrap().to_string(), "10.0.0.5/32");
    }
}
