//! Against sums of products in 64 bits, over sizes that fit no block.

use super::*;

fn numbers(count: usize, seed: f64) -> Vec<f32> {
    (0..count)
        .map(|place| (seed + 1.3 * place as f64).sin() as f32)
        .collect()
}

#[test]
fn a_product_is_the_sum_of_products() {
    for [rows, columns, depth] in [
        [1, 1, 1],
        [6, 64, 16],
        [7, 65, 513],
        [5, 200, 3],
        [13, 17, 1030],
        [64, 31, 9],
    ] {
        // Rows of all matrices lie apart from each other.
        let (left_row, target_row) = (depth + 3, columns + 5);
        let left = numbers(rows * left_row, 0.1);
        let right = numbers((depth + 2) * (columns + 2), 0.7);
        for turned in [false, true] {
            let (seen, row, column) = if turned {
                (Right::Columns(&right, depth + 2), 1, depth + 2)
            } else {
                (Right::Rows(&right, columns + 2), columns + 2, 1)
            };
            let starts = numbers(rows, 3.0);
            for start in [Start::Zero, Start::Target, Start::Rows(&starts)] {
                let before = numbers(rows * target_row, 2.0);
                let mut found = before.clone();
                let left = Left {
                    values: &left,
                    row: left_row,
                    rows,
                };
                let target = Target::of(&mut found, target_row, columns, start);
                product(left, seen, depth, target);
                for (place, (found, before)) in found.iter().zip(&before).enumerate() {
                    let (m, n) = (place / target_row, place % target_row);
                    let expected = if n < columns {
                        let products = (0..depth).map(|k| {
                            f64::from(left.values[m * left_row + k])
                                * f64::from(right[k * row + n * column])
                        });
                        let begun = match start {
                            Start::Zero => 0.0,
                            Start::Target => *before,
                            Start::Rows(values) => values[m],
                        };
                        f64::from(begun) + products.sum::<f64>()
                    } else {
                        f64::from(*before)
                    };
                    assert!(
                        (f64::from(*found) - expected).abs() < 1e-6 * (1.0 + depth as f64),
                        "{rows}×{columns} of {depth}, turned {turned}, at {m}, {n}: {found}, expected {expected}"
                    );
                }
            }
        }
    }
}
