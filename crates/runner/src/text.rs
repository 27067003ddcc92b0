//! Texts for people, without anything that prints them.

pub(crate) mod escaping;
pub(crate) mod shell;
pub(crate) mod some_of;
pub(crate) mod time;
