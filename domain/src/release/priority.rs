use serde::{Deserialize, Serialize};

/// How strong: of impact, urgency and risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

impl Level {
    /// The words a field may hold.
    pub const WORDS: [&'static str; 3] = ["low", "medium", "high"];

    /// Reads one of [`Level::WORDS`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            _ => None,
        }
    }
}

/// 1 (highest) to 5.
pub type Priority = u8;

/// Priority from impact and urgency: the matrix S60. 5 until both are chosen.
#[must_use]
pub fn priority(impact: Option<Level>, urgency: Option<Level>) -> Priority {
    let (Some(impact), Some(urgency)) = (impact, urgency) else {
        return 5;
    };
    let weight = |level| match level {
        Level::High => 0,
        Level::Medium => 1,
        Level::Low => 2,
    };
    1 + weight(impact) + weight(urgency)
}

#[cfg(test)]
mod tests {
    use super::Level::{High, Low, Medium};
    use super::*;

    #[test]
    fn the_matrix_is_that_of_the_reference_system() {
        for (impact, urgency, expected) in [
            (High, High, 1),
            (High, Medium, 2),
            (Medium, High, 2),
            (High, Low, 3),
            (Medium, Medium, 3),
            (Low, High, 3),
            (Medium, Low, 4),
            (Low, Medium, 4),
            (Low, Low, 5),
        ] {
            assert_eq!(
                priority(Some(impact), Some(urgency)),
                expected,
                "{impact:?} x {urgency:?}"
            );
        }
        assert_eq!(priority(Some(High), None), 5);
    }
}
