//! The decoders that more than one network uses.

pub(crate) mod gcascade;
