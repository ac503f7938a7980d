use serde::{Deserialize, Serialize};

/// Where a release is in its workflow: one axis. Whether it is held, done or cancelled is [`Disposition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Being written.
    Draft,
    /// Submitted; waits for the go-ahead.
    Authorisation,
    /// Being carried out.
    Execution,
    /// Being tested.
    Test,
    /// Being accepted by its users.
    Acceptance,
    /// Being closed by the requester.
    Closure,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Authorisation,
        Self::Execution,
        Self::Test,
        Self::Acceptance,
        Self::Closure,
    ];

    /// The word in JSON, URLs and on the page.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Authorisation => "authorisation",
            Self::Execution => "execution",
            Self::Test => "test",
            Self::Acceptance => "acceptance",
            Self::Closure => "closure",
        }
    }

    /// Reads the word of [`Stage::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// Whether a release is being worked on; independent of its [`Stage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Being worked on.
    Active,
    /// Put on hold with a reason.
    OnHold,
    /// Done.
    Concluded,
    /// Given up.
    Cancelled,
}

impl Disposition {
    /// The word in JSON, URLs and (with a space) on the page.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::OnHold => "on_hold",
            Self::Concluded => "concluded",
            Self::Cancelled => "cancelled",
        }
    }
}
