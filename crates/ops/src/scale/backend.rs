//! The operation as every backend carries it out in its own way, and its gradient node.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{AutodiffBackend, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::cpu::{self, Factors, Sizes};
use super::formula;
use crate::autodiff::Anew;

/// Maps times factors, and the gradient by the factors; that by the maps is the gradient times the factors.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ScaleBackend: Backend {
    /// `[b, c, h, w]` times `[b, c, 1, 1]`, where b and c may be 1, or `[b, 1, h, w]`.
    #[fusion(default)]
    fn scaled(map: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self> {
        formula::forward::<Self>(map, factors)
    }

    /// The gradient by the factors, of their shape.
    #[fusion(default)]
    fn factor_gradient(
        map: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        formula::factor_gradient::<Self>(map, &factors, gradient)
    }
}

impl ScaleBackend for CubeBackend {}

fn sizes_of(map: &FlexTensor, factors: &FlexTensor) -> Sizes {
    let [batch, channels, rows, columns] = map.shape().dims();
    let [b, c, h, w] = factors.shape().dims();
    let has_planes = [h, w] == [1, 1];
    Sizes {
        batch,
        channels,
        pixels: rows * columns,
        factors: if has_planes {
            Factors::Planes {
                of_image: b > 1,
                of_channel: c > 1,
            }
        } else {
            Factors::Pixels
        },
    }
}

impl ScaleBackend for Flex {
    fn scaled(map: FlexTensor, factors: FlexTensor) -> FlexTensor {
        let sizes = sizes_of(&map, &factors);
        if map.dtype() != DType::F32 || map.shape().num_elements() == 0 {
            return formula::forward::<Self>(map, factors);
        }
        let (map, factors) = (map.to_contiguous(), factors.to_contiguous());
        let output = cpu::scaled(map.storage(), factors.storage(), sizes);
        FlexTensor::from_data(TensorData::new(output, map.shape()))
    }

    fn factor_gradient(map: FlexTensor, factors: FlexTensor, gradient: FlexTensor) -> FlexTensor {
        let sizes = sizes_of(&map, &factors);
        if map.dtype() != DType::F32 || map.shape().num_elements() == 0 {
            return formula::factor_gradient::<Self>(map, &factors, gradient);
        }
        let (map, gradient) = (map.to_contiguous(), gradient.to_contiguous());
        let sums = cpu::factor_gradient(map.storage(), gradient.storage(), sizes);
        FlexTensor::from_data(TensorData::new(sums, factors.shape()))
    }
}

/// The node of one product in the graph of gradients.
#[derive(Debug)]
struct ScaleNode;

impl<B: ScaleBackend> Backward<B, 2> for ScaleNode {
    /// Maps and factors.
    type State = [NodeId; 2];

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let [map, factors] = ops
            .state
            .map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let [of_map, of_factors] = ops.parents;
        if let Some(node) = of_factors {
            let found = B::factor_gradient(map, factors.clone(), gradient.clone());
            gradients.register::<B>(node.id, found);
        }
        if let Some(node) = of_map {
            gradients.register::<B>(node.id, B::scaled(gradient, factors));
        }
    }
}

impl<B: ScaleBackend, C: CheckpointStrategy> ScaleBackend for Autodiff<B, C> {
    fn scaled(map: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = ScaleNode
            .prepare::<C>([map.node(), factors.node()])
            .memory_bound()
            .retro_forward(Anew::<B, _, 2>::new(
                [&map, &factors].map(|tensor| tensor.node().id()),
                |[map, factors]| B::scaled(map, factors),
            ))
            .parents([&map, &factors])
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = [&map, &factors].map(|tensor| prepared.checkpoint(tensor));
                let output = B::scaled(map.into_primitive(), factors.into_primitive());
                prepared.finish(kept, output)
            }
            OpsKind::UnTracked(prepared) => {
                let output = B::scaled(map.into_primitive(), factors.into_primitive());
                prepared.finish(output)
            }
        }
    }

    fn factor_gradient(
        map: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        // A gradient has none itself.
        Self::from_inner(B::factor_gradient(
            Self::inner(map),
            Self::inner(factors),
            Self::inner(gradient),
        ))
    }
}
