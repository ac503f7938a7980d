//! What the connection is like, and when to try.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sync::store::StoreFault;

/// What is known of the connection to the server, in the words of the indicator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// Nothing was tried yet.
    #[default]
    Unknown,
    /// The server answered.
    Online {
        /// When last.
        contact: DateTime<Utc>,
    },
    /// It did not.
    Offline {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The session has ended; what is done goes on being kept. Signing in again goes on.
    LoginNeeded,
    /// This build of the app is too old to read from the server; what is queued is still taken.
    UpdateNeeded,
    /// The server is older than this build of the app; what is queued waits for it.
    ServerTooOld,
    /// Somebody else is signed in than whose store this is.
    WrongUser,
    /// Something that waiting does not cure.
    Blocked {
        /// What, and what to do, for people.
        why: String,
    },
}

/// Where sync stands, for the one indicator and the queue page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The connection.
    pub link: Link,
    /// Own ops without an outcome, unsaved ones among them.
    pub waiting: usize,
    /// Those of them that are only in the memory of this tab: being written, or the device has no room.
    pub unsaved: usize,
    /// A push is on its way.
    pub sending: bool,
    /// Own edits that met another one and are not decided yet.
    pub needs_you: usize,
    /// Refused gestures whose author has not dismissed them; one for a root and all that depended on it.
    pub refused: usize,
    /// Own edits that were merged with others and not dismissed.
    pub merged: usize,
    /// When the server last answered a pull: the age of everything shown.
    pub contact: Option<DateTime<Utc>>,
    /// Why the store of this device does not take anything.
    pub trouble: Option<StoreFault>,
}
