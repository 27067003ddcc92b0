//! Winograd's algorithm against plain sums in 64 bits, for shapes that do not fit tiles or blocks.

use super::{Sizes, convolve, weight_gradient};
use crate::testing::closeness;

/// Largest difference, relative to the largest value.
const TOLERANCE: f64 = 5e-5;

/// [batch, channels, outputs, rows, columns, padding above, padding before]
const CASES: [[usize; 7]; 12] = [
    [1, 1, 1, 1, 1, 1, 1],
    [2, 3, 2, 1, 5, 1, 1],
    [1, 2, 3, 4, 4, 1, 1],
    [2, 20, 9, 13, 22, 1, 1],
    [3, 8, 8, 5, 70, 0, 0],
    [2, 7, 3, 9, 9, 2, 2],
    [1, 5, 6, 7, 300, 0, 2],
    [5, 4, 17, 3, 3, 2, 1],
    [1, 70, 13, 33, 31, 1, 1],
    [1, 13, 70, 8, 130, 1, 0],
    [40, 3, 4, 4, 4, 1, 1],
    [1, 160, 24, 16, 16, 1, 1],
];

fn waves(count: usize, number: f64) -> Vec<f32> {
    (0..count)
        .map(|place| (1.7 * place as f64 + 0.9 * number + 0.3).sin() as f32)
        .collect()
}

fn assert_close(what: &str, found: &[f32], expected: &[f64]) {
    closeness::assert_close(what, found, expected, TOLERANCE, 1e-3);
}

/// Calls `with` for every product of the convolution, with its positions in output, input and weight `[o, c, 3, 3]`.
fn products(sizes: Sizes, mut with: impl FnMut(usize, usize, usize)) {
    let Sizes {
        batch,
        channels,
        outputs,
        input,
        padding,
    } = sizes;
    let [rows, columns] = sizes.output();
    for image in 0..batch {
        for output in 0..outputs {
            for row in 0..rows {
                for column in 0..columns {
                    let to = ((image * outputs + output) * rows + row) * columns + column;
                    for channel in 0..channels {
                        for tap in 0..9 {
                            let y = (row + tap / 3).wrapping_sub(padding[0]);
                            let x = (column + tap % 3).wrapping_sub(padding[1]);
                            if y < input[0] && x < input[1] {
                                let map = image * channels + channel;
                                let from = (map * input[0] + y) * input[1] + x;
                                with(to, from, (output * channels + channel) * 9 + tap);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn outputs_and_gradients_agree_with_plain_sums() {
    for case in CASES {
        let [batch, channels, outputs, rows, columns, above, before] = case;
        let sizes = Sizes {
            batch,
            channels,
            outputs,
            input: [rows, columns],
            padding: [above, before],
        };
        let input = waves(batch * channels * rows * columns, 0.0);
        let weight = waves(outputs * channels * 9, 1.0);
        let bias = waves(outputs, 2.0);
        let pixels: usize = sizes.output().iter().product();
        let seed = waves(batch * outputs * pixels, 3.0);

        let mut output: Vec<f64> = (0..batch * outputs * pixels)
            .map(|place| f64::from(bias[place / pixels % outputs]))
            .collect();
        let mut by_weight = vec![0.0; weight.len()];
        let mut by_input = vec![0.0; input.len()];
        products(sizes, |to, from, tap| {
            output[to] += f64::from(input[from]) * f64::from(weight[tap]);
            by_weight[tap] += f64::from(input[from]) * f64::from(seed[to]);
            by_input[from] += f64::from(weight[tap]) * f64::from(seed[to]);
        });

        let found = convolve(&input, &weight, Some(&bias), sizes, false);
        assert_close(&format!("{case:?}: output"), &found, &output);
        let found = weight_gradient(&input, &seed, sizes);
        assert_close(&format!("{case:?}: by weight"), &found, &by_weight);
        let back = Sizes {
            channels: outputs,
            outputs: channels,
            input: sizes.output(),
            padding: sizes.padding.map(|padding| 2 - padding),
            ..sizes
        };
        let found = convolve(&seed, &weight, None, back, true);
        assert_close(&format!("{case:?}: by input"), &found, &by_input);
    }
}

#[test]
fn nan_reaches_only_its_neighbourhood() {
    let sizes = Sizes {
        batch: 2,
        channels: 3,
        outputs: 2,
        input: [20, 24],
        padding: [1, 1],
    };
    let mut input = waves(2 * 3 * 20 * 24, 0.0);
    input[20 * 24 + 9 * 24 + 9] = f32::NAN;
    let output = convolve(&input, &waves(2 * 3 * 9, 1.0), None, sizes, false);
    for (place, value) in output.iter().enumerate() {
        let (row, column) = (place / 24 % 20, place % 24);
        let touched = place < 2 * 20 * 24 && row.abs_diff(9) < 2 && column.abs_diff(9) < 2;
        let near = place < 2 * 20 * 24 && row.abs_diff(9) < 8 && column.abs_diff(9) < 8;
        assert!(
            !touched || value.is_nan(),
            "row {row}, column {column}: {value}"
        );
        assert!(
            near || value.is_finite(),
            "row {row}, column {column}: {value}"
        );
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let sizes = Sizes {
        batch: 2,
        channels: 17,
        outputs: 33,
        input: [40, 52],
        padding: [1, 1],
    };
    let (input, weight) = (waves(2 * 17 * 40 * 52, 0.0), waves(33 * 17 * 9, 1.0));
    let seed = waves(2 * 33 * 40 * 52, 3.0);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| {
            (
                convolve(&input, &weight, None, sizes, false),
                weight_gradient(&input, &seed, sizes),
            )
        })
    };
    assert!(run(1) == run(3));
}
