//! A mail as it travels: headers and plain text.

use chrono::{DateTime, Utc};
use domain::mail::Rendered;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::raw::Raw;

use super::settings::Sender;

/// A mail to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its `Message-ID`, without the angle brackets; the same in every attempt.
    pub message: String,
    /// Where it goes.
    pub address: String,
    /// Whose address that is.
    pub recipient: String,
    /// What it says.
    pub said: Rendered,
    /// When it became due.
    pub at: DateTime<Utc>,
}

impl Letter {
    /// The bytes of the message, lines ended by CR LF.
    ///
    /// # Errors
    /// Never, for bytes in memory.
    pub fn bytes(&self, from: &Sender) -> std::io::Result<Vec<u8>> {
        MessageBuilder::new()
            .from(Address::new_address(some(&from.name), from.address.as_str()))
            .to(Address::new_address(some(&self.recipient), self.address.as_str()))
            .subject(self.said.subject.as_str())
            .date(self.at.timestamp())
            .message_id(self.message.as_str())
            // Answers by machines, such as "I am away", would meet nobody (RFC 3834).
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .text_body(self.said.text.as_str())
            .write_to_vec()
    }
}

fn some(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str, text: &str) -> String {
        let letter = Letter {
            message: "msg_1@example.com".into(),
            address: "zoe@example.com".into(),
            recipient: "Zoë \"Z\" Müller".into(),
            said: Rendered {
                subject: subject.into(),
                text: text.into(),
            },
            at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        };
        let from = "slipway@example.com".parse().unwrap();
        String::from_utf8(letter.bytes(&from).unwrap()).unwrap()
    }

    #[test]
    fn it_is_seven_bit_in_short_lines_whatever_it_says() {
        let long = "ä".repeat(3_000);
        for (subject, text) in [
            ("plain", "one\ntwo\n.\n.three\n"),
            ("Zoë schöbt es auf", "Größe: 5 µm — fertig\n"),
            (long.as_str(), long.as_str()),
            ("x", &"y".repeat(5_000)),
        ] {
            let bytes = letter(subject, text);
            assert!(bytes.is_ascii(), "{bytes}");
            assert!(bytes.lines().all(|line| line.len() < 990), "{bytes}");
            assert!(!bytes.replace("\r\n", "").contains(['\r', '\n']), "{bytes:?}");
            let head = bytes.split("\r\n\r\n").next().unwrap();
            for header in [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "MIME-Version",
            ] {
                let starts = head
                    .split("\r\n")
                    .filter(|line| line.starts_with(&format!("{header}:")));
                assert_eq!(starts.count(), 1, "{header} in {head}");
            }
            assert!(head.contains("Message-ID: <msg_1@example.com>"), "{head}");
            assert!(head.contains("From: <slipway@example.com>"), "{head}");
        }
    }
}
