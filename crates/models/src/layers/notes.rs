//! What one forward pass does in each layer, written down while it runs.
//!
//! Layers say so themselves ([`note`], [`note_products`]); where nobody listens, that costs nothing.

use std::cell::RefCell;

use burn::module::{Param, ParamId};
use burn::tensor::Tensor;

/// One operation on the way.
pub(crate) struct Pass {
    /// The layer's, or for products of two maps that of the layer before them.
    pub(crate) weight: ParamId,
    pub(crate) products: bool,
    pub(crate) operation: String,
    pub(crate) output: [usize; 4],
    pub(crate) multiply_adds: u64,
}

thread_local! {
    static PASSES: RefCell<Option<Vec<Pass>>> = const { RefCell::new(None) };
}

/// Says that the layer of this `weight` gave `output`, each of whose values takes `taps` multiply-adds. Taps on the padding
/// count, and so does what an operation saves by another way to the same numbers.
pub(crate) fn note<const D: usize>(
    weight: &Param<Tensor<D>>,
    output: &Tensor<4>,
    taps: usize,
    operation: impl FnOnce() -> String,
) {
    PASSES.with_borrow_mut(|passes| {
        let Some(passes) = passes else { return };
        let output = output.dims();
        passes.push(Pass {
            weight: weight.id,
            products: false,
            operation: operation(),
            output,
            multiply_adds: output.iter().product::<usize>() as u64 * taps as u64,
        });
    });
}

/// Says that after the layer that spoke last, maps were multiplied with each other: each value of `output` took `taps`
/// multiply-adds.
pub(crate) fn note_products(output: [usize; 4], taps: usize, operation: &str) {
    PASSES.with_borrow_mut(|passes| {
        let Some(passes) = passes else { return };
        let Some(before) = passes.last() else { return };
        passes.push(Pass {
            weight: before.weight,
            products: true,
            operation: operation.into(),
            output,
            multiply_adds: output.iter().product::<usize>() as u64 * taps as u64,
        });
    });
}

/// Runs a forward pass, and gives what its layers noted.
pub(crate) fn passes_of(forward: impl FnOnce()) -> Vec<Pass> {
    PASSES.set(Some(Vec::new()));
    forward();
    PASSES.take().unwrap_or_default()
}
