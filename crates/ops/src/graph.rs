//! The two steps of a graph convolution on the pixels of a map: which nodes are neighbours, and by how much neighbours exceed a
//! node (Li et al., arXiv 1904.03751; Han et al., arXiv 2206.00272).

mod backend;
mod cpu;
mod formula;
pub(crate) mod graphics;
mod node;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use backend::GraphBackend;

/// The columns `[b, n, count]` of the `count` smallest numbers of each row of `distances` `[b, n, m]`, in ascending order; of equal
/// numbers the lower column comes first. NaN comes after all numbers. Has no gradient, and nothing is read back to the host.
///
/// # Panics
///
/// When `count` is more than m.
#[must_use]
pub fn nearest(distances: Tensor<3>, count: usize) -> Tensor<3, Int> {
    let [_, _, columns] = distances.dims();
    assert!(
        count <= columns,
        "nearest: {count} of {columns} columns asked for"
    );
    let found = <Dispatch as GraphBackend>::nearest(distances.into_dispatch(), count);
    Tensor::from_dispatch(found)
}

/// The largest excess of a node's neighbours over the node, channel by channel: `max_j (references[j] − nodes[i])` over the
/// `neighbours` j of i. `nodes` `[b, c, n]`, `references` `[b, c, m]`, `neighbours` `[b, n, k]` columns of `references`, the
/// result `[b, c, n]`. Differentiable in nodes and references; of equal neighbours the first gets the gradient. If a neighbour
/// is NaN, so is the result.
///
/// # Panics
///
/// Without neighbours, and when the sizes disagree: this is a bug in the network.
#[must_use]
pub fn max_relative(
    nodes: Tensor<3>,
    references: Tensor<3>,
    neighbours: Tensor<3, Int>,
) -> Tensor<3> {
    let ([batch, channels, count], [_, _, size]) = (nodes.dims(), references.dims());
    let [_, _, near] = neighbours.dims();
    assert_eq!(
        (references.dims(), neighbours.dims()),
        ([batch, channels, size], [batch, count, near]),
        "max_relative: references and neighbours of nodes {:?}",
        nodes.dims()
    );
    assert!(near > 0, "max_relative: a node without a neighbour");
    let (excess, _) = <Dispatch as GraphBackend>::max_relative(
        nodes.into_dispatch(),
        references.into_dispatch(),
        neighbours.into_dispatch(),
    );
    Tensor::from_dispatch(excess)
}

#[cfg(test)]
mod tests;
