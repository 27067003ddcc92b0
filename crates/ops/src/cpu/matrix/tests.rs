//! Against sums of products in 64 bits, for sizes that do not fit blocks.

use pulp::{Simd, WithSimd};

use super::*;
use crate::cpu::instruction_set::arch;

/// The product, with the right matrix packed from rows, or transposed from columns.
struct Product<'a> {
    left: Left<'a>,
    right: &'a [f32],
    /// Distance between the right matrix's rows, or columns if transposed.
    apart: usize,
    is_turned: bool,
    depth: usize,
    target: Target<'a>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            left,
            right,
            apart,
            is_turned,
            depth,
            target,
        } = self;
        let mut packed = vec![f32::NAN; depth * WIDTH];
        for column in (0..target.columns).step_by(WIDTH) {
            let columns = WIDTH.min(target.columns - column);
            if is_turned {
                simd.vectorize(Transpose {
                    columns: |number: usize| &right[(column + number) * apart..],
                    count: columns,
                    places: depth,
                    transposed: &mut packed,
                });
            } else {
                for (place, line) in packed.chunks_exact_mut(WIDTH).enumerate() {
                    copy_line(&right[place * apart + column..][..columns], line);
                }
            }
            multiply(simd, left, &packed, target.part(0, column, columns));
        }
    }
}

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
        // The rows of all matrices have gaps between them.
        let (left_row, target_row) = (depth + 3, columns + 5);
        let left = numbers(rows * left_row, 0.1);
        let right = numbers((depth + 2) * (columns + 2), 0.7);
        for turned in [false, true] {
            let apart = if turned { depth } else { columns } + 2;
            let (row, column) = if turned { (1, apart) } else { (apart, 1) };
            let starts = numbers(rows, 3.0);
            for start in [Start::Zero, Start::Target, Start::Rows(&starts)] {
                let before = numbers(rows * target_row, 2.0);
                let mut found = before.clone();
                let left = Left {
                    values: &left,
                    row: left_row,
                    rows,
                };
                let target = Target::new(&mut found, target_row, columns, start);
                arch().dispatch(Product {
                    left,
                    right: &right,
                    apart,
                    is_turned: turned,
                    depth,
                    target,
                });
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
