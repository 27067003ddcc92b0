// Convolution with a 1 × 1 kernel and stride 1, or its gradient with respect to the input, for GPUs. A workgroup computes
// `4 · FOURS` outputs of `PIXELS` pixels and loads 16 channels at a time into shared memory. Each invocation keeps eight outputs of
// two groups of four neighbouring pixels in registers. Needs `settings`, the bindings of a convolution, `part`, `pixels`, `tile`, the
// products in single or half precision, and the sizes and tiles declared in the kernel's file.

/// Channels loaded at a time.
const DEPTH = 16u;

/// One pixel of four channels; zeros after the last channel.
fn channels_of(place: u32, map: u32, first: u32, left: u32) -> vec4<f32> {
    let numbers = first + vec4(0u, 1u, 2u, 3u);
    let at = place + min(numbers, vec4(left - 1u)) * map;
    return select(vec4(0.0), vec4(input[at.x], input[at.y], input[at.z], input[at.w]), numbers < vec4(left));
}

fn keep(place: u32, channels: vec4<f32>) {
    let values = pixel_operands(channels);
    pixel_tile[place] = values.x;
    pixel_tile[place + PIXELS] = values.y;
    pixel_tile[place + 2u * PIXELS] = values.z;
    pixel_tile[place + 3u * PIXELS] = values.w;
}

fn convolve(number: u32, lane: u32) {
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let map = settings.size.x * settings.size.y;
    let tiles = (map + PIXELS - 1u) / PIXELS;
    let blocks = (outputs + 4u * FOURS - 1u) / (4u * FOURS);
    let block = number % blocks;
    let tile = number / blocks % tiles;
    let image_group = number / (blocks * tiles);
    let group = image_group % groups;
    let own_part = part_of(image_group / (settings.batch * groups));
    let depth = own_part.channels;
    let width = (outputs + 3u) / 4u;
    // After the last pixel or output the last one is read again; its sums are not written.
    let maps = image_group % (settings.batch * groups) * channels + own_part.first;
    var place = maps * map + min(tile * PIXELS + lane, map - 1u);
    let column = min(block * FOURS + lane % FOURS, width - 1u);
    let of_group = group * channels + own_part.first;
    var known = (of_group + lane / FOURS) * width + column;
    let end = (of_group + depth) * width;

    let across = lane % 16u;
    let down = lane / 16u;
    let output_number = block * 4u * FOURS + 8u * down;
    var first = vec4(0.0);
    var last = vec4(0.0);
    if (settings.biased != 0u && own_part.number == 0u) {
        first = bias_of(group * outputs + output_number);
        last = bias_of(group * outputs + output_number + 4u);
    }
    let firsts = mat4x4(first, first, first, first);
    let lasts = mat4x4(last, last, last, last);
    var sums = Sums(firsts, lasts, firsts, lasts);
    for (var begin = 0u; begin < depth; begin += DEPTH) {
        // All loads are issued before any of them is waited for, without a branch in between.
        let left = depth - begin;
        let weights_0 = weights_of(known, end);
        let weights_1 = weights_of(known + 8u * width, end);
        let pixels_0 = channels_of(place, map, 0u, left);
        let pixels_1 = channels_of(place, map, 4u, left);
        let pixels_2 = channels_of(place, map, 8u, left);
        let pixels_3 = channels_of(place, map, 12u, left);
        weight_tile[lane] = weight_operands(weights_0);
        weight_tile[lane + WORKGROUP] = weight_operands(weights_1);
        keep(lane, pixels_0);
        keep(4u * PIXELS + lane, pixels_1);
        keep(8u * PIXELS + lane, pixels_2);
        keep(12u * PIXELS + lane, pixels_3);
        known += DEPTH * width;
        place += DEPTH * map;
        workgroupBarrier();
        sums = stage_added(sums, across, down);
        workgroupBarrier();
    }
    if (depth == 0u) {
        return;
    }
    sums = unscaled(sums);
    // The pixels of a map form a single row; the image is one of this part's own output.
    let low = tile * PIXELS + 4u * across + vec4(0u, 1u, 2u, 3u);
    let high = low + PIXELS / 2u;
    let image = vec4(image_group / groups);
    let lows = Four(low, vec4(0u), image, low < vec4(map));
    let highs = Four(high, vec4(0u), image, high < vec4(map));
    store_four(lows, group, output_number, sums.low_first);
    store_four(lows, group, output_number + 4u, sums.low_last);
    store_four(highs, group, output_number, sums.high_first);
    store_four(highs, group, output_number + 4u, sums.high_last);
}
