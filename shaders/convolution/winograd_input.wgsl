// The first pass of a convolution by Winograd's F(4 × 4, 3 × 3): transforms the 6 × 6 pixels d under each tile of each channel to
// Bᵀ d B, at the points 0, ±½, ±1½ and ∞. An invocation transforms one tile; neighbours write neighbouring numbers of each place.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[place, channel, tile]`.
@group(0) @binding(1) var<storage, read_write> seen: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Winograd;

const WORKGROUP = 64u;

/// Bᵀ d for three columns or rows at once.
fn transformed(d: array<vec3<f32>, 6>) -> array<vec3<f32>, 6> {
    let even_a = d[4] - 2.25 * d[2];
    let odd_a = 0.5 * d[3] - 1.125 * d[1];
    let even_b = d[4] - 0.25 * d[2];
    let odd_b = 1.5 * d[3] - 0.375 * d[1];
    return array(
        0.5625 * d[0] + (d[4] - 2.5 * d[2]),
        even_a + odd_a,
        even_a - odd_a,
        even_b + odd_b,
        even_b - odd_b,
        0.5625 * d[1] + (d[5] - 2.5 * d[3]),
    );
}

/// Three pixels of a row; zeros outside the map.
fn pixels_of(row: u32, columns: vec3<u32>, sees: vec3<bool>) -> vec3<f32> {
    return select(vec3(0.0), vec3(input[row + columns.x], input[row + columns.y], input[row + columns.z]), sees);
}

/// Writes three places of a column, starting at `place`.
fn keep(place: u32, apart: u32, values: vec3<f32>) {
    seen[place] = values.x;
    seen[place + 6u * apart] = values.y;
    seen[place + 12u * apart] = values.z;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = workgroup_number(id, workgroups) * WORKGROUP + lane;
    let line = settings.line;
    let size = settings.size;
    let channels = settings.channels;
    let depth = padded(channels, PRODUCT_CHANNELS);
    let channel = number / line;
    let tile_number = number % line;
    if (channel >= depth || tile_number >= settings.count) {
        return;
    }
    let tile = tile_of(settings.first + tile_number);
    let start = tile.corner + settings.offset;
    let step = vec3(0u, 1u, 2u);
    let left = start.x + settings.dilation.x * step;
    let right = start.x + settings.dilation.x * (step + 3u);
    let top = start.y + settings.dilation.y * step;
    let bottom = start.y + settings.dilation.y * (step + 3u);
    // Channels after the last one are zero.
    let exists = vec3(channel < channels);
    let sees_left = exists & (left < vec3(size.x));
    let sees_right = exists & (right < vec3(size.x));
    let sees_top = top < vec3(size.y);
    let sees_bottom = bottom < vec3(size.y);
    let map = (tile.image * channels + min(channel, channels - 1u)) * size.x * size.y;
    let lefts = select(vec3(0u), left, sees_left);
    let rights = select(vec3(0u), right, sees_right);
    let tops = map + select(vec3(0u), top, sees_top) * size.x;
    let bottoms = map + select(vec3(0u), bottom, sees_bottom) * size.x;
    // All 36 loads are issued before any of them is waited for.
    let one = transformed(array(
        pixels_of(tops.x, lefts, sees_left & vec3(sees_top.x)),
        pixels_of(tops.y, lefts, sees_left & vec3(sees_top.y)),
        pixels_of(tops.z, lefts, sees_left & vec3(sees_top.z)),
        pixels_of(bottoms.x, lefts, sees_left & vec3(sees_bottom.x)),
        pixels_of(bottoms.y, lefts, sees_left & vec3(sees_bottom.y)),
        pixels_of(bottoms.z, lefts, sees_left & vec3(sees_bottom.z)),
    ));
    let other = transformed(array(
        pixels_of(tops.x, rights, sees_right & vec3(sees_top.x)),
        pixels_of(tops.y, rights, sees_right & vec3(sees_top.y)),
        pixels_of(tops.z, rights, sees_right & vec3(sees_top.z)),
        pixels_of(bottoms.x, rights, sees_right & vec3(sees_bottom.x)),
        pixels_of(bottoms.y, rights, sees_right & vec3(sees_bottom.y)),
        pixels_of(bottoms.z, rights, sees_right & vec3(sees_bottom.z)),
    ));
    let upper = transformed(array(
        vec3(one[0].x, one[1].x, one[2].x),
        vec3(one[0].y, one[1].y, one[2].y),
        vec3(one[0].z, one[1].z, one[2].z),
        vec3(other[0].x, other[1].x, other[2].x),
        vec3(other[0].y, other[1].y, other[2].y),
        vec3(other[0].z, other[1].z, other[2].z),
    ));
    let lower = transformed(array(
        vec3(one[3].x, one[4].x, one[5].x),
        vec3(one[3].y, one[4].y, one[5].y),
        vec3(one[3].z, one[4].z, one[5].z),
        vec3(other[3].x, other[4].x, other[5].x),
        vec3(other[3].y, other[4].y, other[5].y),
        vec3(other[3].z, other[4].z, other[5].z),
    ));
    let apart = depth * line;
    let place = channel * line + tile_number;
    let middle = place + 18u * apart;
    keep(place, apart, upper[0]);
    keep(place + apart, apart, upper[1]);
    keep(place + 2u * apart, apart, upper[2]);
    keep(place + 3u * apart, apart, upper[3]);
    keep(place + 4u * apart, apart, upper[4]);
    keep(place + 5u * apart, apart, upper[5]);
    keep(middle, apart, lower[0]);
    keep(middle + apart, apart, lower[1]);
    keep(middle + 2u * apart, apart, lower[2]);
    keep(middle + 3u * apart, apart, lower[3]);
    keep(middle + 4u * apart, apart, lower[4]);
    keep(middle + 5u * apart, apart, lower[5]);
}
