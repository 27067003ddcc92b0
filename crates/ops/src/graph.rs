//! The two steps of a graph convolution on the pixels of a map: which nodes are neighbours, and by how much the neighbours
//! exceed a node (Li et al., *DeepGCNs*, ICCV 2019; Han et al., *Vision GNN*, NeurIPS 2022).

use burn::tensor::{Int, Tensor};

/// The `count` smallest of each row of `distances` `[b, n, m]`: their columns `[b, n, count]`, the smallest first; of equal
/// ones the lower column. Has no gradient, and needs no read-back to the host.
///
/// # Panics
///
/// When `count` is more than m.
#[must_use]
pub fn nearest(distances: Tensor<3>, count: usize) -> Tensor<3, Int> {
    (-distances.detach()).topk_with_indices(count, 2).1
}

/// The largest excess of a node's neighbours over itself, channel by channel: `max_j (references[j] − nodes[i])` over the
/// `neighbours` j of i. `nodes` `[b, c, n]`, `references` `[b, c, m]`, `neighbours` `[b, n, k]` columns of `references`, the
/// result `[b, c, n]`. Differentiable in nodes and references; of equal neighbours the first has the gradient.
#[must_use]
pub fn max_relative(
    nodes: Tensor<3>,
    references: Tensor<3>,
    neighbours: Tensor<3, Int>,
) -> Tensor<3> {
    let [batch, channels, count] = nodes.dims();
    let [_, _, near] = neighbours.dims();
    let columns =
        neighbours
            .reshape([batch, 1, count * near])
            .expand([batch, channels, count * near]);
    let gathered = references
        .gather(2, columns)
        .reshape([batch, channels, count, near]);
    let most = gathered.max_dim(3).reshape([batch, channels, count]);
    most - nodes
}
