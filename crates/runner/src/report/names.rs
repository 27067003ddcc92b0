//! Names on a page: as they are, or as numbers.

use std::collections::BTreeMap;

/// Names of images or patients, and what stands for them on the page.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// The number of each name, from 1; empty if names are shown.
    numbers: BTreeMap<String, usize>,
    noun: &'static str,
}

impl Names {
    /// Shows the names as they are.
    pub(super) fn open() -> Self {
        Self::default()
    }

    /// Shows `NOUN 1`, `NOUN 2` in the order of the names.
    pub(super) fn hidden<'a>(noun: &'static str, names: impl Iterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        sorted.dedup();
        let numbers = sorted.into_iter().enumerate();
        Self {
            numbers: numbers
                .map(|(index, name)| (name.to_string(), index + 1))
                .collect(),
            noun,
        }
    }

    /// What the page shows.
    pub(super) fn of(&self, name: &str) -> String {
        if self.noun.is_empty() {
            return name.to_string();
        }
        match self.numbers.get(name) {
            Some(number) => format!("{} {number}", self.noun),
            None => format!("another {}", self.noun),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_are_numbers() {
        let names = Names::hidden("image", ["b", "a", "b"].into_iter());
        assert_eq!(names.of("b"), "image 2");
        assert_eq!(names.of("x"), "another image");
        assert_eq!(Names::open().of("x"), "x");
    }
}
