//! The patient of an image: from a table, from the image's name by a pattern, or the image itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex_lite::Regex;

use crate::error::DataError;
use crate::options::DataOptions;
use crate::text::few;

/// The rule that assigns images to patients.
#[derive(Debug)]
pub(crate) struct Patients(Option<Regex>);

impl Patients {
    /// Uses the recipe's `data.patient_pattern`, or otherwise `usual`, the layout's own.
    pub(crate) fn new(
        root: &Path,
        options: &DataOptions,
        usual: Option<&str>,
    ) -> Result<Self, DataError> {
        let pattern = match (options.patient_pattern.as_str(), usual) {
            ("", None) => return Ok(Self(None)),
            ("", Some(usual)) => usual,
            (given, _) => given,
        };
        let wrong = |found: String| {
            DataError::new(
                root,
                "data.patient_pattern to be a regular expression with one group, the patient",
                found,
                "write it in single quotes, such as '^(P\\d+)_'; (?:…) is a group that does not count",
            )
        };
        let regex = Regex::new(pattern).map_err(|error| wrong(format!("{pattern:?}: {error}")))?;
        match regex.captures_len() - 1 {
            1 => Ok(Self(Some(regex))),
            groups => Err(wrong(format!("{pattern:?} with {groups} groups"))),
        }
    }

    /// Whether the names of images contain the patient.
    pub(crate) fn are_in_names(&self) -> bool {
        self.0.is_some()
    }

    /// The patient of an image: `named` if a table names one, otherwise by the pattern, otherwise `own_name`.
    pub(crate) fn patient_of(
        &self,
        stem: &str,
        image: &Path,
        named: &str,
        own_name: impl FnOnce() -> String,
        problems: &mut Vec<DataError>,
    ) -> String {
        if !named.is_empty() {
            return named.to_string();
        }
        let Some(regex) = &self.0 else {
            return own_name();
        };
        let found = regex
            .captures(stem)
            .and_then(|captures| captures.get(1))
            .map(|group| group.as_str())
            .filter(|patient| !patient.is_empty());
        found.map_or_else(
            || {
                problems.push(DataError::new(
                    image,
                    format!("a name that contains the patient, by the pattern {}", regex.as_str()),
                    format!("'{stem}'"),
                    "rename the file, correct data.patient_pattern, or name the patient in cases.csv",
                ));
                own_name()
            },
            str::to_string,
        )
    }
}

/// Checks that no two patients differ only in case and spaces: they are one patient in two spellings, and could end up in
/// two splits. The problem names `place`, where they were read.
pub(crate) fn one_spelling<'a>(
    place: &Path,
    patients: impl Iterator<Item = &'a str>,
) -> Option<DataError> {
    let mut spellings: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for patient in patients {
        let letters = patient.chars().filter(|letter| !letter.is_whitespace());
        let folded = letters.flat_map(char::to_lowercase).collect();
        spellings.entry(folded).or_default().insert(patient);
    }
    let several: Vec<String> = spellings
        .into_values()
        .filter(|written| written.len() > 1)
        .map(|written| {
            let written: Vec<String> = written.iter().map(|name| format!("'{name}'")).collect();
            written.join(" and ")
        })
        .collect();
    (!several.is_empty()).then(|| {
        DataError::new(
            place,
            "one spelling of each patient, since images of one patient stay in one split",
            few(&several),
            "spell each patient in one way; give different patients names that differ in more than case and spaces",
        )
    })
}
