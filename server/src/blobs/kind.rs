use std::str;

/// What is kept here. Found out from the content; what the sender says is only a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A photo as browsers make it smaller.
    Jpeg,
    /// A screenshot.
    Png,
    /// Another picture of the web.
    Webp,
    /// A photo as tablets take it.
    Heic,
    /// A document.
    Pdf,
    /// Text without markup: logs, outputs.
    Text,
}

/// Brands of pictures in an ISO media file.
const HEIC_BRANDS: [&[u8]; 8] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
];

impl Kind {
    const ALL: [Self; 6] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Heic,
        Self::Pdf,
        Self::Text,
    ];

    /// What these bytes are; `None` for everything else, HTML, SVG and other markup among it.
    #[must_use]
    pub fn of(content: &[u8]) -> Option<Self> {
        let at = |from: usize, to: usize| content.get(from..to).unwrap_or_default();
        if content.starts_with(&[0xff, 0xd8, 0xff]) {
            return Some(Self::Jpeg);
        }
        if content.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if content.starts_with(b"RIFF") && at(8, 12) == b"WEBP" {
            return Some(Self::Webp);
        }
        if at(4, 8) == b"ftyp" && HEIC_BRANDS.contains(&at(8, 12)) {
            return Some(Self::Heic);
        }
        if content.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        is_plain_text(content).then_some(Self::Text)
    }

    /// The content type it is served with.
    #[must_use]
    pub fn media(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// Reads [`Kind::media`]; the parameters of the type do not matter.
    #[must_use]
    pub fn from_media(media: &str) -> Option<Self> {
        let essence = |media: &str| {
            let essence = media.split(';').next().unwrap_or_default();
            essence.trim().to_ascii_lowercase()
        };
        let wanted = essence(media);
        Self::ALL.into_iter().find(|kind| essence(kind.media()) == wanted)
    }

    /// The ending of a file of this kind.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Heic => "heic",
            Self::Pdf => "pdf",
            Self::Text => "txt",
        }
    }

    /// A browser can show it without running anything.
    #[must_use]
    pub fn is_safe_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }
}

/// UTF-8 without control characters, and nothing that a browser might take for markup: that begins with `<`, after
/// whatever browsers skip.
fn is_plain_text(content: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(content) else {
        return false;
    };
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    let first = text.trim_start_matches('\u{feff}').trim_start();
    !first.is_empty() && !first.starts_with('<') && !text.contains(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_it_is() {
        let known: [(&[u8], Kind); 6] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Kind::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Kind::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Kind::Webp),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1", Kind::Heic),
            (b"%PDF-1.7\n", Kind::Pdf),
            ("grün\n$ systemctl status\n".as_bytes(), Kind::Text),
        ];
        for (content, kind) in known {
            assert_eq!(Kind::of(content), Some(kind));
            assert_eq!(Kind::from_media(kind.media()), Some(kind));
        }
    }

    #[test]
    fn what_a_browser_might_run_is_nothing() {
        let unwelcome: [&[u8]; 12] = [
            b"",
            b" \n",
            b"<!doctype html><script>alert(1)</script>",
            b"\n  <HTML>",
            b"\xef\xbb\xbf<script>1</script>",
            b"\xef\xbb\xbf\n<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>",
            b"<?xml version='1.0'?><svg/>",
            b"<!-- x --><html>",
            b"GIF89a\x01\0",
            b"\x7fELF\x02",
            b"PK\x03\x04\0\0",
            b"\0\0\0\x18ftypmp42",
        ];
        for content in unwelcome {
            assert_eq!(Kind::of(content), None, "{:?}", String::from_utf8_lossy(content));
        }
        for media in ["text/html", "image/svg+xml", "application/octet-stream", ""] {
            assert_eq!(Kind::from_media(media), None, "{media}");
        }
    }
}
