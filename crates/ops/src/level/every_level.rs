//! The tests once more at the narrower instruction sets.
//!
//! A process has one instruction set, so each of the others is a process of its own: the test program runs itself, with the
//! variable set, in which its tests leave graphics adapters out.

use std::process::Command;

use super::{Level, VARIABLE};

/// Leaves graphics adapters out of the tests with the value `cpu`: an emulated processor has none beside it.
const DEVICES: &str = "SELVEDGE_TEST_DEVICES";

/// Whether the tests of this process leave graphics adapters out: it was told to, or given an instruction set.
#[must_use]
pub fn is_processor_alone() -> bool {
    is_narrowed() || std::env::var_os(DEVICES).is_some_and(|devices| devices == "cpu")
}

fn is_narrowed() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Runs the tests of this program whose names contain `some` at each other instruction set that the processor has, from
/// `narrowest` on. In a process that has been given an instruction set it does nothing.
///
/// # Panics
///
/// When one of them fails, with what it printed.
pub fn run(some: &str, narrowest: Level) {
    if is_narrowed() {
        return;
    }
    let program = std::env::current_exe().expect("a program knows its path");
    let widest = Level::current();
    for level in Level::available() {
        if level == widest || level < narrowest {
            continue;
        }
        let output = Command::new(&program)
            .arg(some)
            .env(VARIABLE, level.as_str())
            .output()
            .expect("the test program starts");
        assert!(
            output.status.success(),
            "at {}:\n{}{}",
            level.as_str(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
