//! Texts for people, without anything that prints them.

pub(crate) mod shell;
