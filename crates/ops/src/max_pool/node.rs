//! The node of a pooling in the graph of gradients, which keeps only its input.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::ops::ModuleOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};

use super::backend::MaxPoolBackend;
use crate::autodiff::{Cost, Track, recomputes};

/// The node of a pooling.
#[derive(Debug)]
struct PoolNode;

impl<B: Backend> Backward<B, 1> for PoolNode {
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
        let Some(node) = of_map else {
            return;
        };
        let (square, padding, dilation) = ([side; 2], [0; 2], [1; 2]);
        let settings = get_or_init_device_settings::<B>(&map.device());
        let places = B::max_pool2d_with_indices(
            map.clone(),
            square,
            square,
            padding,
            dilation,
            false,
            settings.int_dtype,
        );
        let found = B::max_pool2d_with_indices_backward(
            map,
            square,
            square,
            padding,
            dilation,
            false,
            gradient,
            places.indices,
        );
        gradients.register::<B>(node.id, found.x_grad);
    }
}

impl<B: MaxPoolBackend, C: CheckpointStrategy> MaxPoolBackend for Autodiff<B, C> {
    fn max_of_squares(map: FloatTensor<Self>, side: usize) -> FloatTensor<Self> {
        if !recomputes::<C>() {
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
}
