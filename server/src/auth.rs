//! Who is asking. Everything here happens at the border; inside, an [`domain::access::Actor`] is passed on.

pub mod caller;
pub mod origin;
pub mod password;
pub mod proxy;
pub mod secret;
pub mod session;
pub mod throttle;
pub mod token;
