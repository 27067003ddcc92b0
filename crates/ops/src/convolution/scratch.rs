//! Memory that a thread works in and keeps from one convolution to the next.

use std::cell::Cell;

thread_local! {
    static SCRATCH: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Runs `work` on `length` numbers that may hold anything.
pub(super) fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: a thread that waits inside `work` may be given another piece of work.
    let mut scratch = SCRATCH.take();
    if scratch.len() < length {
        scratch = vec![0.0; length];
    }
    let result = work(&mut scratch[..length]);
    SCRATCH.set(scratch);
    result
}
