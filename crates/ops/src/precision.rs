//! In which precision convolutions on GPUs multiply.

use std::cell::Cell;

/// The precision of the products of convolutions. Everything else is in 32 bits, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats.
    #[default]
    Single,
    /// Their operands are 16-bit floats in the kernels for GPUs that have such a form: a few products are added up in 16 bits, and
    /// these sums in 32 bits. Gradients are scaled by a power of two, so that they do not underflow.
    Mixed,
}

thread_local! {
    static CURRENT: Cell<Precision> = const { Cell::new(Precision::Single) };
}

/// The precision of this thread's operations.
pub(crate) fn current() -> Precision {
    CURRENT.get()
}

/// Runs `work` with the convolutions that this thread queues in this precision, also those of a backward pass. A device that lacks
/// 16-bit floats, or the CPU, computes in [`Precision::Single`].
pub fn with_precision<R>(precision: Precision, work: impl FnOnce() -> R) -> R {
    /// Also after a panic.
    struct Restore(Precision);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _restore = Restore(CURRENT.replace(precision));
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_ends_with_its_work_even_after_a_panic() {
        let inside = with_precision(Precision::Mixed, || {
            let single = with_precision(Precision::Single, current);
            (single, current())
        });
        assert_eq!(inside, (Precision::Single, Precision::Mixed));
        let panicked = std::panic::catch_unwind(|| {
            with_precision::<()>(Precision::Mixed, || panic!("on purpose"));
        });
        assert!(panicked.is_err());
        assert_eq!(current(), Precision::Single);
    }
}
