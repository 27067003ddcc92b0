//! The node of a pooling in the graph of gradients, which keeps only its input.

use std::any::TypeId;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::ops::ModuleOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, Flex};

use super::backend::MaxPoolBackend;
use crate::autodiff::{Cost, Track, recomputes};

/// The node of a pooling.
#[derive(Debug)]
struct PoolNode;

impl<B: MaxPoolBackend> Backward<B, 1> for PoolNode {
    /// The map, and the side of a square.
    type State = (NodeId, usize);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (map, side) = ops.state;
        let map = checkpointer.retrieve_node_output::<FloatTensor<B>>(map);
        let [of_map] = ops.parents;
        if let Some(node) = of_map {
            let value = B::max_of_squares_gradient(map, gradient, side);
            gradients.register::<B>(node.id, value);
        }
    }
}

/// Whether keeping the positions of the maxima, as Burn does, is faster than finding them again.
fn keeps_positions<B: 'static>() -> bool {
    TypeId::of::<B>() == TypeId::of::<Flex>()
}

impl<B: MaxPoolBackend, C: CheckpointStrategy> MaxPoolBackend for Autodiff<B, C> {
    fn max_of_squares(map: FloatTensor<Self>, side: usize) -> FloatTensor<Self> {
        if keeps_positions::<B>() && !recomputes::<C>() {
            let square = [side; 2];
            return Self::max_pool2d(map, square, square, [0; 2], [1; 2], false);
        }
        let forward = move |[map]: [FloatTensor<B>; 1]| (B::max_of_squares(map, side), ());
        let (pooled, ()) = Self::tracked(
            PoolNode,
            Cost::Memory,
            [map],
            [0],
            forward,
            |[map], _, ()| (map, side),
        );
        pooled
    }

    fn max_of_squares_gradient(
        map: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        side: usize,
    ) -> FloatTensor<Self> {
        // Gradients are not differentiated again.
        let (map, gradient) = (Self::inner(map), Self::inner(gradient));
        Self::from_inner(B::max_of_squares_gradient(map, gradient, side))
    }
}
