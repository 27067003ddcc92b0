// Convolution with a 3 × 3 kernel and stride 1, for software adapters: each invocation keeps four outputs of 4 × 4 pixels in
// registers and reads each pixel once for all taps, because such adapters are slow at loads.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, channel, tap, output]`, outputs in groups of four.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 32u;

/// Pixels of a row under the left, the middle and the right taps of four neighbouring outputs.
struct Line {
    left: vec4<f32>,
    middle: vec4<f32>,
    right: vec4<f32>,
}

fn pixel(start: u32, column: u32, columns: u32, inside: bool) -> f32 {
    let seen = inside && column < columns;
    return select(0.0, input[start + select(0u, column, column < columns)], seen);
}

fn line(map: u32, row: u32, column: u32, apart: u32, size: vec2<u32>) -> Line {
    let inside = row < size.y;
    let start = map + select(0u, row, inside) * size.x;
    let a = pixel(start, column, size.x, inside);
    let b = pixel(start, column + apart, size.x, inside);
    let c = pixel(start, column + 2u * apart, size.x, inside);
    let d = pixel(start, column + 3u * apart, size.x, inside);
    let e = pixel(start, column + 4u * apart, size.x, inside);
    let f = pixel(start, column + 5u * apart, size.x, inside);
    return Line(vec4(a, b, c, d), vec4(b, c, d, e), vec4(c, d, e, f));
}

/// The weights of one row of taps, for four outputs.
struct Taps {
    left: vec4<f32>,
    middle: vec4<f32>,
    right: vec4<f32>,
}

fn taps(place: u32, width: u32) -> Taps {
    return Taps(weights[place], weights[place + width], weights[place + 2u * width]);
}

/// Adds the products of one row of taps to the sums of four neighbouring outputs.
fn added(sums: mat4x4<f32>, row: Taps, seen: Line) -> mat4x4<f32> {
    return mat4x4(
        sums[0] + row.left * seen.left.x + row.middle * seen.middle.x + row.right * seen.right.x,
        sums[1] + row.left * seen.left.y + row.middle * seen.middle.y + row.right * seen.right.y,
        sums[2] + row.left * seen.left.z + row.middle * seen.middle.z + row.right * seen.right.z,
        sums[3] + row.left * seen.left.w + row.middle * seen.middle.w + row.right * seen.right.w,
    );
}

fn store_row(place: u32, corner: vec2<u32>, apart: u32, size: vec2<u32>, left: u32, values: mat4x4<f32>) {
    let map = size.x * size.y;
    let start = place + corner.y * size.x + corner.x;
    if (corner.y < size.y) {
        if (corner.x < size.x) {
            store(start, map, left, values[0]);
        }
        if (corner.x + apart < size.x) {
            store(start + apart, map, left, values[1]);
        }
        if (corner.x + 2u * apart < size.x) {
            store(start + 2u * apart, map, left, values[2]);
        }
        if (corner.x + 3u * apart < size.x) {
            store(start + 3u * apart, map, left, values[3]);
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = (settings.first + workgroup_number(id, workgroups)) * WORKGROUP + lane;
    let apart = settings.dilation;
    let size = settings.size;
    let output_size = settings.output_size;
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    // The pixels of a tile are as far apart as the taps, so that neighbouring outputs share pixels.
    let across = (output_size + 4u * apart - 1u) / (4u * apart) * apart;
    let width = (outputs + 3u) / 4u;
    let block = number % width;
    let tile = number / width % (across.x * across.y);
    let map = number / (width * across.x * across.y);
    if (map >= settings.batch * groups) {
        return;
    }
    let spot = vec2(tile % across.x, tile / across.x);
    let corner = spot / apart * 4u * apart + spot % apart;
    let group = map % groups;
    let pixels = size.x * size.y;
    // A position left of or above the map wraps around to a very large number.
    let column = corner.x + settings.offset.x - settings.back.x;
    let row = corner.y + settings.offset.y - settings.back.y;

    var place = group * channels * 9u * width + block;
    var seen = map * channels * pixels;
    var first = vec4(0.0);
    if (settings.biased != 0u) {
        let start = group * outputs + 4u * block;
        let last = groups * outputs - 1u;
        first = vec4(
            bias[start],
            bias[min(start + 1u, last)],
            bias[min(start + 2u, last)],
            bias[min(start + 3u, last)],
        );
    }
    var sums_0 = mat4x4(first, first, first, first);
    var sums_1 = sums_0;
    var sums_2 = sums_0;
    var sums_3 = sums_0;
    for (var channel = 0u; channel < channels; channel++) {
        let top = taps(place, width);
        let middle = taps(place + 3u * width, width);
        let bottom = taps(place + 6u * width, width);
        let line_0 = line(seen, row, column, apart.x, size);
        sums_0 = added(sums_0, top, line_0);
        let line_1 = line(seen, row + apart.y, column, apart.x, size);
        sums_0 = added(sums_0, middle, line_1);
        sums_1 = added(sums_1, top, line_1);
        let line_2 = line(seen, row + 2u * apart.y, column, apart.x, size);
        sums_0 = added(sums_0, bottom, line_2);
        sums_1 = added(sums_1, middle, line_2);
        sums_2 = added(sums_2, top, line_2);
        let line_3 = line(seen, row + 3u * apart.y, column, apart.x, size);
        sums_1 = added(sums_1, bottom, line_3);
        sums_2 = added(sums_2, middle, line_3);
        sums_3 = added(sums_3, top, line_3);
        let line_4 = line(seen, row + 4u * apart.y, column, apart.x, size);
        sums_2 = added(sums_2, bottom, line_4);
        sums_3 = added(sums_3, middle, line_4);
        let line_5 = line(seen, row + 5u * apart.y, column, apart.x, size);
        sums_3 = added(sums_3, bottom, line_5);
        place += 9u * width;
        seen += pixels;
    }

    let start = (map * outputs + 4u * block) * output_size.x * output_size.y;
    let left = outputs - 4u * block;
    store_row(start, corner, apart.x, output_size, left, sums_0);
    store_row(start, corner + vec2(0u, apart.y), apart.x, output_size, left, sums_1);
    store_row(start, corner + vec2(0u, 2u * apart.y), apart.x, output_size, left, sums_2);
    store_row(start, corner + vec2(0u, 3u * apart.y), apart.x, output_size, left, sums_3);
}
