use std::fmt;

use domain::wire::problem::Problem;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why a server function did not do what was asked: the same problem details as everywhere over HTTP.
/// `status` 0 means the server was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub Problem);

impl ApiError {
    /// The server could not be reached, or its answer was not ours.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.0.status == 0
    }

    /// Nobody is signed in, or no longer.
    #[must_use]
    pub fn is_sign_in_needed(&self) -> bool {
        self.0.status == 401
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail.as_deref().unwrap_or(&self.0.title))
    }
}

impl std::error::Error for ApiError {}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        // What cannot be read is an argument in the server, and an answer in the browser.
        let in_server = cfg!(feature = "ssr");
        let (status, code, title) = match &error {
            ServerFnErrorErr::Request(_) => (0, "unreachable", "The server was not reached"),
            ServerFnErrorErr::Deserialization(_) if !in_server => {
                (0, "unreachable", "The answer was not the server's")
            }
            ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_) => {
                (422, "invalid_body", "The body does not have the expected shape")
            }
            ServerFnErrorErr::UnsupportedRequestMethod(_) => {
                (405, "method_not_allowed", "This method is not offered here")
            }
            _ => (500, "internal", "Something went wrong in the server"),
        };
        let detail = if status == 500 {
            "The server could not finish the request; it is in the server's log.".to_owned()
        } else {
            error.to_string()
        };
        Self(Problem::new(status, code, title, detail))
    }
}
