//! A graph convolution on the pixels of a map: every node is connected to the most similar nodes, wherever they are.
//!
//! Han, Wang, Guo, Tang, Wu, *Vision GNN: An Image is Worth Graph of Nodes*, NeurIPS 2022, section 3, with the max-relative
//! convolution of Li et al., *DeepGCNs*, ICCV 2019, as used by Rahman and Marculescu, *G-CASCADE*, WACV 2024.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Int, Tensor};
use ops::{Geometry, gelu, max_relative, nearest};

use super::positions;
use crate::layers::builder::Builder;
use crate::layers::convolution::Convolution;
use crate::layers::initial::Initial;
use crate::layers::notes::note_products;
use crate::layers::operations::Operations;

/// Neighbours of a node.
pub(crate) const NEIGHBOURS: usize = 11;

/// Groups of the convolution after the neighbours.
pub(crate) const GROUPS: usize = 4;

/// Convolution 1×1 with bias, and batch normalisation (scale 1, shift 0).
#[derive(Module, Debug)]
struct Projection {
    convolution: Convolution,
    norm: BatchNorm,
    #[module(skip)]
    operations: Operations,
}

impl Projection {
    fn new(builder: &mut Builder<'_>, convolution: Convolution, outputs: usize) -> Self {
        Self {
            convolution,
            norm: BatchNormConfig::new(outputs).init(builder.device),
            operations: builder.operations,
        }
    }

    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        self.operations
            .norm(&self.norm, self.convolution.forward(map))
    }
}

/// Projection, graph convolution to twice the channels, projection back, and a residual connection.
#[derive(Module, Debug)]
pub(crate) struct Grapher {
    entry: Projection,
    neighbours: Projection,
    exit: Projection,
    #[module(skip)]
    reduction: usize,
}

impl Grapher {
    /// For maps of `channels`, a multiple of 4. References are the means of squares with sides of `reduction` pixels.
    pub(crate) fn new(builder: &mut Builder<'_>, channels: usize, reduction: usize) -> Self {
        let doubled = 2 * channels;
        let entry = Convolution::uniform(builder, channels, channels, 1);
        let grouped = Geometry {
            groups: GROUPS,
            ..Geometry::same(1)
        };
        let neighbours =
            Convolution::with_geometry(builder, doubled, doubled, 1, grouped, Initial::FanIn);
        let exit = Convolution::uniform(builder, doubled, channels, 1);
        Self {
            entry: Projection::new(builder, entry, channels),
            neighbours: Projection::new(builder, neighbours, doubled),
            exit: Projection::new(builder, exit, channels),
            reduction,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let inner = self.convolve(self.entry.forward(map.clone()));
        self.exit.forward(inner) + map
    }

    /// Interleaves every channel with its largest excess over the node among the nearest references, and mixes them in groups.
    fn convolve(&self, map: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = map.dims();
        let pooled = if self.reduction == 1 {
            map.clone()
        } else {
            let side = [self.reduction; 2];
            avg_pool2d(map.clone(), AvgPoolOptions::new(side).with_stride(side))
        };
        let nodes = map.clone().flatten::<3>(2, 3);
        let references = pooled.flatten::<3>(2, 3);
        let neighbours = nearest_references(&nodes, &references, [height, width]);
        let excess = max_relative(nodes, references, neighbours)
            .reshape([batch, channels, 1, height, width]);
        let interleaved = Tensor::cat(vec![map.unsqueeze_dim::<5>(2), excess], 2);
        gelu(
            self.neighbours
                .forward(interleaved.reshape([batch, 2 * channels, height, width])),
        )
    }
}

/// The references `[b, c, m]` nearest to each of the nodes `[b, c, n]` of a map of this size, `[b, n, k]`: by the squared
/// distance between normalised features plus the relative position. No gradient.
fn nearest_references(
    nodes: &Tensor<3>,
    references: &Tensor<3>,
    size: [usize; 2],
) -> Tensor<3, Int> {
    let [_, channels, _] = nodes.dims();
    let [_, _, count] = references.dims();
    let direction = |tensor: &Tensor<3>| {
        let tensor = tensor.clone().detach();
        let length = tensor.clone().square().sum_dim(1).sqrt();
        tensor / length.clamp_min(1e-12)
    };
    let (nodes, references) = (direction(nodes), direction(references));
    // The node's own square is the same for all its references and does not change their order.
    let squares = references.clone().square().sum_dim(1);
    let products = nodes.swap_dims(1, 2).matmul(references);
    let [batch, nodes, _] = products.dims();
    note_products(
        [batch, 1, nodes, count],
        channels,
        "products of nodes and references",
    );
    let device = products.device();
    let positions = positions::relative(size, channels, count, &device, products.dtype());
    let distances = squares - products.mul_scalar(2.0) + positions;
    let found = nearest(distances.clone(), NEIGHBOURS.min(count));
    #[cfg(test)]
    let found = match SETTLE.get() {
        Some(settle) => settle(&distances, found),
        None => found,
    };
    found
}

/// Takes the distances `[b, n, m]` and the neighbours found by them, and returns the neighbours to use.
#[cfg(test)]
pub(crate) type Settle = fn(&Tensor<3>, Tensor<3, Int>) -> Tensor<3, Int>;

#[cfg(test)]
thread_local! {
    /// Called for every graph: a test records its neighbours, or replaces them by recorded ones.
    pub(crate) static SETTLE: std::cell::Cell<Option<Settle>> = const { std::cell::Cell::new(None) };
}
