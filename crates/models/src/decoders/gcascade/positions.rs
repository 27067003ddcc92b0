//! Positions of the nodes of a graph on pixels: sine-cosine encodings, and their contribution to the distances of nodes.
//!
//! Two-dimensional positions as in He et al., *Masked Autoencoders*, CVPR 2022; relative positions as in Han et al., *Vision
//! GNN*, NeurIPS 2022: between nodes i and j of a map of C channels, −2·PEᵢ·PEⱼ/C. Where the references are fewer than the
//! nodes, the published matrix is resized to that many columns by bicubic interpolation (a = −0.75, half-pixel centres, the
//! border repeated), along the flattened map. The resize is linear in the columns, so resizing PE·PEᵀ gives PE·(W·PE)ᵀ with
//! the interpolation weights W: two thin matrices instead of one of nodes × references. They are computed for the map's own
//! size, whereas the published network stores the matrix of one image size.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// Positions `[nodes, channels]` on a grid, row by row: the first half of the channels encodes the column, the other the row,
/// each half first as sines, then as cosines.
fn sine_cosine([rows, columns]: [usize; 2], channels: usize) -> Vec<f64> {
    let quarter = channels / 4;
    let of_place = |place: usize| -> Vec<f64> {
        let angles = (0..quarter).map(|number| {
            let frequency = 10_000_f64.powf(-(number as f64) / quarter as f64);
            place as f64 * frequency
        });
        let (sines, cosines): (Vec<f64>, Vec<f64>) = angles.map(f64::sin_cos).unzip();
        [sines, cosines].concat()
    };
    let of_columns: Vec<Vec<f64>> = (0..columns).map(of_place).collect();
    let mut positions = Vec::with_capacity(rows * columns * channels);
    for row in 0..rows {
        let of_row = of_place(row);
        for of_column in &of_columns {
            positions.extend(of_column);
            positions.extend(&of_row);
        }
    }
    positions
}

/// Weights of the four values around a point that lies `fraction` of the way from the second to the third.
fn cubic(fraction: f64) -> [f64; 4] {
    const A: f64 = -0.75;
    let near = |x: f64| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [
        far(1.0 + fraction),
        near(fraction),
        near(1.0 - fraction),
        far(2.0 - fraction),
    ]
}

/// Positions of `to` references, interpolated from those of the nodes, `[to, channels]`.
fn resized(positions: &[f64], channels: usize, to: usize) -> Vec<f64> {
    let from = positions.len() / channels;
    let scale = from as f64 / to as f64;
    let mut resized = vec![0.0; to * channels];
    for (number, target) in resized.chunks_exact_mut(channels).enumerate() {
        let place = (number as f64 + 0.5) * scale - 0.5;
        for (tap, weight) in cubic(place - place.floor()).into_iter().enumerate() {
            let source = (place.floor() as isize + tap as isize - 1).clamp(0, from as isize - 1);
            let source = &positions[source as usize * channels..][..channels];
            for (sum, value) in target.iter_mut().zip(source) {
                *sum += weight * value;
            }
        }
    }
    resized
}

/// The contribution of positions to the squared distances between a map's nodes and `references`,
/// `[1, nodes, references]`; no gradient.
pub(crate) fn relative(
    size: [usize; 2],
    channels: usize,
    references: usize,
    device: &Device,
    dtype: DType,
) -> Tensor<3> {
    let nodes = size[0] * size[1];
    let of_nodes = sine_cosine(size, channels);
    let of_references = resized(&of_nodes, channels, references);
    let tensor = |values, count| {
        let data = TensorData::new(values, [1, count, channels]);
        Tensor::<3>::from_data(data, (device, dtype))
    };
    let of_nodes: Vec<f64> = of_nodes
        .into_iter()
        .map(|value| -2.0 / channels as f64 * value)
        .collect();
    let of_references = tensor(of_references, references).swap_dims(1, 2);
    tensor(of_nodes, nodes).matmul(of_references)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_of_thin_matrices_is_the_resized_matrix() {
        let (size, channels, references) = ([4, 6], 8, 6);
        let codes = sine_cosine(size, channels);
        let code = |node: usize| &codes[node * channels..][..channels];
        // Node 8 is the third node of the second row.
        let expected = [2.0_f64.sin(), 0.02_f64.sin(), 2.0_f64.cos(), 0.02_f64.cos()];
        assert!(
            code(8)[..4]
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        let expected = [1.0_f64.sin(), 0.01_f64.sin(), 1.0_f64.cos(), 0.01_f64.cos()];
        assert!(
            code(8)[4..]
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        let found = relative(size, channels, references, &Device::flex(), DType::F64);
        assert_eq!(found.dims(), [1, 24, references]);
        let found: Vec<f64> = found.into_data().try_to_vec().expect("64 bits");
        // Four columns become one, interpolated midway between the second and the third.
        for node in 0..24 {
            for reference in 0..references {
                let column = |other: usize| {
                    let product = code(node).iter().zip(code(other)).map(|(a, b)| a * b);
                    -2.0 * product.sum::<f64>() / channels as f64
                };
                let [a, b, c, d] = [0, 1, 2, 3].map(|tap| column(4 * reference + tap));
                let expected = -0.09375 * (a + d) + 0.59375 * (b + c);
                let found = found[node * references + reference];
                assert!((found - expected).abs() < 1e-12, "{node}, {reference}");
            }
        }
    }
}
