//! Snapshots: what the program prints, compared with text files next to these tests. A change of one of them is meant, or found.
//!
//! `just snapshots` rewrites the files; read their diff before it is committed.

// Messages contain the operating system's own, and paths.
#[cfg(target_os = "linux")]
mod errors;
mod kernels;
mod recipes;

use std::fs;
use std::path::Path;

/// Compares `text` with the file `name` in `tests/snapshots`, or writes that file if `SELVEDGE_WRITE_SNAPSHOTS` is set.
fn assert_unchanged(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(name);
    if std::env::var_os("SELVEDGE_WRITE_SNAPSHOTS").is_some() {
        fs::write(&path, text).expect("written");
    }
    let stored = fs::read_to_string(&path).expect("a snapshot");
    for (number, (before, now)) in stored.lines().zip(text.lines()).enumerate() {
        assert_eq!(
            now,
            before,
            "tests/snapshots/{name}:{}; `just snapshots` rewrites it",
            number + 1
        );
    }
    assert_eq!(
        text.lines().count(),
        stored.lines().count(),
        "lines of tests/snapshots/{name}; `just snapshots` rewrites it"
    );
}
