// The second pass of a convolution by Winograd's F(4 × 4, 3 × 3): at each of the 36 places, sums over channels of the products of
// transformed kernels and transformed tiles. A workgroup computes 64 outputs of 128 tiles at one place and loads 16 channels at a
// time into shared memory. All sizes are padded to multiples of these, so no position is checked. Each invocation keeps eight
// outputs of two groups of four neighbouring tiles in registers.

/// `[place, channel, tile]`, tiles in groups of four.
@group(0) @binding(0) var<storage, read_write> seen: array<vec4<f32>>;
/// `[place, channel, output]`, outputs in groups of four.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
/// `[place, output, tile]`, tiles in groups of four.
@group(0) @binding(2) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> settings: Winograd;

const WORKGROUP = 128u;
/// Groups of four outputs and of four tiles per workgroup.
const FOURS = 16u;
const TILE_FOURS = 32u;

var<workgroup> weight_tile: array<vec4<f32>, 256>;
var<workgroup> seen_tile: array<vec4<f32>, 512>;

/// Two groups of four outputs (first, last), each a column, for two groups of four tiles (low, high).
struct Sums {
    low_first: mat4x4<f32>,
    low_last: mat4x4<f32>,
    high_first: mat4x4<f32>,
    high_last: mat4x4<f32>,
}

/// Adds the products of four tiles with four outputs to their sums.
fn added(to: mat4x4<f32>, tiles: vec4<f32>, weight: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        to[0] + tiles * weight.x,
        to[1] + tiles * weight.y,
        to[2] + tiles * weight.z,
        to[3] + tiles * weight.w,
    );
}

/// Adds the products of one channel, whose weights and tiles are at these places.
fn channel_added(to: Sums, own_weight: u32, own_tile: u32) -> Sums {
    let first = weight_tile[own_weight];
    let last = weight_tile[own_weight + 1u];
    let low = seen_tile[own_tile];
    let high = seen_tile[own_tile + TILE_FOURS / 2u];
    return Sums(
        added(to.low_first, low, first),
        added(to.low_last, low, last),
        added(to.high_first, high, first),
        added(to.high_last, high, last),
    );
}

/// Writes four outputs, `apart` from each other, of four tiles.
fn store(place: u32, apart: u32, values: mat4x4<f32>) {
    sums[place] = values[0];
    sums[place + apart] = values[1];
    sums[place + 2u * apart] = values[2];
    sums[place + 3u * apart] = values[3];
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = workgroup_number(id, workgroups);
    let depth = padded(settings.channels, PRODUCT_CHANNELS);
    let width = padded(settings.outputs, PRODUCT_OUTPUTS);
    let fours = width / 4u;
    let line = settings.line / 4u;
    let blocks = width / PRODUCT_OUTPUTS;
    let tile_blocks = settings.line / PRODUCT_TILES;
    let block = number % blocks;
    let tile_block = number / blocks % tile_blocks;
    let number_of_place = number / (blocks * tile_blocks);
    if (number_of_place >= PLACES) {
        return;
    }
    let of_place = number_of_place * depth;
    var known = (of_place + lane / FOURS) * fours + block * FOURS + lane % FOURS;
    var place = (of_place + lane / TILE_FOURS) * line + tile_block * TILE_FOURS + lane % TILE_FOURS;

    let across = lane % 16u;
    let down = lane / 16u;
    let own_weight = 2u * down;
    let zeros = mat4x4<f32>();
    var own = Sums(zeros, zeros, zeros, zeros);
    for (var begin = 0u; begin < depth; begin += PRODUCT_CHANNELS) {
        // All loads are issued before any of them is waited for.
        let weights_0 = weights[known];
        let weights_1 = weights[known + 8u * fours];
        let seen_0 = seen[place];
        let seen_1 = seen[place + 4u * line];
        let seen_2 = seen[place + 8u * line];
        let seen_3 = seen[place + 12u * line];
        weight_tile[lane] = weights_0;
        weight_tile[lane + WORKGROUP] = weights_1;
        seen_tile[lane] = seen_0;
        seen_tile[lane + WORKGROUP] = seen_1;
        seen_tile[lane + 2u * WORKGROUP] = seen_2;
        seen_tile[lane + 3u * WORKGROUP] = seen_3;
        known += PRODUCT_CHANNELS * fours;
        place += PRODUCT_CHANNELS * line;
        workgroupBarrier();
        // Unrolled by four, because not every compiler does.
        for (var row = 0u; row < PRODUCT_CHANNELS; row += 4u) {
            let from_weight = row * FOURS + own_weight;
            let from_tile = row * TILE_FOURS + across;
            own = channel_added(own, from_weight, from_tile);
            own = channel_added(own, from_weight + FOURS, from_tile + TILE_FOURS);
            own = channel_added(own, from_weight + 2u * FOURS, from_tile + 2u * TILE_FOURS);
            own = channel_added(own, from_weight + 3u * FOURS, from_tile + 3u * TILE_FOURS);
        }
        workgroupBarrier();
    }
    let output_number = number_of_place * width + block * PRODUCT_OUTPUTS + 8u * down;
    let to = output_number * line + tile_block * TILE_FOURS + across;
    let half = TILE_FOURS / 2u;
    store(to, line, own.low_first);
    store(to + 4u * line, line, own.low_last);
    store(to + half, line, own.high_first);
    store(to + half + 4u * line, line, own.high_last);
}
