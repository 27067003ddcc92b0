// The gradient with respect to the weight, any kernel and stride, for GPUs. A workgroup computes 64 outputs by 128 pairs of a
// channel and a tap, and loads 16 pixels at a time into shared memory. Each invocation keeps 8 × 8 sums in registers.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel, tap]`.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
/// Pixels loaded at a time.
const DEPTH = 16u;
const OUTPUTS = 64u;
const TAPS = 128u;
/// Distance between the numbers of neighbouring pixels: odd, so that they lie in different memory banks.
const OUTPUT_LINE = 65u;
const TAP_LINE = 129u;

/// Where the tap of a channel falls on the input: the channel's map, and the tap's position on it.
struct Tap {
    map: u32,
    column: u32,
    row: u32,
    /// 0 after the last tap, else 1.
    inside: u32,
}

var<workgroup> output_tile: array<f32, 1040>;
var<workgroup> tap_tile: array<f32, 2064>;
var<workgroup> known_taps: array<Tap, TAPS>;

fn added(sum: mat4x4<f32>, left: vec4<f32>, right: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        sum[0] + left * right.x,
        sum[1] + left * right.y,
        sum[2] + left * right.z,
        sum[3] + left * right.w,
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

/// Writes up to four outputs of four taps, which are 16 apart.
fn store_four(start: u32, tap: u32, depth: u32, output: u32, values: mat4x4<f32>) {
    if (tap < depth) {
        store(start, depth, output, values[0]);
    }
    if (tap + 16u < depth) {
        store(start + 16u, depth, output, values[1]);
    }
    if (tap + 32u < depth) {
        store(start + 32u, depth, output, values[2]);
    }
    if (tap + 48u < depth) {
        store(start + 48u, depth, output, values[3]);
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
    let begin = select(0u, part * settings.share, inside);
    let end = select(0u, min(begin + settings.share, settings.batch * pixels), inside);

    let own = tap + lane;
    let shift = vec2(own % kernel.x, own / kernel.x % kernel.y) * settings.dilation + settings.offset - settings.back;
    known_taps[lane] = Tap(own / taps * size.x * size.y, shift.x, shift.y, u32(own < depth));
    workgroupBarrier();

    let across = lane % 16u;
    let down = lane / 16u;
    let zero = mat4x4(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var first_low = zero;
    var first_high = zero;
    var last_low = zero;
    var last_high = zero;
    for (var start = begin; start < end; start += DEPTH) {
        // The pixel that this invocation loads, for every eighth output and every eighth tap.
        let pixel = start + across;
        let within = pixel < end;
        let image = select(0u, pixel / pixels, within);
        let place = vec2(pixel % output_size.x, pixel / output_size.x % output_size.y);
        let slopes = (image * groups + group) * outputs * pixels + pixel % pixels;
        for (var row = down; row < OUTPUTS; row += 8u) {
            let known = within && output + row < outputs;
            let value = gradient[select(0u, slopes + (output + row) * pixels, known)];
            output_tile[across * OUTPUT_LINE + row] = select(0.0, value, known);
        }
        let map = (image * groups + group) * channels * size.x * size.y;
        for (var row = down; row < TAPS; row += 8u) {
            let found = known_taps[row];
            let under = place * stride + vec2(found.column, found.row);
            let seen = within && found.inside != 0u && all(under < size);
            let value = input[select(0u, map + found.map + under.y * size.x + under.x, seen)];
            tap_tile[across * TAP_LINE + row] = select(0.0, value, seen);
        }
        workgroupBarrier();
        for (var row = 0u; row < DEPTH; row++) {
            let at = row * OUTPUT_LINE + 8u * down;
            let first = vec4(output_tile[at], output_tile[at + 1u], output_tile[at + 2u], output_tile[at + 3u]);
            let last = vec4(output_tile[at + 4u], output_tile[at + 5u], output_tile[at + 6u], output_tile[at + 7u]);
            let on = row * TAP_LINE + across;
            let low = vec4(tap_tile[on], tap_tile[on + 16u], tap_tile[on + 32u], tap_tile[on + 48u]);
            let high = vec4(tap_tile[on + 64u], tap_tile[on + 80u], tap_tile[on + 96u], tap_tile[on + 112u]);
            first_low = added(first_low, first, low);
            first_high = added(first_high, first, high);
            last_low = added(last_low, last, low);
            last_high = added(last_high, last, high);
        }
        workgroupBarrier();
    }
    if (!inside) {
        return;
    }
    let of_tap = tap + across;
    let of_output = output + 8u * down;
    let corner = ((part * groups + group) * outputs + of_output) * depth + of_tap;
    store_four(corner, of_tap, depth, of_output, first_low);
    store_four(corner + 64u, of_tap + 64u, depth, of_output, first_high);
    store_four(corner + 4u * depth, of_tap, depth, of_output + 4u, last_low);
    store_four(corner + 4u * depth + 64u, of_tap + 64u, depth, of_output + 4u, last_high);
}
