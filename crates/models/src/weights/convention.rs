//! Conventions for naming the tensors of a network.

/// A convention for naming the tensors of a network, or only of its encoder.
#[derive(Debug)]
pub(crate) struct Convention {
    /// Which files use these names.
    pub(crate) what: &'static str,
    /// The name of the parameter or running statistic at a dotted path within the network; `None` if such files lack it.
    pub(crate) name: fn(&str) -> Option<String>,
    /// Prefixes of names in such files that the network does not need.
    pub(crate) superfluous: &'static [&'static str],
}
