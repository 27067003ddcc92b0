// The gradient with respect to the weight, any kernel and stride, for GPUs. A workgroup computes 64 outputs by 128 pairs of a
// channel and a tap, and loads eight pixels at a time into shared memory. Each invocation keeps 8 × 8 sums in registers. Pixels
// are advanced without divisions.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel, tap]`.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
/// Pixels loaded at a time.
const DEPTH = 8u;
const OUTPUTS = 64u;
const TAPS = 128u;
/// Distance between the numbers of neighbouring pixels: a multiple of 4 that puts eight neighbours into different banks.
const OUTPUT_LINE = 68u;
const TAP_LINE = 132u;
/// A column after the last one of every map, even with the distance of any tap added.
const OUTSIDE = 0x40000000u;

/// Where the tap of a channel falls on the input: the distance from the pixel under the first tap of the first channel, as a
/// column and a row, and in the buffer.
struct Tap {
    shift: vec2<u32>,
    place: u32,
}

var<workgroup> output_tile: array<f32, 544>;
var<workgroup> tap_tile: array<f32, 1056>;
var<workgroup> known_taps: array<Tap, TAPS>;

/// Four outputs of one pixel.
fn slopes_of(place: u32, distance: vec4<u32>, within: bool) -> vec4<f32> {
    let at = place + distance;
    return select(vec4(0.0), vec4(gradient[at.x], gradient[at.y], gradient[at.z], gradient[at.w]), within);
}

fn pixel_under(tap: Tap, place: u32, start: vec2<u32>, size: vec2<u32>) -> f32 {
    let seen = all(start + tap.shift < size);
    return select(0.0, input[select(0u, place + tap.place, seen)], seen);
}

/// The pixels under four taps, 16 apart.
fn pixels_under(first: u32, place: u32, start: vec2<u32>, size: vec2<u32>) -> vec4<f32> {
    return vec4(
        pixel_under(known_taps[first], place, start, size),
        pixel_under(known_taps[first + 16u], place, start, size),
        pixel_under(known_taps[first + 32u], place, start, size),
        pixel_under(known_taps[first + 48u], place, start, size),
    );
}

fn keep_outputs(place: u32, values: vec4<f32>) {
    output_tile[place] = values.x;
    output_tile[place + 16u] = values.y;
    output_tile[place + 32u] = values.z;
    output_tile[place + 48u] = values.w;
}

fn keep_taps(place: u32, values: vec4<f32>) {
    tap_tile[place] = values.x;
    tap_tile[place + 16u] = values.y;
    tap_tile[place + 32u] = values.z;
    tap_tile[place + 48u] = values.w;
}

/// Two groups of four outputs (first, last) of two groups of four taps (low, high).
struct Sums {
    first_low: mat4x4<f32>,
    first_high: mat4x4<f32>,
    last_low: mat4x4<f32>,
    last_high: mat4x4<f32>,
}

fn added(sum: mat4x4<f32>, outputs: vec4<f32>, taps: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        sum[0] + outputs * taps.x,
        sum[1] + outputs * taps.y,
        sum[2] + outputs * taps.z,
        sum[3] + outputs * taps.w,
    );
}

/// Adds the products of one pixel, whose outputs and taps are at these places.
fn pixel_added(sums: Sums, outputs: u32, taps: u32) -> Sums {
    let first = vec4(output_tile[outputs], output_tile[outputs + 1u], output_tile[outputs + 2u], output_tile[outputs + 3u]);
    let end = outputs + 4u;
    let last = vec4(output_tile[end], output_tile[end + 1u], output_tile[end + 2u], output_tile[end + 3u]);
    let low = vec4(tap_tile[taps], tap_tile[taps + 1u], tap_tile[taps + 2u], tap_tile[taps + 3u]);
    let half = taps + TAPS / 2u;
    let high = vec4(tap_tile[half], tap_tile[half + 1u], tap_tile[half + 2u], tap_tile[half + 3u]);
    return Sums(
        added(sums.first_low, first, low),
        added(sums.first_high, first, high),
        added(sums.last_low, last, low),
        added(sums.last_high, last, high),
    );
}

/// Writes up to four outputs of one tap.
fn store(place: u32, apart: u32, output: u32, values: vec4<f32>) {
    let outputs = settings.outputs;
    if (output < outputs) {
        sums[place] = values.x;
    }
    if (output + 1u < outputs) {
        sums[place + apart] = values.y;
    }
    if (output + 2u < outputs) {
        sums[place + 2u * apart] = values.z;
    }
    if (output + 3u < outputs) {
        sums[place + 3u * apart] = values.w;
    }
}

