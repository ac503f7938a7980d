use std::str;

/// What is kept. Found out from the content; what the sender says is only a hint.
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
    /// A document of an office suite: docx, xlsx, pptx and their like.
    Office,
    /// A document of an office suite in the open format: odt, ods, odp.
    OpenDocument,
    /// Text without markup: logs, outputs.
    Text,
}

/// Brands of pictures in an ISO media file.
const HEIC_BRANDS: [&[u8]; 8] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
];

impl Kind {
    const ALL: [Self; 8] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Heic,
        Self::Pdf,
        Self::Office,
        Self::OpenDocument,
        Self::Text,
    ];

    /// What these bytes are; `None` for everything else, HTML, SVG and other markup among it.
    #[must_use]
    pub fn of(content: &[u8]) -> Option<Self> {
        let mut sniffer = Sniffer::default();
        sniffer.take(content);
        sniffer.kind()
    }

    /// What a file is that begins like this and is not text.
    fn of_beginning(content: &[u8]) -> Option<Self> {
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
        if content.starts_with(b"PK\x03\x04") {
            return Self::of_archive(content);
        }
        None
    }

    /// Office documents are ZIP archives; the name of the first file in it tells them from other archives.
    fn of_archive(content: &[u8]) -> Option<Self> {
        let length = match content.get(26..28)? {
            [low, high] => usize::from(u16::from_le_bytes([*low, *high])),
            _ => return None,
        };
        let name = content.get(30..30 + length)?;
        if name == b"mimetype" {
            let from = 30 + length;
            let media = content.get(from..from + OPEN_DOCUMENT.len())?;
            return (media == OPEN_DOCUMENT).then_some(Self::OpenDocument);
        }
        let office = [
            &b"[Content_Types].xml"[..],
            b"_rels/.rels",
            b"docProps/",
            b"word/",
            b"xl/",
            b"ppt/",
        ];
        office
            .iter()
            .any(|start| name.starts_with(start))
            .then_some(Self::Office)
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
            Self::Office => "application/vnd.openxmlformats-officedocument",
            Self::OpenDocument => "application/vnd.oasis.opendocument",
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
        self.endings().first().copied().unwrap_or_default()
    }

    /// Endings that files of this kind have, the plainest first.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
            Self::Heic => &["heic", "heif"],
            Self::Pdf => &["pdf"],
            Self::Office => &["docx", "xlsx", "pptx", "dotx", "xltx", "potx", "vsdx"],
            Self::OpenDocument => &["odt", "ods", "odp", "odg"],
            Self::Text => &[
                "txt", "log", "csv", "tsv", "md", "json", "yaml", "yml", "toml", "ini", "conf", "cfg",
                "patch", "diff",
            ],
        }
    }

    /// What people call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Heic => "picture",
            Self::Pdf => "PDF",
            Self::Office | Self::OpenDocument => "office document",
            Self::Text => "text",
        }
    }

    /// What is kept here, as a sentence.
    pub const KEPT: &'static str = "Kept are JPEG, PNG, WebP and HEIC pictures, PDF, office documents (docx, xlsx, \
        pptx, odt, ods, odp) and plain text.";

    /// A browser can show it without running anything.
    #[must_use]
    pub fn is_safe_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }

    /// It may be shown in the page on request: safe pictures, and text as nothing but text.
    #[must_use]
    pub fn can_be_shown(self) -> bool {
        self.is_safe_picture() || self == Self::Text
    }
}

/// Begins the content of the first file in an open document.
const OPEN_DOCUMENT: &[u8] = b"application/vnd.oasis.opendocument.";

/// How many of the first bytes tell what is not text.
const BEGINNING: usize = 256;

/// Finds out what a file is while it is read piece by piece.
#[derive(Debug, Clone)]
pub struct Sniffer {
    beginning: Vec<u8>,
    /// The last bytes, if a character goes on in the next piece.
    cut: Vec<u8>,
    text: bool,
    /// The first character that is not space.
    first: Option<char>,
}

impl Default for Sniffer {
    fn default() -> Self {
        Self {
            beginning: Vec::new(),
            cut: Vec::new(),
            text: true,
            first: None,
        }
    }
}

impl Sniffer {
    /// The next piece.
    pub fn take(&mut self, piece: &[u8]) {
        let room = BEGINNING.saturating_sub(self.beginning.len());
        self.beginning.extend(piece.iter().take(room));
        if !self.text {
            return;
        }
        let joined;
        let mut rest = if self.cut.is_empty() {
            piece
        } else {
            joined = [self.cut.as_slice(), piece].concat();
            &joined
        };
        let cut = match str::from_utf8(rest) {
            Ok(_) => &[],
            Err(error) => {
                let (whole, cut) = rest.split_at(error.valid_up_to());
                rest = whole;
                // Not the beginning of a character, or more than one can be.
                self.text = error.error_len().is_none();
                cut
            }
        };
        let cut = cut.to_vec();
        let text = str::from_utf8(rest).unwrap_or_default();
        self.text &= !text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}'));
        if self.first.is_none() {
            self.first = text.chars().find(|c| !c.is_whitespace() && *c != '\u{feff}');
        }
        self.cut = cut;
    }

    /// What it was; `None` for what is not kept here, HTML, SVG and other markup among it: text that begins with
    /// `<`, after whatever browsers skip.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        if let Some(kind) = Kind::of_beginning(&self.beginning) {
            return Some(kind);
        }
        let plain = self.text && self.cut.is_empty() && self.first.is_some_and(|first| first != '<');
        plain.then_some(Kind::Text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn archive(first: &str, content: &str) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend([0; 12]);
        bytes.extend(u16::try_from(first.len()).unwrap().to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(first.bytes().chain(content.bytes()));
        bytes
    }

    #[test]
    fn office_documents_are_told_from_other_archives() {
        let office = [
            archive("[Content_Types].xml", "<Types/>"),
            archive("word/document.xml", ""),
        ];
        for content in office {
            assert_eq!(Kind::of(&content), Some(Kind::Office));
        }
        let open = archive("mimetype", "application/vnd.oasis.opendocument.textPK");
        assert_eq!(Kind::of(&open), Some(Kind::OpenDocument));
        for other in [
            archive("index.html", "<script>"),
            archive("mimetype", "text/html"),
            archive("META-INF/MANIFEST.MF", ""),
            archive("", ""),
        ] {
            assert_eq!(Kind::of(&other), None);
        }
        for kind in [Kind::Office, Kind::OpenDocument] {
            assert_eq!(Kind::from_media(kind.media()), Some(kind));
            assert!(!kind.can_be_shown());
        }
    }

    proptest! {
        #[test]
        fn pieces_say_the_same_as_the_whole(text in "\\PC{0,40}|[<é \u{feff}a\n\0\u{10348}]{0,20}", cut in 1_usize..9) {
            let mut sniffer = Sniffer::default();
            for piece in text.as_bytes().chunks(cut) {
                sniffer.take(piece);
            }
            prop_assert_eq!(sniffer.kind(), Kind::of(text.as_bytes()));
            // A piece that ends within a character is not the end of a text.
            if let Some(half) = text.len().checked_sub(1).and_then(|end| text.as_bytes().get(..end)) {
                prop_assert!(str::from_utf8(half).is_ok() || Kind::of(half).is_none());
            }
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
