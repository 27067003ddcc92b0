//! The operation as every backend carries it out in its own way, and its gradient node.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{AutodiffBackend, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Shape, Slice, TensorData};

use super::{Upsampling, cpu, kernels};
use crate::convolution::Geometry;
use crate::convolution::backend::ConvolutionBackend;
use crate::kernel::{contiguous, empty_like};
use crate::resize::Corners;

/// Bytes that the products of one call may take, which is what every adapter can bind at once; more images than fit go one
/// call after the other.
const PRODUCT_BYTES: usize = 128 << 20;

/// Convolution of upsampled maps of 32-bit numbers. The products with the weight are convolutions at the low resolution;
/// what is left to a backend is the sum over the taps and its transpose.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait UpsampledBackend: ConvolutionBackend {
    /// `[b, c, h, w]`, `[o, c, kh, kw]`, `[o]` → `[b, o, H, W]`.
    #[fusion(default)]
    fn convolution_upsampled(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self> {
        forward::<Self>(input, weight, bias, upsampling)
    }

    /// Products `[b, o·kh·kw, h, w]` and bias `[o]` → `[b, o, H, W]`.
    #[fusion(meta = |products: &TensorSpec, bias: &TensorSpec, upsampling: &Upsampling| {
        let [batch, ..] = products.shape.dims::<4>();
        let [outputs] = bias.shape.dims();
        let [rows, columns] = upsampling.to;
        TensorSpec::new([batch, outputs, rows, columns].into(), products.dtype)
    })]
    fn taps_summed(
        products: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self>;

    /// Gradient by the products, for that by the sum.
    #[fusion(meta = |gradient: &TensorSpec, upsampling: &Upsampling| {
        let [batch, outputs, ..] = gradient.shape.dims::<4>();
        let [rows, columns] = upsampling.from;
        TensorSpec::new([batch, outputs * upsampling.taps(), rows, columns].into(), gradient.dtype)
    })]
    fn taps_summed_gradient(
        gradient: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self>;
}

/// `[o, c, kh, kw]` → `[o·kh·kw, c, 1, 1]`: the weight of the products.
fn product_weight<B: Backend>(weight: FloatTensor<B>) -> FloatTensor<B> {
    let [outputs, channels, rows, columns] = weight.shape().dims();
    let turned = B::float_permute(weight, &[0, 2, 3, 1]);
    B::float_reshape(
        turned,
        Shape::new([outputs * rows * columns, channels, 1, 1]),
    )
}

/// The batch in parts whose products are small enough, by sizes alone.
pub(super) fn parts(batch: usize, outputs: usize, upsampling: Upsampling) -> Vec<Slice> {
    // After the first axis the products of one row of taps are as wide as the output.
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
fn part<B: Backend>(maps: &FloatTensor<B>, images: Slice, all: usize) -> FloatTensor<B> {
    if all == 1 {
        maps.clone()
    } else {
        B::float_slice(maps.clone(), &[images])
    }
}

fn joined<B: Backend>(mut parts: Vec<FloatTensor<B>>) -> FloatTensor<B> {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        B::float_cat(parts, 0)
    }
}

fn forward<B: UpsampledBackend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    upsampling: Upsampling,
) -> FloatTensor<B> {
    let [batch, ..] = input.shape().dims::<4>();
    let [outputs, ..] = weight.shape().dims::<4>();
    let weight = product_weight::<B>(weight);
    let products = outputs * upsampling.taps();
    let none = B::float_zeros(
        Shape::new([products]),
        &input.device(),
        input.dtype().into(),
    );
    let images = parts(batch, outputs, upsampling);
    let outputs = images.iter().map(|images_of_part| {
        let input = part::<B>(&input, *images_of_part, images.len());
        let products = B::convolution(input, weight.clone(), none.clone(), Geometry::same(1));
        B::taps_summed(products, bias.clone(), upsampling)
    });
    joined::<B>(outputs.collect())
}

