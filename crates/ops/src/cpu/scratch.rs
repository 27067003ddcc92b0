//! Scratch memory that each thread keeps between operations.

use std::cell::RefCell;

thread_local! {
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes of a cache line. A vector that crosses two lines is loaded twice.
const LINE: usize = 64;

/// Runs `work` on `length` numbers with arbitrary contents, aligned to a cache line.
pub(crate) fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: `work` may need scratch memory itself, or wait for other threads and run another piece of work.
    let taken = SCRATCH.with_borrow_mut(Vec::pop);
    let mut scratch = taken.unwrap_or_default();
    let with_room = length + LINE / size_of::<f32>();
    if scratch.len() < with_room {
        scratch = vec![0.0; with_room];
    }
    let first = scratch.as_ptr().align_offset(LINE);
    let numbers = &mut scratch[first..][..length];
    if cfg!(test) {
        // Reading a number before it is written gives NaN.
        numbers.fill(f32::NAN);
    }
    let result = work(numbers);
    SCRATCH.with_borrow_mut(|kept| kept.push(scratch));
    result
}
