// Convolution and its gradient with respect to the input, any kernel and stride, for GPUs. A workgroup computes 64 outputs of 128
// pixels and loads the weights and pixels of 16 taps at a time into shared memory. Each invocation keeps eight outputs of eight
// pixels in registers.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, channel, tap, output]`, outputs in groups of four.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
/// Pairs of a channel and a tap loaded at a time.
const DEPTH = 16u;
/// Groups of four outputs per workgroup, and pixels per workgroup.
const FOURS = 16u;
const PIXELS = 128u;

var<workgroup> weight_tile: array<vec4<f32>, 256>;
var<workgroup> pixel_tile: array<f32, 2048>;

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
    let step = settings.step;
    let fraction = settings.fraction;
    let size = settings.size;
    let of_phase = phase_size();
    let tiles = (settings.batch * of_phase.x * of_phase.y + PIXELS - 1u) / PIXELS;
    let blocks = (outputs + 4u * FOURS - 1u) / (4u * FOURS);
    let block = number % blocks;
    let tile = number / blocks % tiles;
    let group = number / (blocks * tiles) % groups;
    let phase_number = number / (blocks * tiles * groups);
    let inside = phase_number < fraction.x * fraction.y;
    let phase = vec2(phase_number % fraction.x, phase_number / fraction.x);
    let start = first_taps(phase);
    // The number of taps that fall on the input in this phase, along each axis.
    let counts = (max(kernel, start) - start + step - 1u) / step;
    let count = counts.x * counts.y;
    let depth = select(0u, channels * count, inside);
    let width = (outputs + 3u) / 4u;
    let map = size.x * size.y;

    // The pixel that this invocation loads: its position without the offset of a tap.
    let own = four(vec4(tile * PIXELS + lane), phase);
    let place = vec2(own.column.x, own.row.x) * settings.stride + settings.offset;
    let image = (own.image.x * groups + group) * channels * map;
    var channel = 0u;
    var tap = start;

    let across = lane % 16u;
    let down = lane / 16u;
    var first = vec4(0.0);
    var last = vec4(0.0);
    if (settings.biased != 0u) {
        first = bias_of(group * outputs + block * 4u * FOURS + 8u * down);
        last = bias_of(group * outputs + block * 4u * FOURS + 8u * down + 4u);
    }
    var low_first = mat4x4(first, first, first, first);
    var low_last = mat4x4(last, last, last, last);
    var high_first = low_first;
    var high_last = low_last;
    for (var begin = 0u; begin < depth; begin += DEPTH) {
        for (var index = lane; index < DEPTH * FOURS; index += WORKGROUP) {
            let row = begin + index / FOURS;
            let column = block * FOURS + index % FOURS;
            let of_tap = start + vec2(row % counts.x, row % count / counts.x) * step;
            let row_place = ((group * channels + row / count) * kernel.y + of_tap.y) * kernel.x + of_tap.x;
            let known = row < depth && column < width;
            weight_tile[index] = select(vec4(0.0), weights[select(0u, row_place * width + column, known)], known);
        }
        for (var row = 0u; row < DEPTH; row++) {
            let under = (place + tap * settings.dilation) / fraction - settings.back;
            let seen = own.inside.x && all(under < size) && channel < channels;
            let value = input[select(0u, image + channel * map + under.y * size.x + under.x, seen)];
            pixel_tile[row * PIXELS + lane] = select(0.0, value, seen);
            // Next tap: after the last of a row the first of the next row, after the last row the next channel's first.
            tap.x += step.x;
            if (tap.x >= kernel.x) {
                tap = vec2(start.x, tap.y + step.y);
                if (tap.y >= kernel.y) {
                    tap.y = start.y;
                    channel++;
                }
            }
        }
        workgroupBarrier();
        for (var row = 0u; row < DEPTH; row++) {
            let left = weight_tile[row * FOURS + 2u * down];
            let right = weight_tile[row * FOURS + 2u * down + 1u];
            let at = row * PIXELS + across;
            let low = vec4(pixel_tile[at], pixel_tile[at + 16u], pixel_tile[at + 32u], pixel_tile[at + 48u]);
            let high = vec4(pixel_tile[at + 64u], pixel_tile[at + 80u], pixel_tile[at + 96u], pixel_tile[at + 112u]);
            low_first = added(low_first, left, low);
            low_last = added(low_last, right, low);
            high_first = added(high_first, left, high);
            high_last = added(high_last, right, high);
        }
        workgroupBarrier();
    }
    if (!inside) {
        return;
    }
    let pixel = tile * PIXELS + across;
    let begin = block * 4u * FOURS + 8u * down;
    let low = four(pixel + vec4(0u, 16u, 32u, 48u), phase);
    let high = four(pixel + vec4(64u, 80u, 96u, 112u), phase);
    store_four(low, group, begin, low_first);
    store_four(low, group, begin + 4u, low_last);
    store_four(high, group, begin, high_first);
    store_four(high, group, begin + 4u, high_last);
}
