//! The products at the low resolution: their weight, and the batch in parts.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

use super::upsampling::Upsampling;

/// The most bytes of the products of one call: what every adapter can bind at once. Larger batches take several calls.
const PRODUCT_BYTES: usize = 128 << 20;

/// `[o, c, kh, kw]` → `[o·kh·kw, c, 1, 1]`: the weight of the products.
pub(super) fn product_weight<B: Backend>(weight: FloatTensor<B>) -> FloatTensor<B> {
    let [outputs, channels, rows, columns] = weight.shape().dims();
    let permuted = B::float_permute(weight, &[0, 2, 3, 1]);
    B::float_reshape(
        permuted,
        Shape::new([outputs * rows * columns, channels, 1, 1]),
    )
}

/// The batch in parts whose products are small enough. The parts depend on sizes only.
pub(super) fn parts(batch: usize, outputs: usize, upsampling: Upsampling) -> Vec<Slice> {
    // After the pass along the columns, the products of one row of taps are as wide as the output.
    let [rows, columns] = upsampling.from;
    let widest = (upsampling.kernel[1] * columns).max(upsampling.to[1]);
    let image = outputs * upsampling.kernel[0] * rows * widest * size_of::<f32>();
    let images = (PRODUCT_BYTES / image.max(1)).max(1);
    (0..batch)
        .step_by(images)
        .map(|first| Slice::from(first..(first + images).min(batch)))
        .collect()
}

/// The images of one part.
pub(super) fn part<B: Backend>(maps: &FloatTensor<B>, images: Slice, all: usize) -> FloatTensor<B> {
    if all == 1 {
        maps.clone()
    } else {
        B::float_slice(maps.clone(), &[images])
    }
}

pub(super) fn joined<B: Backend>(mut parts: Vec<FloatTensor<B>>) -> FloatTensor<B> {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        B::float_cat(parts, 0)
    }
}
