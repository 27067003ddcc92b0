//! The kernels with products in half precision, where they fit, against Burn's built-in operations.

use burn::tensor::Device;
use burn::tensor::module::conv2d as burn_conv2d;
use burn::tensor::ops::ConvOptions;

use super::super::graphics::choice::{Variant, forced::Path};
use super::super::{Geometry, conv2d};
use super::{CHOICES, Operation, SPLIT, on, poison_adapter, random, run};
use crate::adapters::adapters;
use crate::precision::{Precision, with_precision};
use crate::testing::closeness;
use crate::testing::devices::{graphics, is_cpu_only};

/// Operands have 11 bits, and so have sums of a few products. Relative to the largest number.
const TOLERANCE: f64 = 3e-3;

/// Whether there is an adapter, and all adapters compute with 16-bit floats.
fn has_half() -> bool {
    let has = !is_cpu_only()
        && adapters()
            .expect("adapters")
            .iter()
            .all(|adapter| adapter.half_precision);
    if !has {
        eprintln!(
            "\n*** SKIPPED: kernels in half precision are NOT checked: no 16-bit floats ***\n"
        );
    }
    has
}

/// Each kernel for GPUs wherever it fits, also in parts.
fn paths() -> Vec<Path> {
    let path = |kernels, is_split| Path {
        variant: Variant::Tiles,
        kernels,
        is_split,
    };
    let whole = CHOICES.map(|kernels| path(kernels, false));
    let parts = SPLIT.map(|kernels| path(kernels, true));
    [&whole[..], &parts].concat()
}

fn mixed<R>(path: Path, work: impl FnOnce() -> R) -> R {
    with_precision(Precision::Mixed, || on(Some(path), work))
}

fn bits(found: &[Vec<f32>; 4]) -> [Vec<u32>; 4] {
    found
        .each_ref()
        .map(|values| values.iter().map(|value| value.to_bits()).collect())
}

#[test]
fn values_and_gradients_in_half_precision_agree_with_the_convolution_of_burn() {
    if !has_half() {
        return;
    }
    // batch, inputs, outputs, rows, columns, kernel, padding, dilation, groups; and what the gradient is multiplied by, far beyond what
    // half precision can express.
    let cases = [
        ([2, 5, 3, 9, 19, 3, 1, 1, 1], 1.0),
        ([1, 9, 70, 18, 21, 3, 1, 1, 1], 1e-12),
        ([1, 18, 33, 17, 37, 3, 2, 2, 1], 1e12),
        ([2, 12, 16, 12, 13, 3, 1, 1, 2], 1e-30),
        ([2, 8, 10, 9, 19, 3, 0, 1, 2], 1e30),
        ([2, 35, 70, 13, 11, 1, 0, 1, 1], 1e-12),
        ([2, 16, 32, 6, 5, 1, 0, 1, 4], 1.0),
        // No gradient: nothing is scaled.
        ([1, 5, 6, 9, 10, 3, 1, 1, 1], 0.0),
    ];
    for (case, factor) in cases {
        let [
            batch,
            inputs,
            outputs,
            rows,
            columns,
            kernel,
            padding,
            dilation,
            groups,
        ] = case;
        let geometry = Geometry {
            stride: [1; 2],
            padding: [padding; 2],
            dilation: [dilation; 2],
            groups,
        };
        let options = ConvOptions::new([1; 2], [padding; 2], [dilation; 2], groups);
        let input = random([batch, inputs, rows, columns]);
        let weight = random([outputs, inputs / groups, kernel, kernel]);
        let bias = random([outputs]);
        let ours: Operation<'_> = &|x, w, b| conv2d(x, w, Some(b), geometry) * factor;
        let stock: Operation<'_> = &|x, w, b| burn_conv2d(x, w, Some(b), options.clone()) * factor;
        let expected = run(stock, [&input, &weight], &bias, &Device::flex());
        poison_adapter();
        for path in paths() {
            let what = format!("{case:?} on {path:?}");
            let work = || run(ours, [&input, &weight], &bias, &graphics());
            let found = mixed(path, work);
            for (found, expected) in found.iter().zip(&expected) {
                closeness::assert_close(
                    &what,
                    found,
                    expected,
                    TOLERANCE,
                    f64::from(f32::MIN_POSITIVE),
                );
            }
            assert!(
                bits(&found) == bits(&mixed(path, work)),
                "{what}: the same bits"
            );
            if factor == 0.0 {
                continue;
            }
            // A form in half precision rounds differently; the general kernels have none.
            let single = on(Some(path), work);
            let differ = [0, 1, 2].map(|place| single[place] != found[place]);
            let prefers = |start: &str| path.kernels.iter().any(|kernel| kernel.starts_with(start));
            if prefers("convolution/tiles") && !prefers("convolution/tiles_1x1") {
                assert_eq!(differ[..2], [false; 2], "{what}");
            } else if kernel == 1 || prefers("convolution/patch") {
                assert_eq!(differ[..2], [true; 2], "{what}");
            }
            if kernel == 1 || prefers("convolution/weight_patch") {
                assert!(differ[2], "{what}");
            } else if prefers("convolution/weight_tiles") {
                assert!(!differ[2], "{what}");
            }
        }
    }
}

#[test]
fn a_gradient_that_is_not_finite_stays_so_in_half_precision() {
    if !has_half() {
        return;
    }
    let (input, weight, bias) = (random([1, 4, 9, 10]), random([5, 4, 3, 3]), random([5]));
    for factor in [f32::NAN, f32::INFINITY] {
        let operation: Operation<'_> = &|x, w, b| conv2d(x, w, Some(b), Geometry::same(3)) * factor;
        let work = || run(operation, [&input, &weight], &bias, &graphics());
        let [_, of_input, of_weight, _] = mixed(paths()[0], work);
        for values in [of_input, of_weight] {
            assert!(values.iter().any(|value| !value.is_finite()), "{factor}");
        }
    }
}
