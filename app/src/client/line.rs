//! Is the server there? What the outcome of a request says about that depends on when it was sent: an answer that was
//! under way when the network went is no sign that it is back, and a silence from before says nothing once it is.

/// What is known of the line to the server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    lost: bool,
    /// How often it was lost or came back.
    turns: u64,
}

/// When a request was sent, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent(u64);

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nobody answers any more.
    Lost,
    /// The server answers again.
    Back,
}

impl Line {
    /// What a request that is sent now has to remember.
    #[must_use]
    pub fn sent(self) -> Sent {
        Sent(self.turns)
    }

    /// Takes note of an answer, or of its absence. What was sent before the last turn is no news.
    pub fn hear(&mut self, answered: bool, sent: Sent) -> Option<Turn> {
        if sent != self.sent() || answered != self.lost {
            return None;
        }
        self.lost = !answered;
        self.turns += 1;
        Some(if self.lost { Turn::Lost } else { Turn::Back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_under_way_when_the_network_went_is_no_contact() {
        let mut line = Line::default();
        let (slow, failing) = (line.sent(), line.sent());
        assert_eq!(line.hear(false, failing), Some(Turn::Lost));
        assert_eq!(line.hear(true, slow), None, "sent before the loss");
        let asked_since = line.sent();
        assert_eq!(line.hear(true, asked_since), Some(Turn::Back));
    }

    #[test]
    fn a_silence_from_before_the_return_is_no_loss() {
        let mut line = Line::default();
        assert_eq!(line.hear(true, line.sent()), None, "it is there, as before");
        line.hear(false, line.sent());
        let (hanging, answered) = (line.sent(), line.sent());
        assert_eq!(line.hear(false, line.sent()), None, "still lost");
        assert_eq!(line.hear(true, answered), Some(Turn::Back));
        assert_eq!(line.hear(false, hanging), None);
        assert_eq!(line.hear(false, line.sent()), Some(Turn::Lost));
    }
}