/// Gradients by input and weight, as far as they are asked for.
fn gradients<B: UpsampledBackend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    gradient: FloatTensor<B>,
    upsampling: Upsampling,
    [of_input, of_weight]: [bool; 2],
) -> (Option<FloatTensor<B>>, Option<FloatTensor<B>>) {
    let [batch, channels, ..] = input.shape().dims::<4>();
    let [outputs, ..] = weight.shape().dims::<4>();
    let weight = product_weight::<B>(weight);
    let images = parts(batch, outputs, upsampling);
    let (mut by_input, mut by_weight) = (Vec::new(), None);
    for images_of_part in &images {
        let gradient = part::<B>(&gradient, *images_of_part, images.len());
        let by_products = B::taps_summed_gradient(gradient, upsampling);
        if of_weight {
            let input = part::<B>(&input, *images_of_part, images.len());
            let products = by_products.clone();
            let value = B::convolution_weight_gradient(input, products, Geometry::same(1), [1, 1]);
            by_weight = Some(match by_weight {
                Some(sum) => B::float_add(sum, value),
                None => value,
            });
        }
        if of_input {
            by_input.push(B::convolution_input_gradient(
                by_products,
                weight.clone(),
                Geometry::same(1),
                upsampling.from,
            ));
        }
    }
    let by_weight = by_weight.map(|value| {
        let [rows, columns] = upsampling.kernel;
        let value = B::float_reshape(value, Shape::new([outputs, rows, columns, channels]));
        B::float_permute(value, &[0, 3, 1, 2])
    });
    (of_input.then(|| joined::<B>(by_input)), by_weight)
}

impl UpsampledBackend for CubeBackend {
    fn taps_summed(products: CubeTensor, bias: CubeTensor, upsampling: Upsampling) -> CubeTensor {
        let [batch, ..] = products.shape().dims::<4>();
        let (products, bias) = (contiguous(products), contiguous(bias));
        let [outputs] = bias.shape().dims();
        let Upsampling {
            from, to, kernel, ..
        } = upsampling;
        let lines = empty_like(
            &products,
            [batch, outputs * kernel[0], from[0], to[1]],
            DType::F32,
        );
        let pass = Pass {
            outer: batch * outputs * kernel[0],
            middle: from[0],
            inner: 1,
            channels: 0,
        };
        pass.forward(upsampling, 1, [&products, &bias, &lines]);
        let output = empty_like(&products, [batch, outputs, to[0], to[1]], DType::F32);
        let pass = Pass {
            outer: batch * outputs,
            middle: 1,
            inner: to[1],
            channels: outputs,
        };
        pass.forward(upsampling, 0, [&lines, &bias, &output]);
        output
    }

    fn taps_summed_gradient(gradient: CubeTensor, upsampling: Upsampling) -> CubeTensor {
        let [batch, outputs, ..] = gradient.shape().dims::<4>();
        let gradient = contiguous(gradient);
        let Upsampling {
            from, to, kernel, ..
        } = upsampling;
        let lines = empty_like(
            &gradient,
            [batch, outputs * kernel[0], from[0], to[1]],
            DType::F32,
        );
        let pass = Pass {
            outer: batch * outputs,
            middle: 1,
            inner: to[1],
            channels: 0,
        };
        pass.gradient(upsampling, 0, [&gradient, &lines]);
        let shape = [batch, outputs * upsampling.taps(), from[0], from[1]];
        let output = empty_like(&gradient, shape, DType::F32);
        let pass = Pass {
            outer: batch * outputs * kernel[0],
            middle: from[0],
            inner: 1,
            channels: 0,
        };
        pass.gradient(upsampling, 1, [&lines, &output]);
        output
    }
}

/// One axis on a graphics adapter: the sizes around it.
struct Pass {
    outer: usize,
    middle: usize,
    inner: usize,
    /// Of the bias, 0 for none.
    channels: usize,
}

impl Pass {
    fn forward(&self, upsampling: Upsampling, axis: usize, tensors: [&CubeTensor; 3]) {
        let values = self.outer * self.middle * upsampling.to[axis] * self.inner;
        let workgroups = values.div_ceil(kernels::AXIS.workgroup as usize);
        kernels::AXIS.launch(workgroups, &tensors, &self.settings(upsampling, axis));
    }

