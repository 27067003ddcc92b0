//! The operation as every backend carries it out, and the gradient node that keeps nothing.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::ops::ModuleOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Backend, Cube, Flex, TensorMetadata, backend_extension, get_or_init_device_settings,
};

use crate::autodiff::{Anew, recomputes};

/// Maxima over squares.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait MaxPoolBackend: Backend {
    /// `[b, c, h, w]` → `[b, c, h / side, w / side]`.
    #[fusion(default)]
    fn max_of_squares(map: FloatTensor<Self>, side: usize) -> FloatTensor<Self> {
        let square = [side; 2];
        Self::max_pool2d(map, square, square, [0; 2], [1; 2], false)
    }
}

impl MaxPoolBackend for Cube {}

impl MaxPoolBackend for Flex {}

/// The node of one pooling in the graph of gradients.
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
        let node = map.node();
        let number = node.id();
        let prepared = PoolNode
            .prepare::<C>([node])
            .memory_bound()
            .retro_forward(Anew::<B, _, 1>::new([number], move |[map]| {
                B::max_of_squares(map, side)
            }))
            .parents([&map])
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = prepared.checkpoint(&map);
                prepared.finish((kept, side), B::max_of_squares(map.into_primitive(), side))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::max_of_squares(map.into_primitive(), side))
            }
        }
    }
}
