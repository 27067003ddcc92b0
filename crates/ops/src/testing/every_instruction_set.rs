//! Runs the tests again with the narrower instruction sets.
//!
//! A process has one instruction set, so the test program starts itself once for each of the others, with the variable set. The
//! tests of those processes run on the CPU only.

use super::own_process;
use crate::cpu::instruction_set::{INSTRUCTIONS, InstructionSet};

/// Whether this process has been given an instruction set.
pub(crate) fn is_narrowed() -> bool {
    std::env::var_os(INSTRUCTIONS).is_some()
}

/// Runs the tests of this program whose names contain `some` with every other instruction set of the CPU, starting at
/// `narrowest`. Does nothing in a process that was given an instruction set.
///
/// # Panics
///
/// When one of them fails, with its output.
pub fn run(some: &str, narrowest: InstructionSet) {
    if is_narrowed() {
        return;
    }
    let widest = InstructionSet::current();
    for level in InstructionSet::available() {
        if level == widest || level < narrowest {
            continue;
        }
        let mut command = own_process::again();
        command.arg(some).env(INSTRUCTIONS, level.as_str());
        own_process::assert_passes(&mut command, level.as_str());
    }
}