    fn gradient(&self, upsampling: Upsampling, axis: usize, tensors: [&CubeTensor; 2]) {
        let maps = self.outer * upsampling.kernel[axis] * self.middle;
        let values = maps * upsampling.from[axis] * self.inner;
        let workgroups = values.div_ceil(kernels::AXIS_GRADIENT.workgroup as usize);
        kernels::AXIS_GRADIENT.launch(workgroups, &tensors, &self.settings(upsampling, axis));
    }

    /// In the order of `Axis` in `shaders/shared/axis.wgsl`.
    fn settings(&self, upsampling: Upsampling, axis: usize) -> [u32; 8] {
        [
            self.outer,
            upsampling.from[axis],
            upsampling.to[axis],
            self.inner,
            usize::from(upsampling.corners == Corners::Aligned),
            upsampling.kernel[axis],
            self.middle,
            self.channels,
        ]
        .map(|number| number as u32)
    }
}

impl UpsampledBackend for Flex {
    fn taps_summed(products: FlexTensor, bias: FlexTensor, upsampling: Upsampling) -> FlexTensor {
        let [batch, ..] = products.shape().dims::<4>();
        let [outputs] = bias.shape().dims();
        let (products, bias) = (products.to_contiguous(), bias.to_contiguous());
        let values = cpu::forward(products.storage(), bias.storage(), upsampling);
        let [rows, columns] = upsampling.to;
        FlexTensor::from_data(TensorData::new(values, [batch, outputs, rows, columns]))
    }

    fn taps_summed_gradient(gradient: FlexTensor, upsampling: Upsampling) -> FlexTensor {
        let [batch, outputs, ..] = gradient.shape().dims::<4>();
        let gradient = gradient.to_contiguous();
        let values = cpu::gradient(gradient.storage(), upsampling);
        let [rows, columns] = upsampling.from;
        let shape = [batch, outputs * upsampling.taps(), rows, columns];
        FlexTensor::from_data(TensorData::new(values, shape))
    }
}

/// The node of one convolution in the graph of gradients.
#[derive(Debug)]
struct UpsampledNode;

/// What a convolution keeps for its gradients.
#[derive(Debug, Clone)]
struct Kept {
    input: NodeId,
    weight: NodeId,
    upsampling: Upsampling,
}

impl<B: UpsampledBackend> Backward<B, 3> for UpsampledNode {
    type State = Kept;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [of_input, of_weight, of_bias] = ops.parents;
        let gradient = gradients.consume::<B>(&ops.node);
        let kept = ops.state;
        let input = checkpointer.retrieve_node_output::<FloatTensor<B>>(kept.input);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(kept.weight);
        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, B::convolution_bias_gradient(gradient.clone()));
        }
        let wanted = [of_input.is_some(), of_weight.is_some()];
        let (by_input, by_weight) =
            self::gradients::<B>(input, weight, gradient, kept.upsampling, wanted);
        for (node, value) in [(of_input, by_input), (of_weight, by_weight)] {
            if let Some((node, value)) = node.zip(value) {
                gradients.register::<B>(node.id, value);
            }
        }
    }
}

impl<B: UpsampledBackend, C: CheckpointStrategy> UpsampledBackend for Autodiff<B, C> {
    fn convolution_upsampled(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self> {
        let prepared = UpsampledNode
            .prepare::<C>([input.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = Kept {
                    input: prepared.checkpoint(&input),
                    weight: prepared.checkpoint(&weight),
                    upsampling,
                };
                let output = B::convolution_upsampled(
                    input.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                    upsampling,
                );
                prepared.finish(kept, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::convolution_upsampled(
                input.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                upsampling,
            )),
        }
    }

    fn taps_summed(
        products: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self> {
        // A part of the node above, without a gradient of its own.
        let (products, bias) = (Self::inner(products), Self::inner(bias));
        Self::from_inner(B::taps_summed(products, bias, upsampling))
    }

    fn taps_summed_gradient(
        gradient: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self> {
        Self::from_inner(B::taps_summed_gradient(Self::inner(gradient), upsampling))
    }
}
