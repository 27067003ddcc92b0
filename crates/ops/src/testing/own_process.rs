//! Test programs that start themselves, for state that a process has only once: its instruction set, a device's random numbers.

use std::process::Command;

/// The environment variable that names a program to run test programs with: an emulator, where the system cannot start them.
const RUNNER: &str = "SELVEDGE_TEST_RUNNER";
/// The environment variable that names the test that a process was started for.
const ALONE: &str = "SELVEDGE_TEST_ALONE";

/// A command that starts this program again.
///
/// # Panics
///
/// When its path is unknown.
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

/// Runs a test program to its end.
///
/// # Panics
///
/// When a test fails, with its output.
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

/// Does the work of the test `name`, spelled as in the test program, in a process in which no other test runs.
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
