//! What one forward pass does in each layer, recorded while it runs.
//!
//! Layers report with [`note`] and [`note_products`]; outside of [`passes_of`] this costs nothing.

use std::cell::RefCell;

use burn::module::{Param, ParamId};
use burn::tensor::Tensor;

/// One operation of a forward pass.
pub(crate) struct Pass {
    /// Weight of the layer; for a product of two maps, of the preceding layer.
    pub(crate) weight: ParamId,
    /// Whether it is a product of two maps.
    pub(crate) products: bool,
    pub(crate) operation: String,
    pub(crate) output: [usize; 4],
    pub(crate) multiply_adds: u64,
}

thread_local! {
    static PASSES: RefCell<Option<Vec<Pass>>> = const { RefCell::new(None) };
}

/// Records that the layer of this `weight` computed `output` with `taps` multiply-adds for each value. Counts padded taps,
/// and ignores savings from fast algorithms.
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

/// Records a product of two maps after the layer recorded last: `taps` multiply-adds for each value of `output`.
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

/// Runs a forward pass and returns what its layers recorded.
pub(crate) fn passes_of(forward: impl FnOnce()) -> Vec<Pass> {
    PASSES.set(Some(Vec::new()));
    forward();
    PASSES.take().unwrap_or_default()
}
