//! A test program that runs itself, for what a process has once: its instruction set, a device's random numbers.

use std::process::Command;

/// Runs the program's own tests by this program, for one that the system cannot start by itself: an emulator.
const RUNNER: &str = "SELVEDGE_TEST_RUNNER";
/// The test that a process was started for.
const ALONE: &str = "SELVEDGE_TEST_ALONE";

/// This program, to be started once more.
///
/// # Panics
///
/// When the system does not know where it is.
#[must_use]
pub fn again() -> Command {
    let program = std::env::current_exe().expect("a program knows its path");
    match std::env::var_os(RUNNER) {
        Some(runner) => {
            let mut command = Command::new(runner);
            command.arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Runs it to its end.
///
/// # Panics
///
/// When a test fails, with what it printed.
pub fn assert_passes(command: &mut Command, what: &str) {
    let output = command.output().expect("the test program starts");
    assert!(
        output.status.success(),
        "{what}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Does the work of the test `name`, as the test program spells it, in a process in which no other test runs.
///
/// # Panics
///
/// When it fails.
pub fn alone(name: &str, work: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some_and(|test| test == name) {
        work();
    } else {
        assert_passes(again().args(["--exact", name]).env(ALONE, name), name);
    }
}
