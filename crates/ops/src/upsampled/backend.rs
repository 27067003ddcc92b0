//! The operation as each backend implements it.

use burn::backend::flex::FlexTensor;
#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Flex, TensorMetadata, backend_extension};
use burn::tensor::TensorData;

use super::products::{joined, part, parts, product_weight};
use super::upsampling::Upsampling;
use super::{cpu, graphics};
use crate::cancelled_bias::backend::CancelledBiasBackend;
use crate::convolution::backend::ConvolutionBackend;
use crate::convolution::geometry::Geometry;

/// Convolution of upsampled maps of 32-bit numbers. The products with the weight are convolutions at the low resolution; each
/// backend implements the sum over the taps and its transpose.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait UpsampledBackend: ConvolutionBackend + CancelledBiasBackend {
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

    /// The gradient with respect to the products, from that with respect to the sum.
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

fn forward<B: UpsampledBackend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    upsampling: Upsampling,
) -> FloatTensor<B> {
    let [batch, ..] = input.shape().dims::<4>();
    let [outputs, ..] = weight.shape().dims::<4>();
    let weight = product_weight::<B>(weight);
    let none = B::zeros_of_outputs(weight.clone());
    let images = parts(batch, outputs, upsampling);
    let outputs = images.iter().map(|images_of_part| {
        let input = part::<B>(&input, *images_of_part, images.len());
        let products = B::convolution(input, weight.clone(), none.clone(), Geometry::same(1));
        B::taps_summed(products, bias.clone(), upsampling)
    });
    joined::<B>(outputs.collect())
}

impl UpsampledBackend for CubeBackend {
    fn taps_summed(products: CubeTensor, bias: CubeTensor, upsampling: Upsampling) -> CubeTensor {
        graphics::taps_summed(products, bias, upsampling)
    }

    fn taps_summed_gradient(gradient: CubeTensor, upsampling: Upsampling) -> CubeTensor {
        graphics::taps_summed_gradient(gradient, upsampling)
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
