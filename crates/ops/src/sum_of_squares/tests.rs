//! The kernel against sums in 64 bits.

use burn::tensor::{Tensor, TensorData};

use super::sum_of_squares;
use crate::testing::devices::devices;

#[test]
fn the_squares_of_all_numbers_are_counted_once() {
    for device in devices() {
        for counts in [
            &[1][..],
            &[3, 1, 40_000],
            &[16_384, 16_385, 1, 2, 3, 4, 5],
            // Several rounds.
            &[7; 50],
        ] {
            let mut expected = 0.0;
            let tensors = counts
                .iter()
                .enumerate()
                .map(|(number, &count)| {
                    let values: Vec<f32> = (0..count)
                        .map(|place| (0.3 * (place + 7 * number) as f64).cos() as f32)
                        .collect();
                    expected += values
                        .iter()
                        .map(|&v| f64::from(v) * f64::from(v))
                        .sum::<f64>();
                    Tensor::from_data(TensorData::new(values, [count]), &device)
                })
                .collect();
            let found = sum_of_squares(tensors).expect("tensors");
            let found: Vec<f32> = found.into_data().iter().collect();
            assert_eq!(found.len(), 1);
            let error = (f64::from(found[0]) - expected).abs() / expected;
            assert!(error < 1e-5, "{counts:?}: {found:?}, {expected}");
        }
    }
    assert!(sum_of_squares(Vec::new()).is_none());
}
