//! Names of classes, which appear in every table and figure.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::DataError;

/// Maximum length of a name in characters.
const MAX_LENGTH: usize = 100;

/// Checks that names are readable and distinct.
pub(super) fn check(root: &Path, names: &[String]) -> Result<(), DataError> {
    let mut seen = BTreeSet::new();
    let wrong = names
        .iter()
        .find_map(|name| match name.trim().chars().count() {
            0 => Some("one without letters".to_string()),
            letters if letters > MAX_LENGTH => Some(format!("one of {letters} letters")),
            _ => (!seen.insert(name.trim())).then(|| format!("two called '{}'", name.trim())),
        });
    match wrong {
        None => Ok(()),
        Some(found) => Err(DataError::new(
            root,
            format!("classes whose names differ and have 1 to {MAX_LENGTH} letters"),
            found,
            "name the classes in data.classes of the recipe, or in dataset.json",
        )),
    }
}
