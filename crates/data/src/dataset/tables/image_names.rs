//! Matches the lines of a table to images by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::dataset::tables::table::Line;
use crate::error::DataError;
use crate::files::names::without_extension;
use crate::text::{FEW, few};

/// Maximum edit distance of a name that is suggested for an unknown one.
const MAX_DISTANCE: usize = 2;

/// The names of the existing images.
pub(crate) struct Names<'a>(BTreeSet<&'a str>);

impl<'a> Names<'a> {
    pub(crate) fn new(stems: impl Iterator<Item = &'a str>) -> Self {
        Self(stems.collect())
    }

    /// Assigns lines to images. Names with folders or extensions are accepted, which is noted.
    pub(crate) fn bind(
        &self,
        path: &Path,
        lines: Vec<Line>,
        mismatch: &mut Mismatch,
        notes: &mut Vec<String>,
    ) -> BTreeMap<&'a str, Vec<Line>> {
        let mut bound: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
        let mut unknown = Vec::new();
        let mut shortened = Vec::new();
        for line in lines {
            match self.meant(&line.image) {
                Some(stem) => {
                    if stem != line.image {
                        shortened.push(format!("'{}' as '{stem}'", line.image));
                    }
                    bound.entry(stem).or_default().push(line);
                }
                None => unknown.push(line),
            }
        }
        for (index, line) in unknown.into_iter().enumerate() {
            // Only these are listed by name.
            let close = (index < FEW).then(|| self.close_to(&line.image, &bound));
            let meant = close
                .flatten()
                .map(|close| format!("; is '{close}' meant?"));
            mismatch.without_image.push(format!(
                "'{}' (line {}{})",
                line.image,
                line.number,
                meant.unwrap_or_default()
            ));
        }
        if !shortened.is_empty() {
            notes.push(format!(
                "{}: names are read without folders and endings: {}",
                path.display(),
                few(&shortened)
            ));
        }
        bound
    }

    /// The image with this name: unchanged, without its folders, or without its extension.
    fn meant(&self, written: &str) -> Option<&'a str> {
        let name = written.rsplit(['/', '\\']).next().unwrap_or(written);
        [written, name, without_extension(name)]
            .into_iter()
            .find_map(|name| self.0.get(name))
            .copied()
    }

    /// An image without a line whose name differs in case, leading zeros or a few letters.
    fn close_to(&self, written: &str, bound: &BTreeMap<&str, Vec<Line>>) -> Option<&'a str> {
        let name = written.rsplit(['/', '\\']).next().unwrap_or(written);
        let name = without_extension(name).to_lowercase();
        let number = name.trim_start_matches('0');
        let open = self.0.iter().filter(|stem| !bound.contains_key(*stem));
        open.map(|stem| {
            let other = stem.to_lowercase();
            let distance = if other.trim_start_matches('0') == number {
                0
            } else {
                strsim::levenshtein(&other, &name)
            };
            (distance, *stem)
        })
        .min()
        .filter(|(distance, _)| *distance <= MAX_DISTANCE)
        .map(|(_, stem)| stem)
    }
}

/// Differences between a table and a folder.
#[derive(Default)]
pub(crate) struct Mismatch {
    /// Lines that name no image.
    pub(crate) without_image: Vec<String>,
    /// Images that no line names.
    pub(crate) without_line: Vec<String>,
    /// Images that several lines name.
    pub(crate) twice: Vec<String>,
}

impl Mismatch {
    /// Reports one problem, whatever the number of lines.
    pub(crate) fn report(self, path: &Path, problems: &mut Vec<DataError>) {
        let kinds = [
            ("no image for ", self.without_image),
            ("no line for ", self.without_line),
            ("more than one line for ", self.twice),
        ];
        let found: Vec<String> = kinds
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(kind, names)| kind.to_string() + &few(&names))
            .collect();
        if found.is_empty() {
            return;
        }
        problems.push(DataError::new(
            path,
            "one line for every image, and an image for every line",
            found.join("; "),
            "correct the names in the table; add missing lines (all but the image may be empty), and remove superfluous ones",
        ));
    }
}
