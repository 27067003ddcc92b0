//! Atrous spatial pyramid pooling: one map processed at several scales at once.
//!
//! Chen, Papandreou, Schroff, Adam, *Rethinking Atrous Convolution for Semantic Image Segmentation*, arXiv 1706.05587,
//! section 3.3 and figure 5: a 1×1 convolution, three dilated 3×3 convolutions, and the mean of the whole map, concatenated.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;

use crate::encoders::resnet::OutputStride;
use crate::layers::builder::Builder;
use crate::layers::conv_norm::{ConvNorm, ConvNormConfig};
use crate::layers::operations::Operations;

impl OutputStride {
    /// Dilations of the three 3×3 convolutions: twice as large on maps of twice the size.
    pub(crate) fn rates(self) -> [usize; 3] {
        match self {
            Self::Eight => [12, 24, 36],
            Self::Sixteen => [6, 12, 18],
        }
    }
}

/// Five branches of equal width, concatenated and projected to that width.
#[derive(Module, Debug)]
pub(crate) struct AtrousPyramid {
    /// The 1×1 convolution, then the dilated ones.
    branches: Vec<ConvNorm>,
    /// On the mean of the whole map.
    pooled: ConvNorm,
    projection: ConvNorm,
    pub(crate) dropout: Dropout,
    #[module(skip)]
    operations: Operations,
}

impl AtrousPyramid {
    pub(crate) fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        output_stride: OutputStride,
    ) -> Self {
        let pointwise = ConvNormConfig::new(inputs, outputs, 1);
        let mut branches = vec![ConvNorm::new(builder, pointwise)];
        branches.extend(output_stride.rates().map(|rate| {
            let dilated = ConvNormConfig::new(inputs, outputs, 3).dilated(rate);
            ConvNorm::new(builder, dilated)
        }));
        let pooled = ConvNorm::new(builder, pointwise);
        let concatenated = (branches.len() + 1) * outputs;
        Self {
            branches,
            pooled,
            projection: ConvNorm::new(builder, ConvNormConfig::new(concatenated, outputs, 1)),
            dropout: DropoutConfig::new(0.5).init(),
            operations: builder.operations,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let [batch, _, height, width] = map.dims();
        let mut branches: Vec<Tensor<4>> = self
            .branches
            .iter()
            .map(|branch| branch.forward_relu(map.clone()))
            .collect();
        let mean = map.mean_dims(&[2, 3]);
        let pooled = self.pooled.forward_relu(mean);
        let channels = pooled.dims()[1];
        // A bilinear resize of one pixel is that pixel everywhere.
        branches.push(pooled.expand([batch, channels, height, width]));
        let map = self
            .projection
            .forward_relu(self.operations.concatenate(branches));
        self.dropout.forward(map)
    }
}
