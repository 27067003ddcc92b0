//! How a map is divided for attention: into tiles, or into sparse grids over the whole map (Tu et al., *MaxViT*, ECCV 2022,
//! section 3.2).

use burn::tensor::Tensor;

/// Which pixels of a map attend to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partition {
    /// Tiles of neighbouring pixels.
    Window,
    /// Pixels at regular distances over the whole map.
    Grid,
}

impl Partition {
    /// Divides maps `[n, c, h, w]` into parts of `side` × `side` pixels: `[n, part, c, side²]`, parts and pixels row by row.
    ///
    /// # Panics
    ///
    /// When `side` does not divide the height and the width.
    pub(super) fn split(self, map: Tensor<4>, side: usize) -> Tensor<4> {
        let [count, channels, height, width] = map.dims();
        let [rows, columns] = parts([height, width], side);
        let map = match self {
            Self::Window => map
                .reshape([count, channels, rows, side, columns, side])
                .permute([0, 2, 4, 1, 3, 5]),
            Self::Grid => map
                .reshape([count, channels, side, rows, side, columns])
                .permute([0, 3, 5, 1, 2, 4]),
        };
        map.reshape([count, rows * columns, channels, side * side])
    }

    /// Reverses [`Self::split`]: maps `[n, c, h, w]` of this height and width.
    pub(super) fn join(self, parts: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
        let [count, _, channels, pixels] = parts.dims();
        let side = pixels.isqrt();
        let [rows, columns] = self::parts([height, width], side);
        let parts = parts.reshape([count, rows, columns, channels, side, side]);
        let map = match self {
            Self::Window => parts.permute([0, 3, 1, 4, 2, 5]),
            Self::Grid => parts.permute([0, 3, 4, 1, 5, 2]),
        };
        map.reshape([count, channels, height, width])
    }
}

/// Numbers of rows and columns of parts.
fn parts([height, width]: [usize; 2], side: usize) -> [usize; 2] {
    assert!(
        height.is_multiple_of(side) && width.is_multiple_of(side),
        "maps that parts of {side}×{side} cover, found {height}×{width}"
    );
    [height / side, width / side]
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn windows_and_grids_are_those_of_timm_and_join_again() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../assets/reference/networks"
        );
        let text = std::fs::read_to_string(format!("{folder}/maxvit.json")).expect("the file");
        let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let map: Tensor<4> = Tensor::arange(0..54, &Device::flex())
            .float()
            .reshape([1, 1, 6, 9]);
        for (partition, name) in [(Partition::Window, "window"), (Partition::Grid, "grid")] {
            let expected: Vec<f32> = reference[0]["partitions"][name]
                .as_array()
                .expect("a list")
                .iter()
                .map(|value| value.as_u64().expect("a number") as f32)
                .collect();
            let parts = partition.split(map.clone(), 3);
            assert_eq!(parts.dims(), [1, 6, 1, 9]);
            let found: Vec<f32> = parts.into_data().iter().collect();
            assert_eq!(found, expected, "{name}");
            // With several channels and images.
            let maps: Tensor<4> = Tensor::arange(0..2 * 5 * 54, &Device::flex())
                .float()
                .reshape([2, 5, 6, 9]);
            let whole = partition.join(partition.split(maps.clone(), 3), [6, 9]);
            whole.into_data().assert_eq(&maps.into_data(), true);
        }
    }
}
