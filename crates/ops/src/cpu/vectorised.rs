//! Loops that run with the vector instructions of the CPU.

use crate::cpu::instruction_set::arch;
use pulp::NullaryFnOnce;

/// Runs a short loop; a function that is too long to be inlined is compiled without these instructions.
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    struct Work<F>(F);
    impl<R, F: FnOnce() -> R> NullaryFnOnce for Work<F> {
        type Output = R;

        #[expect(
            clippy::inline_always,
            reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
        )]
        #[inline(always)]
        fn call(self) -> R {
            (self.0)()
        }
    }
    arch().dispatch(Work(work))
}

/// The same for a loop that is too long for a closure.
pub(crate) fn vectorised_by<W: NullaryFnOnce>(work: W) -> W::Output {
    arch().dispatch(work)
}
