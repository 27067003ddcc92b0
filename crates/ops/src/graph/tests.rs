//! Every path and the formula against the definitions of the steps.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::{max_relative, nearest};
use crate::testing::devices::devices;

/// Numbers of a periodic wave, so that some are equal.
fn wave(number: usize, count: usize) -> Vec<f64> {
    (0..count)
        .map(|k| (3.0 * (1.7 * k as f64 + 0.9 * number as f64).sin()).round() / 2.0)
        .collect()
}

fn columns(tensor: Tensor<3, Int>) -> Vec<i64> {
    tensor.into_data().iter::<i64>().collect()
}

/// Columns of the smallest numbers of each row by a stable sort, NaN last.
fn sorted(values: &[f32], width: usize, count: usize) -> Vec<i64> {
    let mut expected = Vec::new();
    for row in values.chunks(width) {
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&one, &other| {
            let (one, other) = (row[one], row[other]);
            let by_value = one.partial_cmp(&other);
            by_value.unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
        });
        expected.extend(order[..count].iter().map(|&column| column as i64));
    }
    expected
}

#[test]
fn the_nearest_agree_with_a_stable_sort() {
    for ([batch, rows, width], count) in [
        ([1, 1, 1], 1),
        ([2, 3, 11], 11),
        ([1, 5, 49], 9),
        ([2, 7, 196], 18),
        ([1, 3, 64], 32),
        ([1, 2, 3137], 11),
    ] {
        let values: Vec<f32> = wave(1, batch * rows * width)
            .into_iter()
            .map(|value| value as f32)
            .collect();
        let expected = sorted(&values, width, count);
        for device in devices() {
            for device in [device.clone(), device.autodiff()] {
                let data = TensorData::new(values.clone(), [batch, rows, width]);
                let found = nearest(Tensor::from_data(data, &device), count);
                assert_eq!(found.dims(), [batch, rows, count]);
                assert_eq!(columns(found), expected, "{width} on {device:?}");
            }
        }
        let wide: Vec<f64> = values.iter().copied().map(f64::from).collect();
        let data = TensorData::new(wide, [batch, rows, width]);
        let wide = Tensor::from_data(data, (&Device::flex(), DType::F64));
        assert_eq!(columns(nearest(wide, count)), expected, "{width}");
    }
}

#[test]
fn nan_comes_last_and_stays_in_its_row() {
    let (nan, infinity) = (f32::NAN, f32::INFINITY);
    let rows = [
        [nan, 2.0, -0.0, 0.0, -infinity, infinity, -nan],
        [nan; 7],
        [infinity, nan, infinity, nan, infinity, -1.0, f32::MIN],
    ];
    for device in devices() {
        let distances = Tensor::from_data(TensorData::new(rows.concat(), [1, 3, 7]), &device);
        let found = columns(nearest(distances, 7));
        let expected = [
            [4, 2, 3, 1, 5, 0, 6],
            [0, 1, 2, 3, 4, 5, 6],
            [6, 5, 0, 2, 4, 1, 3],
        ];
        assert_eq!(found, expected.concat(), "{device:?}");
    }
}

#[test]
fn rows_that_are_not_contiguous_are_sorted_correctly() {
    let values: Vec<f32> = wave(0, 2 * 9 * 13)
        .iter()
        .map(|value| *value as f32)
        .collect();
    for device in devices() {
        let straight = Tensor::<3>::from_data(TensorData::new(values.clone(), [2, 9, 13]), &device);
        let turned = straight.clone().swap_dims(1, 2);
        let copy = Tensor::<3>::from_data(turned.clone().into_data(), &device);
        assert_eq!(columns(nearest(turned, 5)), columns(nearest(copy, 5)));
    }
}

/// Batch, channels, nodes, references, neighbours per node.
type Sizes = [usize; 5];

fn neighbours_of([batch, _, nodes, references, near]: Sizes) -> Vec<i32> {
    (0..batch * nodes * near)
        .map(|k| (k * k % 31 * 7 + k / 3) as i32 % references as i32)
        .collect()
}

