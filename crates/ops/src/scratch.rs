//! Memory that a thread works in and keeps from one operation to the next.

use std::cell::RefCell;

thread_local! {
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` on `length` numbers that may hold anything.
pub(crate) fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: `work` may need some itself, or wait for other threads and be given another piece of work.
    let taken = SCRATCH.with_borrow_mut(Vec::pop);
    let mut scratch = taken.unwrap_or_default();
    if scratch.len() < length {
        scratch = vec![0.0; length];
    }
    let result = work(&mut scratch[..length]);
    SCRATCH.with_borrow_mut(|kept| kept.push(scratch));
    result
}
