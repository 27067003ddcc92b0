//! Bars on a terminal while a command works, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

use std::io::IsTerminal;

/// Whether and how progress is shown, on stderr.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) bars: bool,
    pub(crate) lines: bool,
}

impl Progress {
    /// Shows nothing if `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            bars: !quiet && std::io::stderr().is_terminal(),
            lines: !quiet,
        }
    }

    /// A bar for `length` items of work.
    pub(crate) fn counting(self, what: &str, length: usize) -> ProgressBar {
        self.bar(
            length,
            &format!("{what:>10} {{wide_bar}} {{pos}}/{{len}} {{eta}}"),
        )
    }

    pub(crate) fn bar(self, length: usize, template: &str) -> ProgressBar {
        if !self.bars {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template(template).expect("the templates above are sound");
        ProgressBar::new(length as u64).with_style(style.progress_chars("━╸─"))
    }
}
