//! Merges the same problem of many files into one.

use crate::error::DataError;
use crate::text::few;

/// Maximum number of equal problems that are reported separately.
const MAX_SEPARATE: usize = 3;

/// The problems of files; of more than a few equal ones, the first is reported and the others are counted.
pub(super) fn gather(problems: Vec<DataError>) -> Vec<DataError> {
    let mut kinds: Vec<Vec<DataError>> = Vec::new();
    for problem in problems {
        let alike = |kind: &&mut Vec<DataError>| {
            let first = &kind[0];
            first.expected == problem.expected && first.advice == problem.advice
        };
        match kinds.iter_mut().find(alike) {
            Some(kind) => kind.push(problem),
            None => kinds.push(vec![problem]),
        }
    }
    kinds.into_iter().flat_map(merge).collect()
}

fn merge(mut alike: Vec<DataError>) -> Vec<DataError> {
    if alike.len() <= MAX_SEPARATE {
        return alike;
    }
    let others = alike.split_off(1);
    let names: Vec<String> = others
        .iter()
        .filter_map(|problem| problem.file.file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    for first in &mut alike {
        first.found += &format!("; the same in {}", few(&names));
    }
    alike
}
