//! Decisions of a reader that its user should know about.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// A remark, and the files that it applies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Text to follow the files' names and a colon.
    pub text: String,
    /// The files, sorted by name.
    pub files: Vec<PathBuf>,
}

impl Remark {
    /// Merges equal remarks on several files.
    pub fn gather(found: impl IntoIterator<Item = (PathBuf, String)>) -> Vec<Self> {
        let mut by_text: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for (file, text) in found {
            by_text.entry(text).or_default().push(file);
        }
        let gathered = by_text.into_iter().map(|(text, mut files)| {
            files.sort();
            files.dedup();
            Self { text, files }
        });
        gathered.collect()
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(first) = self.files.first() {
            write!(out, "{}", first.display())?;
        }
        match self.files.len() {
            0 | 1 => {}
            count => write!(out, " and {} more", count - 1)?,
        }
        write!(out, ": {}", self.text)
    }
}
