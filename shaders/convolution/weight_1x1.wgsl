// The gradient with respect to the weight of a 1 × 1 kernel with stride 1, for GPUs. A workgroup computes 64 outputs of 128
// channels and loads 16 pixels of the gradient and of the input at a time into shared memory. Each invocation keeps 8 × 8 sums
// in registers.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel]`.
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
/// Pixels loaded at a time.
const DEPTH = 16u;
const OUTPUTS = 64u;
const CHANNELS = 128u;
/// Distance between the outputs or channels of neighbouring pixels, in groups of four: odd, so that they lie in different banks.
const OUTPUT_LINE = 17u;
const CHANNEL_LINE = 33u;

var<workgroup> output_tile: array<vec4<f32>, 272>;
var<workgroup> channel_tile: array<vec4<f32>, 528>;

/// Four outputs of one pixel; after the last output the last one again.
fn slopes_of(place: u32, first: u32, map: u32) -> vec4<f32> {
    let at = place + min(first + vec4(0u, 1u, 2u, 3u), vec4(settings.outputs - 1u)) * map;
    return vec4(gradient[at.x], gradient[at.y], gradient[at.z], gradient[at.w]);
}

/// Four channels of one pixel; after the last channel the last one again.
fn channels_of(place: u32, first: u32, map: u32) -> vec4<f32> {
    let at = place + min(first + vec4(0u, 1u, 2u, 3u), vec4(settings.channels - 1u)) * map;
    return vec4(input[at.x], input[at.y], input[at.z], input[at.w]);
}

/// Adds the products of four outputs with four channels to their sums, which have a column per channel.
fn added(sums: mat4x4<f32>, outputs: vec4<f32>, channels: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        sums[0] + outputs * channels.x,
        sums[1] + outputs * channels.y,
        sums[2] + outputs * channels.z,
        sums[3] + outputs * channels.w,
    );
}

/// Writes up to four outputs of one channel, `left` of which exist.
fn store(place: u32, left: u32, values: vec4<f32>) {
    let channels = settings.channels;
    parts[place] = values.x;
    if (left > 1u) {
        parts[place + channels] = values.y;
    }
    if (left > 2u) {
        parts[place + 2u * channels] = values.z;
    }
    if (left > 3u) {
        parts[place + 3u * channels] = values.w;
    }
}

/// Writes up to four outputs of four channels; `start` is the position of the group's first output.
fn store_four(start: u32, output: u32, channel: u32, values: mat4x4<f32>) {
    let channels = settings.channels;
    let outputs = settings.outputs;
    if (output >= outputs || channel >= channels) {
        return;
    }
    let place = start + output * channels + channel;
    let left = outputs - output;
    store(place, left, values[0]);
    if (channel + 1u < channels) {
        store(place + 1u, left, values[1]);
    }
    if (channel + 2u < channels) {
        store(place + 2u, left, values[2]);
    }
    if (channel + 3u < channels) {
        store(place + 3u, left, values[3]);
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
    let map = settings.size.x * settings.size.y;
    let blocks = (outputs + OUTPUTS - 1u) / OUTPUTS;
    let sets = (channels + CHANNELS - 1u) / CHANNELS;
    let output = number % blocks * OUTPUTS;
    let channel = number / blocks % sets * CHANNELS;
    let group = number / (blocks * sets) % groups;
    let part = number / (blocks * sets * groups);
    let inside = part < settings.parts;
    let begin = select(0u, part * settings.share, inside);
    let end = select(0u, min(begin + settings.share, settings.batch * map), inside);

    // The pixel that this invocation loads: two groups of four of its outputs and four groups of four of its channels.
    let own = lane % DEPTH;
    let four = lane / DEPTH;
    let across = lane % 16u;
    let down = lane / 16u;
    let zero = mat4x4(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var first_low = zero;
    var first_high = zero;
    var last_low = zero;
    var last_high = zero;
    for (var start = begin; start < end; start += DEPTH) {
        // All loads are issued before any of them is waited for, without a branch in between.
        let within = start + own < end;
        let pixel = select(begin, start + own, within);
        let image_group = pixel / map * groups + group;
        let slope = image_group * outputs * map + pixel % map;
        let seen = image_group * channels * map + pixel % map;
        let slopes_0 = slopes_of(slope, output + 4u * four, map);
        let slopes_1 = slopes_of(slope, output + 4u * four + 32u, map);
        let seen_0 = channels_of(seen, channel + 4u * four, map);
        let seen_1 = channels_of(seen, channel + 4u * four + 32u, map);
        let seen_2 = channels_of(seen, channel + 4u * four + 64u, map);
        let seen_3 = channels_of(seen, channel + 4u * four + 96u, map);
        output_tile[own * OUTPUT_LINE + four] = select(vec4(0.0), slopes_0, within);
        output_tile[own * OUTPUT_LINE + four + 8u] = select(vec4(0.0), slopes_1, within);
        channel_tile[own * CHANNEL_LINE + four] = select(vec4(0.0), seen_0, within);
        channel_tile[own * CHANNEL_LINE + four + 8u] = select(vec4(0.0), seen_1, within);
        channel_tile[own * CHANNEL_LINE + four + 16u] = select(vec4(0.0), seen_2, within);
        channel_tile[own * CHANNEL_LINE + four + 24u] = select(vec4(0.0), seen_3, within);
        workgroupBarrier();
        for (var row = 0u; row < DEPTH; row++) {
            let first = output_tile[row * OUTPUT_LINE + 2u * down];
            let last = output_tile[row * OUTPUT_LINE + 2u * down + 1u];
            let low = channel_tile[row * CHANNEL_LINE + across];
            let high = channel_tile[row * CHANNEL_LINE + across + 16u];
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
    let to = (part * groups + group) * outputs * channels;
    let of_output = output + 8u * down;
    let of_channel = channel + 4u * across;
    store_four(to, of_output, of_channel, first_low);
    store_four(to, of_output, of_channel + 64u, first_high);
    store_four(to, of_output + 4u, of_channel, last_low);
    store_four(to, of_output + 4u, of_channel + 64u, last_high);
}
