//! Which kernel a GPU runs for which shape.

use super::super::Geometry;
use super::super::graphics::choice::{Variant, WeightShape, gathering, tiling, weighing};
use super::super::graphics::gather::{Direction, Gather};
use crate::kernel::Kernel;

pub(super) fn gather(
    batch: usize,
    [inputs, outputs]: [usize; 2],
    size: usize,
    [kernel, stride, dilation]: [usize; 3],
) -> Gather {
    let geometry = Geometry {
        stride: [stride; 2],
        padding: [dilation * (kernel - 1) / 2; 2],
        dilation: [dilation; 2],
        groups: 1,
    };
    let output = geometry.output_size(0, size, kernel);
    Gather::new(
        Direction::Forward,
        geometry,
        [kernel; 2],
        batch,
        [inputs, outputs],
        [[size; 2], [output; 2]],
    )
}

#[test]
fn on_gpus_the_kernel_with_the_least_waste_is_chosen() {
    for (batch, channels, size, kernel, name, parts) in [
        // Many, few and very few outputs.
        (8, [64, 64], 256, [3, 1, 1], "patch_64", 1),
        (8, [32, 32], 256, [3, 1, 1], "patch_32", 1),
        (8, [16, 16], 256, [3, 1, 1], "patch_16", 1),
        (8, [320, 5], 256, [3, 1, 1], "patch_16", 1),
        (8, [64, 256], 64, [1, 1, 1], "tiles_1x1", 1),
        // Wide layers on small maps have few workgroups, so their channels are divided.
        (1, [512, 512], 16, [3, 1, 1], "patch_64_low", 16),
        (1, [2048, 256], 16, [1, 1, 1], "tiles_1x1", 8),
        (8, [64, 128], 64, [3, 2, 1], "tiles", 2),
        // With taps two apart, a phase is half as wide as the map; with taps 24 apart, patches would be almost empty.
        (8, [256, 256], 32, [3, 1, 2], "patch_64_low", 2),
        (8, [2048, 256], 32, [3, 1, 24], "tiles", 2),
        // Too little work to divide.
        (8, [64, 128], 64, [1, 2, 1], "tiles", 1),
        (8, [3, 64], 256, [7, 2, 1], "tiles", 1),
        (1, [64, 4], 5, [3, 1, 1], "patch_64_low", 1),
    ] {
        let (found, _, in_parts) = tiling(&gather(batch, channels, size, kernel), usize::MAX);
        let what = format!("{batch}, {channels:?}, {size}, {kernel:?}");
        assert_eq!(found.name, format!("convolution/{name}"), "{what}");
        assert_eq!(in_parts.count, parts, "{what}");
    }
}

#[test]
fn on_gpus_the_gradient_with_respect_to_the_weight_uses_the_kernel_with_the_least_waste() {
    for (channels, size, kernel, name) in [
        ([64, 64], 256, [3, 1, 1], "weight_patch"),
        ([320, 320], 64, [3, 1, 1], "weight_patch"),
        ([16, 16], 256, [3, 1, 1], "weight_patch_16"),
        ([320, 5], 256, [3, 1, 1], "weight_patch_16"),
        ([3, 64], 256, [3, 1, 1], "weight_patch"),
        ([256, 256], 32, [3, 1, 2], "weight_patch"),
        ([2048, 256], 32, [3, 1, 24], "weight_tiles"),
        ([64, 128], 64, [3, 2, 1], "weight_tiles"),
        ([64, 256], 64, [1, 1, 1], "weight_1x1"),
        ([64, 256], 64, [1, 2, 1], "weight_tiles"),
    ] {
        let best = WeightShape::best(&gather(8, channels, size, kernel));
        let what = format!("{channels:?}, {size}, {kernel:?}");
        assert_eq!(best.kernel.name, format!("convolution/{name}"), "{what}");
    }
}

#[test]
fn on_gpus_depthwise_convolutions_have_kernels_of_their_own() {
    for (stride, direction, name) in [
        (1, Direction::Forward, "depthwise"),
        (1, Direction::Backward, "depthwise"),
        (2, Direction::Forward, "depthwise_strided"),
        (2, Direction::Backward, "depthwise_strided"),
    ] {
        let geometry = Geometry {
            stride: [stride; 2],
            padding: [1; 2],
            dilation: [1; 2],
            groups: 96,
        };
        let sizes = [[32; 2], [geometry.output_size(0, 32, 3); 2]];
        let sizes = match direction {
            Direction::Forward => sizes,
            Direction::Backward => [sizes[1], sizes[0]],
        };
        let gather = Gather::new(direction, geometry, [3; 2], 8, [1; 2], sizes);
        let (kernel, _, _) = gathering(Variant::Tiles, &gather, usize::MAX);
        assert_eq!(
            kernel.name,
            format!("convolution/{name}"),
            "{stride}, {direction:?}"
        );
        if direction == Direction::Forward {
            let (kernel, _, _) = weighing(Variant::Tiles, &gather, usize::MAX);
            assert_eq!(kernel.name, "convolution/weight_depthwise", "{stride}");
        }
    }
}

#[test]
fn workgroups_are_counted_with_the_sizes_declared_in_the_kernels() {
    use super::super::graphics::choice::{
        OUTPUTS, PATCHES, PIXELS, WEIGHT_DEPTH, WEIGHT_PATCH_CHANNELS, WEIGHT_PATCHES,
    };
    use super::super::graphics::half::HALVES;
    use super::super::graphics::kernels::{TILES, TILES_1X1, WEIGHT_1X1, WEIGHT_TILES};
    let assert_declares = |kernel: &Kernel, name: &str, value: usize| {
        let declaration = format!("const {name} = {value}u;");
        let half = HALVES.iter().find(|(single, _)| single.name == kernel.name);
        for kernel in half.map(|(_, half)| *half).into_iter().chain([kernel]) {
            let file = kernel.sources[0];
            assert!(
                file.contains(&declaration),
                "{}: {declaration}",
                kernel.name
            );
        }
    };
    for (kernel, rows, outputs) in PATCHES {
        assert_declares(kernel, "TILE_ROWS", rows);
        assert_declares(kernel, "FOURS", outputs / 4);
    }
    for kernel in [&TILES, &TILES_1X1] {
        assert_declares(kernel, "PIXELS", PIXELS);
        assert_declares(kernel, "FOURS", OUTPUTS / 4);
    }
    for (kernel, name, value) in [
        (&WEIGHT_1X1, "CHANNELS", WEIGHT_DEPTH),
        (&WEIGHT_TILES, "TAPS", WEIGHT_DEPTH),
    ] {
        assert_declares(kernel, name, value);
        assert_declares(kernel, "OUTPUTS", OUTPUTS);
    }
    for (kernel, rows, outputs, _) in WEIGHT_PATCHES {
        assert_declares(kernel, "TILE_ROWS", rows);
        assert_declares(kernel, "OUTPUTS", outputs);
        assert_declares(kernel, "CHANNELS", WEIGHT_PATCH_CHANNELS);
    }
}