/// Writes up to four outputs of four taps.
fn store_four(start: u32, tap: u32, depth: u32, output: u32, values: mat4x4<f32>) {
    if (tap < depth) {
        store(start, depth, output, values[0]);
    }
    if (tap + 1u < depth) {
        store(start + 1u, depth, output, values[1]);
    }
    if (tap + 2u < depth) {
        store(start + 2u, depth, output, values[2]);
    }
    if (tap + 3u < depth) {
        store(start + 3u, depth, output, values[3]);
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = settings.first + workgroup_number(id, workgroups);
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let kernel = settings.kernel;
    let size = settings.size;
    let output_size = settings.output_size;
    let stride = settings.stride;
    let taps = kernel.x * kernel.y;
    let depth = channels * taps;
    let blocks = (outputs + OUTPUTS - 1u) / OUTPUTS;
    let sets = (depth + TAPS - 1u) / TAPS;
    let output = number % blocks * OUTPUTS;
    let tap = number / blocks % sets * TAPS;
    let group = number / (blocks * sets) % groups;
    let part = number / (blocks * sets * groups);
    let inside = part < settings.parts;
    let pixels = output_size.x * output_size.y;
    let map = size.x * size.y;
    let begin = select(0u, part * settings.share, inside);
    let end = select(0u, min(begin + settings.share, settings.batch * pixels), inside);

    let own = tap + lane;
    let shift = vec2(own % kernel.x, own / kernel.x % kernel.y) * settings.dilation + settings.offset - settings.back;
    let column = select(OUTSIDE, shift.x, own < depth);
    known_taps[lane] = Tap(vec2(column, shift.y), own / taps * map + shift.y * size.x + shift.x);
    workgroupBarrier();

    // The pixel that this invocation loads, for every 16th output and every 16th tap: its corner under the first tap, and its places
    // in the gradient and in the input. A stage moves it by `further` columns and rows, and by `images` maps.
    let own_pixel = lane % DEPTH;
    let own_row = lane / DEPTH;
    let pixel = begin + own_pixel;
    let image_group = pixel / pixels * groups + group;
    let limit = output_size * stride;
    let further = vec2(DEPTH % output_size.x, DEPTH / output_size.x % output_size.y) * stride;
    let images = DEPTH / pixels * groups;
    let line = stride.y * size.x;
    var corner = vec2(pixel % output_size.x, pixel / output_size.x % output_size.y) * stride;
    var slope = image_group * outputs * pixels + pixel % pixels;
    var place = image_group * channels * map + corner.y * size.x + corner.x;
    let moved_slope = images * outputs * pixels + DEPTH % pixels;
    let next_slope = (groups * outputs - 1u) * pixels;
    let moved_place = images * channels * map + further.y * size.x + further.x;
    let next_line = line - limit.x;
    let next_map = groups * channels * map - output_size.y * line;
    // After the last output the last one is read again; its sums are not written.
    let distance = min(output + own_row + vec4(0u, 16u, 32u, 48u), vec4(outputs - 1u)) * pixels;
    let first_slope = group * outputs * pixels;

    let across = lane % 16u;
    let down = lane / 16u;
    let zero = mat4x4(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var all_sums = Sums(zero, zero, zero, zero);
    for (var start = begin; start < end; start += DEPTH) {
        // All loads are issued before any of them is waited for, without a branch in between.
        let within = start + own_pixel < end;
        let under = vec2(select(OUTSIDE, corner.x, within), corner.y);
        let own_slopes = slopes_of(select(first_slope, slope, within), distance, within);
        let low_pixels = pixels_under(own_row, place, under, size);
        let high_pixels = pixels_under(own_row + 64u, place, under, size);
        corner += further;
        let ends_row = corner.x >= limit.x;
        corner.x -= select(0u, limit.x, ends_row);
        corner.y += select(0u, stride.y, ends_row);
        let ends_map = corner.y >= limit.y;
        corner.y -= select(0u, limit.y, ends_map);
        slope += moved_slope + select(0u, next_slope, ends_map);
        place += moved_place + select(0u, next_line, ends_row) + select(0u, next_map, ends_map);
        keep_outputs(own_pixel * OUTPUT_LINE + own_row, own_slopes);
        keep_taps(own_pixel * TAP_LINE + own_row, low_pixels);
        keep_taps(own_pixel * TAP_LINE + own_row + 64u, high_pixels);
        workgroupBarrier();
        // Unrolled by four, because not every compiler does.
        for (var row = 0u; row < DEPTH; row += 4u) {
            let first = row * OUTPUT_LINE + 8u * down;
            let low = row * TAP_LINE + 4u * across;
            all_sums = pixel_added(all_sums, first, low);
            all_sums = pixel_added(all_sums, first + OUTPUT_LINE, low + TAP_LINE);
            all_sums = pixel_added(all_sums, first + 2u * OUTPUT_LINE, low + 2u * TAP_LINE);
            all_sums = pixel_added(all_sums, first + 3u * OUTPUT_LINE, low + 3u * TAP_LINE);
        }
        workgroupBarrier();
    }
    if (!inside) {
        return;
    }
    let of_tap = tap + 4u * across;
    let of_output = output + 8u * down;
    let to = ((part * groups + group) * outputs + of_output) * depth + of_tap;
    store_four(to, of_tap, depth, of_output, all_sums.first_low);
    store_four(to + 64u, of_tap + 64u, depth, of_output, all_sums.first_high);
    store_four(to + 4u * depth, of_tap, depth, of_output + 4u, all_sums.last_low);
    store_four(to + 4u * depth + 64u, of_tap + 64u, depth, of_output + 4u, all_sums.last_high);
}
