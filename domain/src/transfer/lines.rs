use std::io::BufRead;

/// Longest line, in bytes. Longer ones are passed over without being held in memory.
pub(super) const MAX_LINE: usize = 1 << 20;

/// The lines of a file, without their ends, with bounded memory.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
    line: Vec<u8>,
    ended: bool,
}

/// One line.
pub(super) enum Line<'a> {
    Text(&'a str),
    /// It cannot be taken; the next one perhaps can.
    Bad(String),
    /// Nothing further can be read.
    Broken(String),
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            line: Vec::new(),
            ended: false,
        }
    }

    /// The next line and its number, counted from 1.
    pub(super) fn next(&mut self) -> Option<(u64, Line<'_>)> {
        if self.ended {
            return None;
        }
        self.line.clear();
        self.number += 1;
        let length = match self.fill() {
            Ok(None) => return None,
            Ok(Some(length)) => length,
            Err(error) => {
                self.ended = true;
                let reason = format!("the file cannot be read further: {error}");
                return Some((self.number, Line::Broken(reason)));
            }
        };
        if length > MAX_LINE {
            let reason = format!("the line has {length} bytes, at most {MAX_LINE} are allowed");
            return Some((self.number, Line::Bad(reason)));
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        let line = match std::str::from_utf8(&self.line) {
            Ok(text) => Line::Text(text),
            Err(error) => Line::Bad(format!(
                "byte {} of the line is not UTF-8; save the file as UTF-8",
                error.valid_up_to() + 1
            )),
        };
        Some((self.number, line))
    }

    /// Reads up to the next line end, keeping at most [`MAX_LINE`] bytes; the length of the line, or `None`
    /// at the end of the file.
    fn fill(&mut self) -> std::io::Result<Option<usize>> {
        let mut length = 0;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                self.ended = true;
                return Ok((length > 0).then_some(length));
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            length += part.len();
            if length <= MAX_LINE {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                return Ok(Some(length));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    fn all(input: impl BufRead) -> Vec<(u64, Result<String, String>)> {
        let mut lines = Lines::new(input);
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next() {
            all.push((
                number,
                match line {
                    Line::Text(text) => Ok(text.to_owned()),
                    Line::Bad(reason) | Line::Broken(reason) => Err(reason),
                },
            ));
        }
        all
    }

    #[test]
    fn line_ends_byte_order_marks_and_a_missing_last_end() {
        let lines = all(&b"\xef\xbb\xbfa\r\n\nb"[..]);
        assert_eq!(
            lines,
            [(1, Ok("a".into())), (2, Ok(String::new())), (3, Ok("b".into()))]
        );
        assert!(all(&b""[..]).is_empty());
    }

    #[test]
    fn a_huge_line_is_one_problem_and_the_next_line_is_read() {
        let huge = BufReader::new(std::io::repeat(b'x').take(100_000_000)).chain(&b"\nnext\n\xff"[..]);
        let mut lines = Lines::new(huge);
        assert!(matches!(lines.next(), Some((1, Line::Bad(reason))) if reason.contains("100000000")));
        assert!(matches!(lines.next(), Some((2, Line::Text("next")))));
        assert!(matches!(lines.next(), Some((3, Line::Bad(_)))));
        assert!(lines.next().is_none());
        assert!(lines.line.capacity() <= 2 * MAX_LINE);
    }
}
