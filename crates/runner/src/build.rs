//! Which build of the program this is.

use std::fmt;

use serde::Serialize;

/// Version, and by line the commit, the target and the features: what `--version` prints after the name.
pub(crate) const DETAILS: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit ",
    env!("SELVEDGE_COMMIT"),
    env!("SELVEDGE_CHANGES"),
    "\ntarget ",
    env!("SELVEDGE_TARGET"),
    "\nfeatures ",
    env!("SELVEDGE_FEATURES"),
);

/// The build, for `environment.json` and for bug reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Build {
    /// Version of the program.
    pub(crate) version: &'static str,
    /// The commit that it was built from, or `unknown`.
    pub(crate) commit: &'static str,
    /// Whether its sources differ from those of the commit.
    pub(crate) modified: bool,
    /// The target's triple.
    pub(crate) target: &'static str,
    /// Cargo's features, separated by commas, or `none`.
    pub(crate) features: &'static str,
}

/// The build of this program.
pub(crate) const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("SELVEDGE_COMMIT"),
    modified: !env!("SELVEDGE_CHANGES").is_empty(),
    target: env!("SELVEDGE_TARGET"),
    features: env!("SELVEDGE_FEATURES"),
};

impl fmt::Display for Build {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = if self.modified { ", with changes" } else { "" };
        write!(
            formatter,
            "selvedge {}, commit {:.12}{changes}, {}, features: {}",
            self.version, self.commit, self.target, self.features
        )
    }
}
