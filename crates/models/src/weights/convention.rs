//! Ways of naming the tensors of a network.

/// One way of naming the tensors of a network, or of its encoder alone.
#[derive(Debug)]
pub(crate) struct Convention {
    /// Whose names these are.
    pub(crate) what: &'static str,
    /// The name of the parameter or running statistic at a dotted path within the network; none for what such a file lacks.
    pub(crate) name: fn(&str) -> Option<String>,
    /// How the names begin that such files have and the network needs not.
    pub(crate) superfluous: &'static [&'static str],
}
