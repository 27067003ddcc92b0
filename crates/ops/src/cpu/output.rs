//! An output of which several threads write disjoint parts.

/// The first element of an allocation.
#[derive(Clone, Copy)]
pub(crate) struct Output(pub(crate) *mut f32);

#[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
// SAFETY: every thread writes its own part only, which no other thread accesses.
unsafe impl Send for Output {}
#[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
// SAFETY: as above; the pointer itself is never changed.
unsafe impl Sync for Output {}

impl Output {
    pub(crate) fn at(self, offset: usize) -> *mut f32 {
        self.0.wrapping_add(offset)
    }

    /// A part of the output.
    ///
    /// # Safety
    ///
    /// The part is inside the allocation, and nobody else accesses it meanwhile.
    #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
    pub(crate) unsafe fn part<'a>(self, start: usize, length: usize) -> &'a mut [f32] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.at(start), length) }
    }
}

/// A vector of `length` numbers, all written by `write`.
///
/// # Safety
///
/// `write` writes every number of the output.
#[expect(
    unsafe_code,
    reason = "numbers that are overwritten need not be zeroed first"
)]
pub(crate) unsafe fn written(length: usize, write: impl FnOnce(Output)) -> Vec<f32> {
    let mut values = Vec::with_capacity(length);
    write(Output(values.as_mut_ptr()));
    // SAFETY: the capacity was reserved above, and the caller promises that all numbers are written.
    unsafe { values.set_len(length) };
    values
}
