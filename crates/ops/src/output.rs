//! An output that several threads write disjoint parts of.

/// The first element of an allocation.
#[derive(Clone, Copy)]
pub(crate) struct Output(pub(crate) *mut f32);

#[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
// SAFETY: every user writes only the part that is its own, which no other thread touches.
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
    /// It lies inside the allocation, and nobody else touches it meanwhile.
    #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
    pub(crate) unsafe fn part<'a>(self, start: usize, length: usize) -> &'a mut [f32] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.at(start), length) }
    }
}

/// A vector of `length` numbers, every one of which `write` has written.
///
/// # Safety
///
/// `write` writes every number of the output.
#[expect(unsafe_code, reason = "what is written anyway need not be zero before")]
pub(crate) unsafe fn written(length: usize, write: impl FnOnce(Output)) -> Vec<f32> {
    let mut values = Vec::with_capacity(length);
    write(Output(values.as_mut_ptr()));
    // SAFETY: the capacity was asked for above, and the rest is the caller's promise.
    unsafe { values.set_len(length) };
    values
}
