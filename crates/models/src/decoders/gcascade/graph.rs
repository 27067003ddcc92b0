//! A graph convolution on the pixels of a map: every node looks at the nodes that are like it, wherever they are.
//!
//! Han, Wang, Guo, Tang, Wu, *Vision GNN: An Image is Worth Graph of Nodes*, NeurIPS 2022, section 3, with the max-relative
//! convolution of Li et al., *DeepGCNs*, ICCV 2019, as Rahman and Marculescu, *G-CASCADE*, WACV 2024, decode with it.

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

/// Groups of the convolution behind the neighbours.
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

/// Projection, graph convolution to twice the channels, projection back, added to what came in.
#[derive(Module, Debug)]
pub(crate) struct Grapher {
    entry: Projection,
    neighbours: Projection,
    exit: Projection,
    #[module(skip)]
    reduction: usize,
}

impl Grapher {
    /// For maps of `channels`, a multiple of 4. References are the means of squares of `reduction` pixels a side.
    pub(crate) fn new(builder: &mut Builder<'_>, channels: usize, reduction: usize) -> Self {
        let joined = 2 * channels;
        let entry = Convolution::uniform(builder, channels, channels, 1);
        let grouped = Geometry {
            groups: GROUPS,
            ..Geometry::same(1)
        };
        let neighbours =
            Convolution::with_geometry(builder, joined, joined, 1, grouped, Initial::FanIn);
        let exit = Convolution::uniform(builder, joined, channels, 1);
        Self {
            entry: Projection::new(builder, entry, channels),
            neighbours: Projection::new(builder, neighbours, joined),
            exit: Projection::new(builder, exit, channels),
            reduction,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let inner = self.convolve(self.entry.forward(map.clone()));
        self.exit.forward(inner) + map
    }

    /// Every channel beside what the likest references have most of it more, mixed in groups.
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
        let neighbours = likest(&nodes, &references, [height, width]);
        let most = max_relative(nodes, references, neighbours)
            .reshape([batch, channels, 1, height, width]);
        let beside = Tensor::cat(vec![map.unsqueeze_dim::<5>(2), most], 2);
        gelu(
            self.neighbours
                .forward(beside.reshape([batch, 2 * channels, height, width])),
        )
    }
}

/// The references `[b, c, m]` that each of the nodes `[b, c, n]` of a map of this size is nearest to, `[b, n, k]`: by the
/// squared distance of their directions and by where they lie. Without gradient.
fn likest(nodes: &Tensor<3>, references: &Tensor<3>, size: [usize; 2]) -> Tensor<3, Int> {
    let [_, channels, _] = nodes.dims();
    let [_, _, count] = references.dims();
    let direction = |tensor: &Tensor<3>| {
        let tensor = tensor.clone().detach();
        let length = tensor.clone().square().sum_dim(1).sqrt();
        tensor / length.clamp_min(1e-12)
    };
    let (nodes, references) = (direction(nodes), direction(references));
    // A node's own square is the same for all of its references and moves none of them before another.
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
    let found = crate::tests::recorded_neighbours::settle(&distances, found);
    found
}
