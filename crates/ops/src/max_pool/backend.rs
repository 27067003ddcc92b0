//! The operation as every backend carries it out, and the gradient node that keeps nothing.

use std::marker::PhantomData;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::retro_forward::RetroForward;
use burn::backend::autodiff::checkpoint::state::BackwardStates;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::ops::ModuleOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Backend, Cube, Flex, TensorMetadata, backend_extension, get_or_init_device_settings,
};

use crate::recompute::recomputes;

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

/// The maxima, found anew.
#[derive(Debug)]
struct Anew<B: Backend> {
    map: NodeId,
    side: usize,
    backend: PhantomData<B>,
}

impl<B: MaxPoolBackend> RetroForward for Anew<B> {
    fn forward(&self, states: &mut BackwardStates, out_node: NodeId) {
        let map = states.get_state::<FloatTensor<B>>(&self.map);
        states.save(out_node, B::max_of_squares(map, self.side));
    }
}

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
            .retro_forward(Anew::<B> {
                map: number,
                side,
                backend: PhantomData,
            })
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
