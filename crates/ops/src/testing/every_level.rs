//! The tests once more at the narrower instruction sets.
//!
//! A process has one instruction set, so each of the others is a process of its own: the test program runs itself, with the
//! variable set, in which its tests leave graphics adapters out.

use super::own_process;
use crate::instruction_set::{INSTRUCTIONS, Level};

/// Whether this process has been given an instruction set.
pub(crate) fn is_narrowed() -> bool {
    std::env::var_os(INSTRUCTIONS).is_some()
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
    let widest = Level::current();
    for level in Level::available() {
        if level == widest || level < narrowest {
            continue;
        }
        let mut command = own_process::again();
        command.arg(some).env(INSTRUCTIONS, level.as_str());
        own_process::assert_passes(&mut command, level.as_str());
    }
}
