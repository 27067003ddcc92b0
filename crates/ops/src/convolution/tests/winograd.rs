//! Winograd's algorithm on GPUs: where it is chosen, how many digits it loses, and the table in docs/performance.md.

use burn::tensor::{Tensor, TensorData};

use super::super::graphics::MOST_FLOATS;
use super::super::graphics::choice::winograd::{Pass, direct_passes, times, winograd_passes};
use super::super::graphics::choice::{Variant, forced, forced::Path};
use super::super::graphics::gather::Gather;
use super::super::graphics::winograd::slices::{PRODUCT_TILES, Slices};
use super::super::{Geometry, conv2d};
use super::choice::gather;
use super::{numbers, poison_adapter, random};
use crate::testing::closeness;
use crate::testing::devices::{graphics, is_cpu_only};

/// The most products of a dispatch outside tests.
const MOST_PRODUCTS: usize = 50_000_000_000;

const FORCED: Path = Path {
    variant: Variant::Tiles,
    kernels: &["convolution/winograd_products"],
    is_split: false,
};

fn sliced(gather: &Gather) -> Option<Slices> {
    Slices::new(gather, MOST_FLOATS, MOST_PRODUCTS)
}

/// As many partial sums as fit [`MOST_FLOATS`].
fn most_parts(gather: &Gather) -> usize {
    MOST_FLOATS / (gather.batch * gather.outputs * gather.output_pixels())
}

/// Seconds on each GPU, without Winograd and with it.
fn all_times(gather: &Gather) -> [[f64; 2]; 2] {
    let slices = sliced(gather).expect("a convolution that it fits");
    times(gather, &slices, most_parts(gather))
}

#[test]
fn it_is_used_where_it_is_faster_by_count_on_both_families() {
    for (batch, channels, size, dilation, wins) in [
        // UNet3+: wide layers on large maps; not on small ones, nor where transforms move more bytes than products save.
        (8, [320, 320], 256, 1, true),
        (1, [320, 320], 256, 1, true),
        (8, [320, 320], 64, 1, true),
        (1, [320, 320], 32, 1, false),
        (8, [256, 256], 64, 1, true),
        (8, [128, 128], 128, 1, false),
        (8, [64, 64], 256, 1, false),
        (8, [320, 5], 256, 1, false),
        // Transformed kernels are four times as large, which few tiles don't outweigh.
        (1, [1024, 1024], 16, 1, false),
        (8, [512, 512], 32, 2, true),
        (8, [2048, 256], 32, 24, false),
    ] {
        let gather = gather(batch, channels, size, [3, 1, dilation]);
        let found = all_times(&gather);
        let is_faster = found.iter().all(|[direct, winograd]| winograd < direct);
        assert_eq!(
            is_faster, wins,
            "{batch}, {channels:?}, {size}, {dilation}: {found:?}"
        );
    }
}

#[test]
fn other_kernels_strides_and_groups_do_not_fit() {
    for (kernel, stride) in [(1, 1), (5, 1), (3, 2)] {
        assert_eq!(sliced(&gather(1, [64, 64], 64, [kernel, stride, 1])), None);
    }
    let mut grouped = gather(1, [64, 64], 64, [3, 1, 1]);
    grouped.groups = 2;
    assert_eq!(sliced(&grouped), None);
    // One block of tiles of 8192 channels is larger than the bound.
    assert_eq!(sliced(&gather(1, [8192, 64], 64, [3, 1, 1])), None);
}

#[test]
fn transformed_maps_have_a_bounded_size() {
    for (batch, channels, size) in [
        (8, [320, 320], 256),
        (1, [17, 5], 9),
        (64, [1024, 512], 128),
        (2, [64, 2048], 64),
    ] {
        let gather = gather(batch, channels, size, [3, 1, 1]);
        let slices = sliced(&gather).expect("slices");
        let what = format!("{batch}, {channels:?}, {size}: {slices:?}");
        let [_, seen, sums] = slices.numbers();
        assert!(seen.max(sums) <= MOST_FLOATS, "{what}");
        assert_eq!(slices.line % PRODUCT_TILES, 0, "{what}");
        assert!(slices.count() * slices.line >= slices.tiles, "{what}");
        assert!((slices.count() - 1) * slices.line < slices.tiles, "{what}");
    }
}

