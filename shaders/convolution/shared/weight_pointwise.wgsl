// The gradient with respect to the weight of a 1 × 1 kernel with stride 1, for GPUs. A workgroup computes `OUTPUTS` outputs of
// `CHANNELS` channels and loads 16 pixels of the gradient and of the input at a time into shared memory. Each invocation keeps 8 × 8
// sums in registers. Needs `settings`, `input`, `gradient`, `parts`, the products in single or half precision, and the sizes and tiles
// declared in the kernel's file.

/// Pixels loaded at a time.
const DEPTH = 16u;

/// Four outputs of one pixel; after the last output the last one again.
fn slopes_of(place: u32, map: u32, last: u32) -> vec4<f32> {
    let at = min(place + vec4(0u, 1u, 2u, 3u) * map, vec4(last));
    return vec4(gradient[at.x], gradient[at.y], gradient[at.z], gradient[at.w]);
}

/// The distances of four channels from the first one; after the last channel the last one again.
fn distances(first: u32, map: u32) -> vec4<u32> {
    return min(first + vec4(0u, 1u, 2u, 3u), vec4(settings.channels - 1u)) * map;
}

/// Four channels of one pixel.
fn channels_of(place: u32, distance: vec4<u32>) -> vec4<f32> {
    let at = place + distance;
    return vec4(input[at.x], input[at.y], input[at.z], input[at.w]);
}

/// Two groups of four outputs (first, last) of two groups of four channels (low, high).
struct Sums {
    first_low: mat4x4<f32>,
    first_high: mat4x4<f32>,
    last_low: mat4x4<f32>,
    last_high: mat4x4<f32>,
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

fn weigh(number: u32, lane: u32) {
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

    // The pixel that this invocation loads: two groups of four of its outputs and four groups of four of its channels. A stage
    // moves it by `further` within its map, and by `images` maps.
    let own = lane % DEPTH;
    let four = lane / DEPTH;
    let further = DEPTH % map;
    let images = DEPTH / map * groups;
    let first_image = (begin + own) / map * groups + group;
    var position = (begin + own) % map;
    var slope = first_image * outputs * map + position;
    var seen = first_image * channels * map + position;
    let moved_slope = images * outputs * map + further;
    let moved_seen = images * channels * map + further;
    let next_slope = (groups * outputs - 1u) * map;
    let next_seen = (groups * channels - 1u) * map;
    // After the last pixel another one is read.
    let other = begin / map * groups + group;
    let other_slope = other * outputs * map + begin % map;
    let other_seen = other * channels * map + begin % map;
    let own_output = (output + 4u * four) * map;
    let last_output = (outputs - 1u) * map;
    let distance_0 = distances(channel + 4u * four, map);
    let distance_1 = distances(channel + 4u * four + 32u, map);
    let distance_2 = distances(channel + 4u * four + 64u, map);
    let distance_3 = distances(channel + 4u * four + 96u, map);
    let to_output = own * OUTPUT_LINE + four;
    let to_channel = own * CHANNEL_LINE + four;
    let across = lane % 16u;
    let down = lane / 16u;
    let zero = mat4x4(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var sums = Sums(zero, zero, zero, zero);
    for (var start = begin; start < end; start += DEPTH) {
        // All loads are issued before any of them is waited for, without a branch in between.
        let within = start + own < end;
        let own_slope = select(other_slope, slope, within);
        let own_seen = select(other_seen, seen, within);
        let last_slope = own_slope + last_output;
        let slopes_0 = slopes_of(own_slope + own_output, map, last_slope);
        let slopes_1 = slopes_of(own_slope + own_output + 32u * map, map, last_slope);
        let seen_0 = channels_of(own_seen, distance_0);
        let seen_1 = channels_of(own_seen, distance_1);
        let seen_2 = channels_of(own_seen, distance_2);
        let seen_3 = channels_of(own_seen, distance_3);
        position += further;
        let ends_map = position >= map;
        position -= select(0u, map, ends_map);
        slope += moved_slope + select(0u, next_slope, ends_map);
        seen += moved_seen + select(0u, next_seen, ends_map);
        output_tile[to_output] = slope_operands(select(vec4(0.0), slopes_0, within));
        output_tile[to_output + 8u] = slope_operands(select(vec4(0.0), slopes_1, within));
        channel_tile[to_channel] = pixel_operands(select(vec4(0.0), seen_0, within));
        channel_tile[to_channel + 8u] = pixel_operands(select(vec4(0.0), seen_1, within));
        channel_tile[to_channel + 16u] = pixel_operands(select(vec4(0.0), seen_2, within));
        channel_tile[to_channel + 24u] = pixel_operands(select(vec4(0.0), seen_3, within));
        workgroupBarrier();
        sums = stage_added(sums, across, 2u * down);
        workgroupBarrier();
    }
    if (!inside) {
        return;
    }
    sums = unscaled(sums);
    let to = (part * groups + group) * outputs * channels;
    let of_output = output + 8u * down;
    let of_channel = channel + 4u * across;
    store_four(to, of_output, of_channel, sums.first_low);
    store_four(to, of_output, of_channel + 64u, sums.first_high);
    store_four(to, of_output + 4u, of_channel, sums.last_low);
    store_four(to, of_output + 4u, of_channel + 64u, sums.last_high);
}
