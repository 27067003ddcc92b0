// Tiles of Winograd's F(4 × 4, 3 × 3), and the settings of its passes, in the order of `Gather::tile_settings` in crates/ops. A tile
// is 4 × 4 output pixels that are as far apart as the taps, and the 6 × 6 input pixels under them; transformed it has 36 places.
// Needs `settings`.

/// Pairs are (columns, rows).
struct Winograd {
    /// Pixels between neighbouring taps.
    dilation: vec2<u32>,
    /// From an output pixel to the input pixel under its first tap, modulo 2³².
    offset: vec2<u32>,
    /// Size of the input maps and of the output maps.
    size: vec2<u32>,
    output_size: vec2<u32>,
    channels: u32,
    outputs: u32,
    /// Whether a bias is added.
    biased: u32,
    /// The tiles of this slice: the first one and their number. Rows of tiles are `line` apart, a multiple of `PRODUCT_TILES`.
    first: u32,
    count: u32,
    line: u32,
}

const PLACES = 36u;
/// The products pad channels, outputs and tiles to multiples of these. Padding of channels is zero; of outputs and tiles it is
/// anything, because it reaches only sums that nobody reads.
const PRODUCT_CHANNELS = 16u;
const PRODUCT_OUTPUTS = 64u;
const PRODUCT_TILES = 128u;

/// Rows of a matrix whose rows are channels, or whose rows are outputs.
fn padded(count: u32, multiple: u32) -> u32 {
    return (count + multiple - 1u) / multiple * multiple;
}

/// A tile: its image and its first output pixel.
struct Tile {
    image: u32,
    corner: vec2<u32>,
}

fn tile_of(number: u32) -> Tile {
    let apart = settings.dilation;
    let tiles = (settings.output_size + 4u * apart - 1u) / (4u * apart);
    let row = number / tiles.x;
    let phase = row / tiles.y;
    let line_of_phases = phase / apart.x;
    let at = vec2(number % tiles.x, row % tiles.y);
    return Tile(line_of_phases / apart.y, vec2(phase % apart.x, line_of_phases % apart.y) + 4u * apart * at);
}