/// With these interpolation points the CPU loses at most 7·10⁻⁶ of the largest output, in the same number of channels.
#[test]
fn many_channels_lose_few_digits() {
    if is_cpu_only() {
        return;
    }
    let (channels, outputs, size) = (320, 3, 11);
    let (input, weight) = (
        random([1, channels, size, size]),
        random([outputs, channels, 3, 3]),
    );
    let values = |data: &TensorData| data.clone().try_to_vec::<f32>().expect("f32");
    let (pixels, kernels) = (values(&input), values(&weight));
    let mut expected = vec![0.0_f64; outputs * size * size];
    for (place, sum) in expected.iter_mut().enumerate() {
        let (output, row, column) = (place / (size * size), place / size % size, place % size);
        for channel in 0..channels {
            for tap in 0..9 {
                let y = (row + tap / 3).wrapping_sub(1);
                let x = (column + tap % 3).wrapping_sub(1);
                if y < size && x < size {
                    let pixel = pixels[(channel * size + y) * size + x];
                    *sum += pixel as f64 * kernels[(output * channels + channel) * 9 + tap] as f64;
                }
            }
        }
    }
    poison_adapter();
    let tensor = |data: TensorData| -> Tensor<4> { Tensor::from_data(data, &graphics()) };
    let found = forced::with(FORCED, || {
        conv2d(tensor(input), tensor(weight), None, Geometry::same(3))
    });
    closeness::assert_close("320 channels", &numbers(found), &expected, 1e-5, 1.0);
}

/// A row of the table: multiply-adds and bytes of all passes, and the time by count on each GPU.
fn row(name: &str, batch: usize, channels: [usize; 2], size: usize) -> String {
    let gather = gather(batch, channels, size, [3, 1, 1]);
    let slices = sliced(&gather).expect("a convolution that it fits");
    let sums = |passes: &[Pass]| {
        let products: f64 = passes.iter().map(|pass| pass.products).sum();
        let bytes: f64 = passes.iter().map(|pass| pass.bytes).sum();
        format!("{:.1}, {:.0}", products / 1e9, bytes / 1e6)
    };
    let direct = sums(&direct_passes(&gather, most_parts(&gather)));
    let winograd = sums(&winograd_passes(&gather, &slices));
    let times = all_times(&gather).map(|[direct, winograd]| {
        format!(
            "{:.2}, {:.2}: {:.2}×",
            1e3 * direct,
            1e3 * winograd,
            direct / winograd
        )
    });
    let [inputs, outputs] = channels;
    format!(
        "| {name} {inputs} → {outputs}, {size}², batch {batch} | {direct} | {winograd} | {} | {} |",
        times[0], times[1]
    )
}

#[test]
fn the_table_in_the_documents_is_what_the_rule_counts() {
    let rows = [
        row("UNet, UNet3+", 8, [64, 64], 256),
        row("UNet, UNet3+", 8, [128, 128], 128),
        row("UNet, UNet3+", 8, [256, 256], 64),
        row("UNet, UNet3+", 8, [512, 512], 32),
        row("UNet, UNet3+", 8, [1024, 1024], 16),
        row("UNet", 8, [1024, 512], 32),
        row("UNet", 8, [128, 64], 256),
        row("UNet3+", 1, [320, 320], 256),
        row("UNet3+", 8, [320, 320], 256),
        row("UNet3+", 8, [320, 320], 128),
        row("UNet3+", 8, [320, 320], 64),
        row("UNet3+", 8, [320, 320], 32),
        row("UNet3+", 8, [320, 64], 32),
    ];
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let missing: Vec<&String> = rows.iter().filter(|row| !page.contains(*row)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