/// The excess, and the gradients of its product with a seed with respect to nodes and references.
fn run(sizes: Sizes, device: &Device, dtype: DType) -> [Vec<f64>; 3] {
    let [batch, channels, nodes, references, near] = sizes;
    let tensor = |number: usize, last: usize| -> Tensor<3> {
        let values = wave(number, batch * channels * last);
        let data = TensorData::new(values, [batch, channels, last]);
        Tensor::from_data(data, (device, dtype))
    };
    let neighbours = TensorData::new(neighbours_of(sizes), [batch, nodes, near]);
    let neighbours = Tensor::<3, Int>::from_data(neighbours, device);
    let (of_nodes, of_references) = (
        tensor(0, nodes).require_grad(),
        tensor(1, references).require_grad(),
    );
    // On devices that recompute, the previous operation's output is recomputed.
    let excess = max_relative(
        of_nodes.clone().mul_scalar(0.5),
        of_references.clone().mul_scalar(2.0),
        neighbours,
    );
    let cube = excess.clone() * excess.clone() * tensor(2, nodes);
    let gradients = cube.sum().backward();
    [
        excess.inner(),
        of_nodes.grad(&gradients).expect("tracked"),
        of_references.grad(&gradients).expect("tracked"),
    ]
    .map(|tensor| tensor.into_data().iter::<f64>().collect())
}

const SIZES: [Sizes; 6] = [
    [1, 1, 1, 1, 1],
    [2, 3, 7, 5, 2],
    [2, 16, 9, 9, 9],
    [1, 17, 65, 33, 4],
    [3, 40, 20, 70, 11],
    [1, 5, 300, 16, 9],
];

#[test]
fn the_excess_and_its_gradients_agree_with_the_formula() {
    for sizes in SIZES {
        let expected = run(sizes, &Device::flex().autodiff(), DType::F64);
        for device in devices().into_iter().map(Device::autodiff) {
            for device in [device.clone(), device.gradient_checkpointing()] {
                let found = run(sizes, &device, DType::F32);
                let names = ["excess", "by nodes", "by references"];
                for ((name, found), expected) in names.iter().zip(&found).zip(&expected) {
                    assert_eq!(found.len(), expected.len(), "{name}");
                    for (found, expected) in found.iter().zip(expected) {
                        assert!(
                            (found - expected).abs() <= 1e-5 * expected.abs().max(10.0),
                            "{name} of {sizes:?} on {device:?}: {found}, formula {expected}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn of_equal_neighbours_the_first_gets_the_gradient() {
    for dtype in [DType::F32, DType::F64] {
        for device in devices().into_iter().map(Device::autodiff) {
            if dtype == DType::F64 && device != Device::flex().autodiff() {
                continue;
            }
            let data = TensorData::new(vec![4.0, 7.0, 7.0, 7.0], [1, 1, 4]);
            let references = Tensor::<3>::from_data(data, (&device, dtype)).require_grad();
            let near = TensorData::new(vec![0, 2, 1, 3], [1, 1, 4]);
            let nodes = Tensor::<3>::ones([1, 1, 1], (&device, dtype));
            let near = Tensor::<3, Int>::from_data(near, &device);
            let excess = max_relative(nodes, references.clone(), near);
            let gradients = excess.sum().backward();
            let found = references.grad(&gradients).expect("tracked").into_data();
            let found: Vec<f64> = found.iter::<f64>().collect();
            assert_eq!(found, [0.0, 0.0, 1.0, 0.0], "{device:?}");
        }
    }
}

#[test]
fn a_nan_neighbour_reaches_its_channel_only() {
    for device in devices() {
        let mut values = vec![1.0_f32; 2 * 3 * 5];
        values[3 * 5 + 5 + 2] = f32::NAN;
        let references = Tensor::<3>::from_data(TensorData::new(values, [2, 3, 5]), &device);
        let near = TensorData::new(vec![0, 2, 1, 2, 3, 4, 1, 3, 2, 4, 0, 0], [2, 2, 3]);
        let near = Tensor::<3, Int>::from_data(near, &device);
        let nodes = Tensor::<3>::zeros([2, 3, 2], &device);
        let found = max_relative(nodes, references, near).into_data();
        let found: Vec<bool> = found.iter::<f32>().map(f32::is_nan).collect();
        // The second image, its second channel, the first node.
        let expected: Vec<bool> = (0..12).map(|place| place == 8).collect();
        assert_eq!(found, expected, "{device:?}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let [one, three] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads")
            .install(|| run([3, 40, 20, 70, 11], &Device::flex().autodiff(), DType::F32))
    });
    assert_eq!(one, three);
}
