//! The allocator: counts the memory that the program has allocated, and keeps what it frees.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Keeps freed memory for the next tensor, where the C library is glibc.
///
/// By default it returns every large block to the system at once, and gets it back for the next tensor page by page, filled with
/// zeros; a training step on the CPU spent a third of its time on that.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // No block is mapped on its own, and up to 2 GiB may stay free at the end of the heap.
        #[expect(unsafe_code, reason = "a setting of the C library")]
        // SAFETY: it changes two settings of the allocator, and is called before there is another thread.
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        }
    }
}

/// The system's allocator; counts what it allocates, and reports when memory runs out.
pub struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn given(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(held, Ordering::Relaxed);
}

fn taken_back(bytes: usize) {
    HELD.fetch_sub(bytes, Ordering::Relaxed);
}

#[expect(unsafe_code, reason = "an allocator's interface is unsafe")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        given(layout.size());
        // SAFETY: the caller's promise.
        had(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        given(layout.size());
        // SAFETY: the caller's promise.
        had(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        taken_back(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        given(size);
        taken_back(layout.size());
        // SAFETY: the caller's promise.
        had(unsafe { System.realloc(block, layout, size) }, size)
    }
}

/// The block, if it could be allocated. Otherwise the program ends as after any other failure, not with an abort and a backtrace.
fn had(block: *mut u8, bytes: usize) -> *mut u8 {
    if block.is_null() {
        // Neither the lock nor formatting a number allocates memory.
        let _ = writeln!(
            std::io::stderr().lock(),
            "error: too little memory: {bytes} bytes more could not be allocated\n  help: close other programs, or use a smaller \
             batch, size or network (train.batch_size, data.size, model.width), or train.recompute = true; what was saved \
             before is whole"
        );
        end();
    }
    block
}

/// Ends the process at once: what runs at a usual exit may allocate memory again.
fn end() -> ! {
    #[cfg(unix)]
    {
        #[expect(unsafe_code, reason = "the C library's end of a process")]
        // SAFETY: nothing of the program runs after it.
        unsafe {
            libc::_exit(1)
        }
    }
    #[cfg(not(unix))]
    std::process::exit(1)
}

/// The bytes that the program has allocated now, if [`Counting`] is its allocator; without those of a graphics driver.
pub(crate) fn held_bytes() -> usize {
    HELD.load(Ordering::Relaxed)
}

/// The most bytes that the program had allocated since [`forget_peak`].
pub(crate) fn peak_bytes() -> usize {
    PEAK.load(Ordering::Relaxed)
}

/// Resets the peak to the bytes that are allocated now.
pub(crate) fn forget_peak() {
    PEAK.store(held_bytes(), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    #[test]
    fn a_large_block_shows_in_the_peak_until_that_is_forgotten() {
        let size = 64 << 20;
        forget_peak();
        let before = held_bytes();
        let block = vec![1_u8; size];
        assert!(held_bytes() >= before + size && block.contains(&1));
        drop(block);
        assert!(held_bytes() < before + size);
        assert!(peak_bytes() >= before + size);
        forget_peak();
        assert!(peak_bytes() < before + size);
    }
}
