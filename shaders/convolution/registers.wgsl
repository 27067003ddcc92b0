// Convolution and its gradient with respect to the input, any kernel and stride, for software adapters: each invocation keeps
// eight outputs of eight pixels in registers.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, channel, tap, output]`, outputs in groups of four.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 32u;

/// Positions of the input pixels under one tap, in the first channel.
struct Seen {
    place: vec4<u32>,
    inside: vec4<bool>,
}

fn under(pixels: Four, tap: vec2<u32>, group: u32) -> Seen {
    let shift = tap * settings.dilation + settings.offset;
    let column = (pixels.column * settings.stride.x + shift.x) / settings.fraction.x - settings.back.x;
    let row = (pixels.row * settings.stride.y + shift.y) / settings.fraction.y - settings.back.y;
    let inside = column < vec4(settings.size.x) & row < vec4(settings.size.y);
    let map = (pixels.image * settings.groups + group) * settings.channels;
    let place = (map * settings.size.y + row) * settings.size.x + column;
    return Seen(select(vec4(0u), place, inside), inside);
}

fn values_of(seen: Seen, shift: u32) -> vec4<f32> {
    let place = select(vec4(0u), seen.place + shift, seen.inside);
    let values = vec4(input[place.x], input[place.y], input[place.z], input[place.w]);
    return select(vec4(0.0), values, seen.inside);
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = (settings.first + workgroup_number(id, workgroups)) * WORKGROUP + lane;
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let kernel = settings.kernel;
    let step = settings.step;
    let fraction = settings.fraction;
    let pixels = settings.size.x * settings.size.y;
    let of_phase = phase_size();
    let tiles = (settings.batch * of_phase.x * of_phase.y + 7u) / 8u;
    let blocks = (outputs + 7u) / 8u;
    let block = number % blocks;
    let tile = number / blocks % tiles;
    let group = number / (blocks * tiles) % groups;
    // Phases vary slowest, so that the invocations of a workgroup iterate over the same taps.
    let phase_number = number / (blocks * tiles * groups);
    if (phase_number >= fraction.x * fraction.y) {
        return;
    }
    let phase = vec2(phase_number % fraction.x, phase_number / fraction.x);
    let low = four(8u * tile + vec4(0u, 1u, 2u, 3u), phase);
    let high = four(8u * tile + vec4(4u, 5u, 6u, 7u), phase);

    // Weights of four outputs; if the second four are beyond the last output, the first four are read again.
    let width = (outputs + 3u) / 4u;
    let taps = kernel.x * kernel.y;
    let second = min(1u, width - 1u - 2u * block);
    let first_weight = group * channels * taps * width + 2u * block;

    var first = vec4(0.0);
    var last = vec4(0.0);
    if (settings.biased != 0u) {
        first = bias_of(group * outputs + 8u * block);
        last = bias_of(group * outputs + 8u * block + 4u);
    }
    var low_first = mat4x4(first, first, first, first);
    var low_last = mat4x4(last, last, last, last);
    var high_first = low_first;
    var high_last = low_last;
    let start = first_taps(phase);
    for (var tap_row = start.y; tap_row < kernel.y; tap_row += step.y) {
        for (var tap_column = start.x; tap_column < kernel.x; tap_column += step.x) {
            let tap = vec2(tap_column, tap_row);
            let seen_low = under(low, tap, group);
            let seen_high = under(high, tap, group);
            var place = first_weight + (tap.y * kernel.x + tap.x) * width;
            for (var channel = 0u; channel < channels; channel++) {
                let left = weights[place];
                let right = weights[place + second];
                let values_low = values_of(seen_low, channel * pixels);
                let values_high = values_of(seen_high, channel * pixels);
                low_first = added(low_first, left, values_low);
                low_last = added(low_last, right, values_low);
                high_first = added(high_first, left, values_high);
                high_last = added(high_last, right, values_high);
                place += taps * width;
            }
        }
    }
    store_four(low, group, 8u * block, low_first);
    store_four(low, group, 8u * block + 4u, low_last);
    store_four(high, group, 8u * block, high_first);
    store_four(high, group, 8u * block + 4u, high_last);
}
