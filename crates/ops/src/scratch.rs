//! Memory that a thread works in and keeps from one operation to the next.

use std::cell::RefCell;

thread_local! {
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes of a line of the cache. A vector that lies across two lines is loaded twice.
const LINE: usize = 64;

/// Runs `work` on `length` numbers that may hold anything, the first of which begins a line of the cache.
pub(crate) fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: `work` may need some itself, or wait for other threads and be given another piece of work.
    let taken = SCRATCH.with_borrow_mut(Vec::pop);
    let mut scratch = taken.unwrap_or_default();
    let with_room = length + LINE / size_of::<f32>();
    if scratch.len() < with_room {
        scratch = vec![0.0; with_room];
    }
    let first = scratch.as_ptr().align_offset(LINE);
    let numbers = &mut scratch[first..][..length];
    if cfg!(test) {
        // What is read before it was written shows.
        numbers.fill(f32::NAN);
    }
    let result = work(numbers);
    SCRATCH.with_borrow_mut(|kept| kept.push(scratch));
    result
}
