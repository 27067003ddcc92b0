//! The excess of neighbours on Burn's flex backend: blocks of channels on all cores, channels in vectors.

use rayon::prelude::*;

use crate::cpu::vectorised::vectorised;

/// Channels compared in parallel.
const LANES: usize = 16;

/// Numbers of channels, nodes and references, and of neighbours per node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) channels: usize,
    pub(crate) nodes: usize,
    pub(crate) references: usize,
    pub(crate) near: usize,
}

/// The excess `[b, c, n]`, and the index of the largest reference. `nodes` `[b, c, n]`, `references` `[b, c, m]`, `neighbours`
/// `[b, n, k]`.
///
/// # Panics
///
/// When a neighbour is not the index of a reference.
pub(crate) fn forward(
    nodes: &[f32],
    references: &[f32],
    neighbours: &[i32],
    sizes: Sizes,
) -> (Vec<f32>, Vec<i32>) {
    let Sizes {
        channels,
        nodes: count,
        references: size,
        near,
    } = sizes;
    let (mut excess, mut winners) = (vec![0.0; nodes.len()], vec![0; nodes.len()]);
    if nodes.is_empty() {
        return (excess, winners);
    }
    let images = excess
        .par_chunks_mut(channels * count)
        .zip(winners.par_chunks_mut(channels * count));
    images
        .enumerate()
        .flat_map(|(image, (excess, winners))| {
            let blocks = excess
                .par_chunks_mut(LANES * count)
                .zip(winners.par_chunks_mut(LANES * count));
            blocks
                .enumerate()
                .map(move |(block, output)| (image, block * LANES, output))
        })
        .for_each_init(Vec::new, |transposed, (image, first, (excess, winners))| {
            let lanes = excess.len() / count;
            let map = image * channels + first;
            transpose(&references[map * size..][..lanes * size], size, transposed);
            let block = Block {
                transposed,
                neighbours: &neighbours[image * count * near..][..count * near],
                near,
                nodes: &nodes[map * count..][..lanes * count],
            };
            block.write(excess, winners);
        });
    (excess, winners)
}

/// `[channel, reference]` → `[reference, channel]`.
fn transpose(references: &[f32], size: usize, transposed: &mut Vec<[f32; LANES]>) {
    transposed.clear();
    transposed.resize(size, [0.0; LANES]);
    for (lane, row) in references.chunks_exact(size).enumerate() {
        for (values, value) in transposed.iter_mut().zip(row) {
            values[lane] = *value;
        }
    }
}

/// Some channels of one image.
struct Block<'a> {
    transposed: &'a [[f32; LANES]],
    neighbours: &'a [i32],
    near: usize,
    nodes: &'a [f32],
}

impl Block<'_> {
    fn write(&self, excess: &mut [f32], winners: &mut [i32]) {
        let count = self.neighbours.len() / self.near;
        let values_of = |column: i32| &self.transposed[column as usize];
        vectorised(|| {
            for (node, near) in self.neighbours.chunks_exact(self.near).enumerate() {
                let (mut most, mut winner) = (*values_of(near[0]), [near[0]; LANES]);
                for &column in &near[1..] {
                    let values = values_of(column);
                    for lane in 0..LANES {
                        let (value, so_far) = (values[lane], most[lane]);
                        // Once NaN is found, it stays.
                        let wins = (value > so_far || value.is_nan()) & !so_far.is_nan();
                        most[lane] = if wins { value } else { so_far };
                        winner[lane] = if wins { column } else { winner[lane] };
                    }
                }
                let places = (node..excess.len()).step_by(count);
                for (place, (most, winner)) in places.zip(most.iter().zip(&winner)) {
                    excess[place] = most - self.nodes[place];
                    winners[place] = *winner;
                }
            }
        });
    }
}

/// The gradient with respect to the references `[b, c, m]`: each sums, in order, over the nodes whose largest neighbour it is.
/// `gradient` and `winners` are `[b, c, n]`, where n is `count`; `size` is m.
pub(crate) fn gradient(gradient: &[f32], winners: &[i32], count: usize, size: usize) -> Vec<f32> {
    let mut output = vec![0.0; gradient.len() / count.max(1) * size];
    output
        .par_chunks_mut(size.max(1))
        .zip(gradient.par_chunks(count.max(1)))
        .zip(winners.par_chunks(count.max(1)))
        .for_each(|((output, gradient), winners)| {
            for (value, winner) in gradient.iter().zip(winners) {
                output[*winner as usize] += value;
            }
        });
    output
}
