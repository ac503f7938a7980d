//! Where messages may go. Whoever may make a webhook must not thereby reach what only this machine can: the addresses
//! behind its firewall, its own services, the metadata service of its cloud.
//!
//! The name in an address says nothing; what counts is the address it stands for at the moment of connecting. So it is
//! looked up once, each answer is checked, and the connection goes to exactly these ([`super::send`]).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::auth::proxy::Network;

/// Longest address of a receiver.
const MAX_URL: usize = 2_000;
/// Ports of web servers. Others are spoken to by protocols that a request could be mistaken for (mail, Redis).
const TLS_PORTS: [u16; 2] = [443, 8443];
const PLAIN_PORTS: [u16; 2] = [80, 8080];

/// The rules of this installation.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// Networks that are not refused, with any port.
    pub allow: Vec<Network>,
    /// Not only over TLS.
    pub plain_http: bool,
}

/// The address of a receiver that may be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The whole address.
    pub url: Url,
    /// The name or literal address in it.
    pub host: String,
    /// The address, where it is literal.
    pub literal: Option<IpAddr>,
    /// Its port.
    pub port: u16,
}

impl Guard {
    /// Reads the address of a receiver. Names are not looked up here; literal addresses are checked.
    ///
    /// # Errors
    /// What is wrong and what would be right.
    pub fn receiver(&self, text: &str) -> Result<Receiver, String> {
        if text.len() > MAX_URL {
            return Err(format!("at most {MAX_URL} characters are allowed"));
        }
        let url = Url::parse(text)
            .map_err(|error| format!("is not an address such as https://example.com/hook: {error}"))?;
        match (url.scheme(), self.plain_http) {
            ("https", _) | ("http", true) => {}
            ("http", false) => {
                return Err(
                    "must be https: over http everybody on the way reads what is sent. \
                     Whoever runs this server can allow it with --webhook-http"
                        .into(),
                );
            }
            _ => return Err("must begin with https://".into()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user or password; receivers check the signature".into());
        }
        if url.fragment().is_some() {
            return Err("must not hold a `#` part; it is never sent".into());
        }
        let (host, literal) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), None),
            Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
            None => return Err("names no machine".into()),
        };
        let port = url
            .port_or_known_default()
            .ok_or_else(|| "names no port".to_owned())?;
        let receiver = Receiver {
            url,
            host,
            literal,
            port,
        };
        if let Some(address) = literal {
            self.admit(&receiver, address)?;
        } else if self.allow.is_empty() {
            // Where some networks are allowed, the port is checked once the address is known.
            check_port(&receiver)?;
        }
        Ok(receiver)
    }

    /// May a message to `receiver` go to this address?
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, receiver: &Receiver, address: IpAddr) -> Result<(), String> {
        let canonical = address.to_canonical();
        if self.allow.iter().any(|network| network.contains(canonical)) {
            return Ok(());
        }
        if let Some(what) = forbidden(address) {
            return Err(format!(
                "{} is {address}, {what}, where nothing is sent. If the receiver really is there, whoever runs this \
                 server can allow its network with --webhook-allow",
                receiver.host
            ));
        }
        check_port(receiver)
    }
}

fn check_port(receiver: &Receiver) -> Result<(), String> {
    let port = receiver.port;
    let known = TLS_PORTS.contains(&port) || (receiver.url.scheme() == "http" && PLAIN_PORTS.contains(&port));
    if known {
        return Ok(());
    }
    Err(format!(
        "port {port} is not one of a web server (443, 8443{}); other ports are only used inside of networks allowed \
         with --webhook-allow",
        if receiver.url.scheme() == "http" {
            ", 80, 8080"
        } else {
            ""
        }
    ))
}

