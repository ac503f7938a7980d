use std::io::BufRead;

/// Largest object, in bytes; NetBox keeps configuration contexts in them.
const MAX_ELEMENT: usize = 8 << 20;
/// Deepest nesting of an object.
const MAX_DEPTH: usize = 100;

/// The elements of one JSON array of objects, each as its own text, with bounded memory.
///
/// It knows only strings, brackets and commas; whether an element is valid JSON is found out by who parses it.
pub(super) struct Elements<R> {
    input: R,
    line: u64,
    index: u64,
    state: State,
    element: Vec<u8>,
}

#[derive(PartialEq)]
enum State {
    Start,
    /// Behind the opening bracket.
    First,
    /// Behind an element.
    Between,
    /// Behind a comma.
    Comma,
    Closed,
    End,
}

pub(super) enum Element<'a> {
    Text(&'a str),
    /// It cannot be taken; the next one perhaps can.
    Bad(String),
    /// Nothing further can be read.
    Broken(String),
}

impl<R: BufRead> Elements<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            line: 1,
            index: 0,
            state: State::Start,
            element: Vec::new(),
        }
    }

    /// The next element: its index counted from 0, the line it begins in, and its text.
    pub(super) fn next(&mut self) -> Option<(u64, u64, Element<'_>)> {
        if self.state == State::End {
            return None;
        }
        let outcome = self.advance();
        let index = self.index;
        match outcome {
            Ok(None) => {
                self.state = State::End;
                None
            }
            Ok(Some((line, bad))) => {
                self.index += 1;
                let element = match (bad, std::str::from_utf8(&self.element)) {
                    (Some(reason), _) => Element::Bad(reason),
                    (None, Ok(text)) => Element::Text(text),
                    (None, Err(_)) => Element::Bad("the object is not UTF-8".into()),
                };
                Some((index, line, element))
            }
            Err(reason) => {
                self.state = State::End;
                Some((index, self.line, Element::Broken(reason)))
            }
        }
    }

    fn advance(&mut self) -> Result<Option<(u64, Option<String>)>, String> {
        loop {
            let Some(byte) = self.peek()? else {
                return match self.state {
                    State::Closed => Ok(None),
                    State::Start => Err("the file holds no JSON array".into()),
                    _ => Err(format!(
                        "the file ends after {} objects, before the array is closed; it is cut off",
                        self.index
                    )),
                };
            };
            if byte == b'{' && matches!(self.state, State::First | State::Comma) {
                let line = self.line;
                let bad = self.object()?;
                self.state = State::Between;
                return Ok(Some((line, bad)));
            }
            self.step(byte)?;
            self.input.consume(1);
        }
    }

    /// One byte outside the elements.
    fn step(&mut self, byte: u8) -> Result<(), String> {
        self.state = match (byte, &self.state) {
            (b'\n', _) => {
                self.line += 1;
                return Ok(());
            }
            // The second to fourth are the byte order mark, which only the start of a file may have.
            (b' ' | b'\t' | b'\r', _) | (0xef | 0xbb | 0xbf, State::Start) => return Ok(()),
            (b'[', State::Start) => State::First,
            (b',', State::Between) => State::Comma,
            (b']', State::First | State::Between) => State::Closed,
            (_, State::Closed) => return Err("there is more behind the end of the array".into()),
            _ => {
                let found = char::from(byte).escape_default();
                let wanted = match self.state {
                    State::Start => "`[`",
                    State::Between => "`,` or `]`",
                    _ => "an object in braces",
                };
                return Err(format!("expected {wanted} and found `{found}`"));
            }
        };
        Ok(())
    }

    /// Collects one object up to its closing brace; tells if it is too large or too deep to be taken.
    fn object(&mut self) -> Result<Option<String>, String> {
        self.element.clear();
        let start = self.line;
        let mut size = 0_usize;
        let (mut depth, mut deepest) = (0_usize, 0_usize);
        let (mut in_string, mut escaped) = (false, false);
        loop {
            if self.peek()?.is_none() {
                return Err(format!(
                    "the file ends in the middle of the object that begins in line {start}; it is cut off"
                ));
            }
            let chunk = self.input.fill_buf().map_err(|error| broken(&error))?;
            let mut end = None;
            for (at, &byte) in chunk.iter().enumerate() {
                if byte == b'\n' {
                    self.line += 1;
                }
                if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => {}
                    }
                    continue;
                }
                match byte {
                    b'"' => in_string = true,
                    b'{' | b'[' => {
                        depth += 1;
                        deepest = deepest.max(depth);
                    }
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            end = Some(at + 1);
                            break;
                        }
                    }
                    _ => {}
                }
            }
            let used = end.unwrap_or(chunk.len());
            size += used;
            if size <= MAX_ELEMENT {
                self.element.extend_from_slice(&chunk[..used]);
            }
            self.input.consume(used);
            if end.is_some() {
                return Ok(if size > MAX_ELEMENT {
                    Some(format!(
                        "the object has {size} bytes, at most {MAX_ELEMENT} are allowed"
                    ))
                } else if deepest > MAX_DEPTH {
                    Some(format!(
                        "the object is nested {deepest} levels deep, at most {MAX_DEPTH} are allowed"
                    ))
                } else {
                    None
                });
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, String> {
        loop {
            match self.input.fill_buf() {
                Ok(chunk) => return Ok(chunk.first().copied()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        }
    }
}

fn broken(error: &std::io::Error) -> String {
    format!("the file cannot be read further: {error}")
}
