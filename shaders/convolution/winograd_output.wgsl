// The last pass of a convolution by Winograd's F(4 × 4, 3 × 3): transforms the 36 sums m of each tile of each output to its 4 × 4
// pixels Aᵀ m A, at the points 0, ±½, ±1½ and ∞, and adds the bias. An invocation transforms one tile.

/// `[place, output, tile]`.
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@group(0) @binding(1) var<storage, read_write> bias: array<f32>;
/// `[image, output, pixel]`.
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Winograd;

const WORKGROUP = 64u;

/// Aᵀ m for two columns or rows at once.
fn transformed(m: array<vec2<f32>, 6>) -> array<vec2<f32>, 4> {
    let even_a = m[1] + m[2];
    let odd_a = m[1] - m[2];
    let even_b = m[3] + m[4];
    let odd_b = m[3] - m[4];
    return array(
        m[0] + even_a + even_b,
        0.5 * odd_a + 1.5 * odd_b,
        0.25 * even_a + 2.25 * even_b,
        0.125 * odd_a + (3.375 * odd_b + m[5]),
    );
}

/// The places of two neighbouring columns, starting at `place`.
fn columns_of(place: u32, apart: u32) -> array<vec2<f32>, 6> {
    let next = place + apart;
    let row = 6u * apart;
    return array(
        vec2(sums[place], sums[next]),
        vec2(sums[place + row], sums[next + row]),
        vec2(sums[place + 2u * row], sums[next + 2u * row]),
        vec2(sums[place + 3u * row], sums[next + 3u * row]),
        vec2(sums[place + 4u * row], sums[next + 4u * row]),
        vec2(sums[place + 5u * row], sums[next + 5u * row]),
    );
}

/// Writes one row of pixels.
fn store(place: u32, apart: u32, exists: vec4<bool>, values: vec4<f32>) {
    if (exists.x) {
        output[place] = values.x;
    }
    if (exists.y) {
        output[place + apart] = values.y;
    }
    if (exists.z) {
        output[place + 2u * apart] = values.z;
    }
    if (exists.w) {
        output[place + 3u * apart] = values.w;
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = workgroup_number(id, workgroups) * WORKGROUP + lane;
    let line = settings.line;
    let outputs = settings.outputs;
    let size = settings.output_size;
    let dilation = settings.dilation;
    let output_number = number / line;
    let tile_number = number % line;
    if (output_number >= outputs || tile_number >= settings.count) {
        return;
    }
    let tile = tile_of(settings.first + tile_number);
    let apart = padded(outputs, PRODUCT_OUTPUTS) * line;
    let place = output_number * line + tile_number;
    var added = 0.0;
    if (settings.biased != 0u) {
        added = bias[output_number];
    }
    // All 36 loads are issued before any of them is waited for.
    let one = transformed(columns_of(place, apart));
    let two = transformed(columns_of(place + 2u * apart, apart));
    let three = transformed(columns_of(place + 4u * apart, apart));
    let upper = transformed(array(
        vec2(one[0].x, one[1].x),
        vec2(one[0].y, one[1].y),
        vec2(two[0].x, two[1].x),
        vec2(two[0].y, two[1].y),
        vec2(three[0].x, three[1].x),
        vec2(three[0].y, three[1].y),
    ));
    let lower = transformed(array(
        vec2(one[2].x, one[3].x),
        vec2(one[2].y, one[3].y),
        vec2(two[2].x, two[3].x),
        vec2(two[2].y, two[3].y),
        vec2(three[2].x, three[3].x),
        vec2(three[2].y, three[3].y),
    ));
    let columns = tile.corner.x + dilation.x * vec4(0u, 1u, 2u, 3u);
    let rows = tile.corner.y + dilation.y * vec4(0u, 1u, 2u, 3u);
    let is_column = columns < vec4(size.x);
    let is_row = rows < vec4(size.y);
    let start = (tile.image * outputs + output_number) * size.x * size.y + columns.x;
    let at = start + rows * size.x;
    let first = vec4(upper[0].x, upper[1].x, upper[2].x, upper[3].x) + added;
    let second = vec4(upper[0].y, upper[1].y, upper[2].y, upper[3].y) + added;
    let third = vec4(lower[0].x, lower[1].x, lower[2].x, lower[3].x) + added;
    let fourth = vec4(lower[0].y, lower[1].y, lower[2].y, lower[3].y) + added;
    store(at.x, dilation.x, is_column & vec4(is_row.x), first);
    store(at.y, dilation.x, is_column & vec4(is_row.y), second);
    store(at.z, dilation.x, is_column & vec4(is_row.z), third);
    store(at.w, dilation.x, is_column & vec4(is_row.w), fourth);
}
