//! What errors contain.

use selvedge_data::DataError;

/// Checks that the error names this file and contains these fragments.
pub(crate) fn assert_reports(error: &DataError, file: &str, fragments: &[&str]) {
    assert!(error.file.ends_with(file), "{error}");
    assert!(!error.advice.is_empty());
    let text = format!("{error}; {}", error.advice);
    for fragment in fragments {
        assert!(
            text.contains(fragment),
            "{fragment:?} is missing in: {text}"
        );
    }
}