/// What an address is that nothing is sent to; `None` for one that anybody can reach.
#[must_use]
pub fn forbidden(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        [0, ..] => "an unspecified address",
        [127, ..] => "this machine itself",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "an address of a private network",
        [100, 64..=127, ..] => "an address inside of a provider's network",
        [169, 254, ..] => "a link-local address, as that of cloud metadata",
        // Azure's, on an address that looks public.
        [168, 63, 129, 16] => "a service of the cloud this machine may be in",
        [192, 0, 0, _] => "an address for protocols",
        [192, 88, 99, _] => "a relay to other networks",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "an address for documentation",
        [198, 18..=19, ..] => "an address for measurements",
        [224..=239, ..] => "a multicast address",
        [240..=255, ..] => "a reserved or broadcast address",
        _ => return None,
    })
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.to_ipv4_mapped().is_some() {
        return Some("an IPv4 address in disguise");
    }
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "an unspecified address",
        [0, 0, 0, 0, 0, 0, 0, 1] => "this machine itself",
        [0x64, 0xff9b, ..] => "an IPv4 address behind a translator",
        [0xfc00..=0xfdff, ..] => "an address of a private network",
        [0xfe80..=0xfeff, ..] => "a link-local or site-local address",
        [0xff00..=0xffff, ..] => "a multicast address",
        [0x2001, 0..=0x1ff, ..] => "an address for protocols or a tunnel",
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => "an address for documentation",
        [0x2002, ..] => "an IPv4 address behind a 6to4 relay",
        // All that is public so far.
        [0x2000..=0x3fff, ..] => return None,
        _ => "an address that is not public",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_machine_can_reach_is_refused_in_every_spelling() {
        let refused = [
            "0.0.0.0",
            "0.1.2.3",
            "127.0.0.1",
            "127.255.0.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "169.254.169.254",
            "168.63.129.16",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.1",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:0:a00:1::",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "5f00::1",
            "4000::1",
        ];
        for text in refused {
            assert!(forbidden(text.parse().unwrap()).is_some(), "{text}");
        }
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "169.253.1.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "168.63.129.17",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "2a00:1450::1",
            "2003::1",
        ];
        for text in public {
            assert_eq!(forbidden(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_read_strictly() {
        let strict = Guard::default();
        for good in [
            "https://example.com/hook?x=1",
            "https://example.com:8443/",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
        ] {
            assert!(strict.receiver(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://example.com/", "--webhook-http"),
            ("ftp://example.com/", "https"),
            ("https://user:secret@example.com/", "password"),
            ("https://user@example.com/", "user"),
            ("https://example.com/#part", "#"),
            ("https://example.com:22/", "port 22"),
            ("https://example.com:80/", "port 80"),
            ("https://127.0.0.1/", "this machine"),
            ("https://2130706433/", "this machine"),
            ("https://0x7f.1/", "this machine"),
            ("https://0177.0.0.1/", "this machine"),
            ("https://[::ffff:10.0.0.1]/", "disguise"),
            ("https://[::1]/", "this machine"),
            ("https://169.254.169.254/latest/meta-data", "link-local"),
            ("example.com", "address"),
            ("https://", "address"),
            ("", "address"),
        ] {
            let said = strict.receiver(bad).unwrap_err();
            assert!(said.contains(why), "{bad}: {said}");
        }
        assert!(
            strict
                .receiver(&format!("https://e.com/{}", "x".repeat(2_000)))
                .is_err()
        );
    }

    #[test]
    fn an_allowed_network_is_let_in_with_any_port_and_nothing_else_is() {
        let guard = Guard {
            allow: vec!["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()],
            plain_http: true,
        };
        for good in [
            "https://10.1.2.3:9999/",
            "http://[::ffff:10.1.2.3]/",
            "https://[fd00::5]:444/",
            "http://example.com:8080/",
        ] {
            assert!(guard.receiver(good).is_ok(), "{good}");
        }
        for bad in ["https://10.2.0.1/", "https://127.0.0.1/", "http://1.1.1.1:25/"] {
            assert!(guard.receiver(bad).is_err(), "{bad}");
        }
        // The port of a name counts once it is known where it leads.
        let named = guard.receiver("https://inside.example:9999/").unwrap();
        assert!(guard.admit(&named, "10.1.2.3".parse().unwrap()).is_ok());
        assert!(
            guard
                .admit(&named, "1.1.1.1".parse().unwrap())
                .unwrap_err()
                .contains("port 9999")
        );
    }
}
