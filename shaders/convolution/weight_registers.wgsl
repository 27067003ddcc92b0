// The gradient with respect to the weight, any kernel and stride, for software adapters: each invocation keeps eight outputs by
// eight channels of one tap in registers.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel, tap]`.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 32u;

/// Adds the products of four outputs with four channels to their sums.
fn added(sum: mat4x4<f32>, slopes: vec4<f32>, pixels: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        sum[0] + slopes * pixels.x,
        sum[1] + slopes * pixels.y,
        sum[2] + slopes * pixels.z,
        sum[3] + slopes * pixels.w,
    );
}

fn pixels_of(place: vec4<u32>) -> vec4<f32> {
    return vec4(input[place.x], input[place.y], input[place.z], input[place.w]);
}

/// Position of the sums of four outputs and four channels.
struct Corner {
    place: u32,
    channel: u32,
    output: u32,
}

fn store(start: u32, apart: u32, left: u32, values: vec4<f32>) {
    sums[start] = values.x;
    if (left > 1u) {
        sums[start + apart] = values.y;
    }
    if (left > 2u) {
        sums[start + 2u * apart] = values.z;
    }
    if (left > 3u) {
        sums[start + 3u * apart] = values.w;
    }
}

/// Writes the sums of up to four outputs by four channels.
fn store_block(corner: Corner, channels: u32, outputs: u32, taps: u32, values: mat4x4<f32>) {
    let apart = channels * taps;
    if (corner.output >= outputs || corner.channel >= channels) {
        return;
    }
    let left = outputs - corner.output;
    store(corner.place, apart, left, values[0]);
    if (corner.channel + 1u < channels) {
        store(corner.place + taps, apart, left, values[1]);
    }
    if (corner.channel + 2u < channels) {
        store(corner.place + 2u * taps, apart, left, values[2]);
    }
    if (corner.channel + 3u < channels) {
        store(corner.place + 3u * taps, apart, left, values[3]);
    }
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
    let size = settings.size;
    let output_size = settings.output_size;
    let stride = settings.stride;
    let kernel = settings.kernel;
    let taps = kernel.x * kernel.y;
    let blocks = (outputs + 7u) / 8u;
    let sets = (channels + 7u) / 8u;
    // Parts vary fastest: maps are powers of 2 apart, and neighbouring invocations would evict each other's pixels from the cache.
    let part = number % settings.parts;
    let place = number / settings.parts;
    let output = place % blocks * 8u;
    let channel = place / blocks % sets * 8u;
    let tap = place / (blocks * sets) % taps;
    let group = place / (blocks * sets * taps);
    if (group >= groups) {
        return;
    }
    let shift = vec2(tap % kernel.x, tap / kernel.x) * settings.dilation + settings.offset - settings.back;
    let pixels = size.x * size.y;
    let slopes = output_size.x * output_size.y;
    let begin = part * settings.share;
    let end = min(begin + settings.share, settings.batch * output_size.y);
    // After the last channel or output the last one is read again; the sums are not written.
    let next = vec4(0u, 1u, 2u, 3u);
    let seen = min(channel + next, vec4(channels - 1u)) * pixels;
    let seen_more = min(channel + 4u + next, vec4(channels - 1u)) * pixels;
    let known = min(output + next, vec4(outputs - 1u)) * slopes;
    let known_more = min(output + 4u + next, vec4(outputs - 1u)) * slopes;
    let zero = mat4x4(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var first_first = zero;
    var first_last = zero;
    var last_first = zero;
    var last_last = zero;
    for (var line = begin; line < end; line++) {
        let image = line / output_size.y;
        let row = line % output_size.y;
        let seen_row = row * stride.y + shift.y;
        if (seen_row >= size.y) {
            continue;
        }
        let map = (image * groups + group) * channels * pixels + seen_row * size.x;
        let of_row = (image * groups + group) * outputs * slopes + row * output_size.x;
        for (var column = 0u; column < output_size.x; column++) {
            let seen_column = column * stride.x + shift.x;
            let inside = vec4(seen_column < size.x);
            let column_place = map + min(seen_column, size.x - 1u);
            let left = select(vec4(0.0), pixels_of(column_place + seen), inside);
            let right = select(vec4(0.0), pixels_of(column_place + seen_more), inside);
            let first = slopes_of(of_row + column + known);
            let last = slopes_of(of_row + column + known_more);
            first_first = added(first_first, first, left);
            first_last = added(first_last, first, right);
            last_first = added(last_first, last, left);
            last_last = added(last_last, last, right);
        }
    }
    let start = (((part * groups + group) * outputs + output) * channels + channel) * taps + tap;
    let below = start + 4u * channels * taps;
    store_block(Corner(start, channel, output), channels, outputs, taps, first_first);
    store_block(Corner(start + 4u * taps, channel + 4u, output), channels, outputs, taps, first_last);
    store_block(Corner(below, channel, output + 4u), channels, outputs, taps, last_first);
    store_block(Corner(below + 4u * taps, channel + 4u, output + 4u), channels, outputs, taps, last_last);
}
