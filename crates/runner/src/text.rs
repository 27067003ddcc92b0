//! Formats text for people; prints nothing.

pub(crate) mod escaping;
pub(crate) mod shell;
pub(crate) mod some_of;
pub(crate) mod time;
