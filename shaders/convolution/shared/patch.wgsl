// Convolution with a 3 × 3 kernel and stride 1, or its gradient with respect to the input, for GPUs. A workgroup computes
// `4 · FOURS` outputs of `TILE_ROWS` × 16 pixels; it loads the pixels of four channels with their border and the weights of
// their taps at a time. Each invocation keeps eight outputs of eight neighbouring pixels in registers. Neighbouring pixels are as
// far apart as the taps. Needs `settings`, the bindings of a convolution, `part`, `pixels`, `tile`, the products in single or half
// precision, and the sizes and tiles declared in the kernel's file.

/// Channels loaded at a time, and their rows of weights.
const DEPTH = 4u;
const ROWS = 36u;
/// Weights loaded at a time, in groups of four outputs.
const WEIGHTS = 36u * FOURS;
/// Pixels of a row with its border, and the distance between rows, chosen so that eight rows are in different banks.
const COLUMNS = 18u;
const LINE = 20u;
/// Pixels of a channel with its border, and the distance between channels.
const PIXELS = COLUMNS * (TILE_ROWS + 2u);
const PATCH = LINE * (TILE_ROWS + 2u);

/// A pixel that an invocation loads: where its first channel is, where it is stored, and whether it exists.
struct Pixel {
    place: u32,
    to: u32,
    sees: bool,
}

/// Pixel `number` of the patch that begins at `start`.
fn pixel(number: u32, maps: u32, start: vec2<u32>) -> Pixel {
    let size = settings.size;
    let at = vec2(number % COLUMNS, number / COLUMNS);
    let under = start + at * settings.dilation;
    let sees = all(under < size);
    return Pixel(maps + select(0u, under.y * size.x + under.x, sees), at.y * LINE + at.x, sees);
}

/// Whether this invocation loads something in round `chunk` of loading `count` values: a constant except in the last round.
fn takes_part(chunk: u32, lane: u32, count: u32) -> bool {
    return (chunk + 1u) * WORKGROUP <= count || chunk * WORKGROUP + lane < count;
}

/// One pixel of four channels, zero after the last channel.
fn channels_of(own: Pixel, beyond: u32, map: u32, left: u32) -> vec4<f32> {
    let place = own.place + beyond;
    let last = left - 1u;
    let values = vec4(
        input[place],
        input[place + min(1u, last) * map],
        input[place + min(2u, last) * map],
        input[place + min(3u, last) * map],
    );
    return select(vec4(0.0), values, vec4(0u, 1u, 2u, 3u) < vec4(left) & vec4(own.sees));
}

/// Stores the channels of pixel `number` of three, whose places in the patch are in `places`.
fn keep(places: u32, number: u32, channels: vec4<f32>) {
    let to = (places >> (10u * number)) & 1023u;
    let values = pixel_operands(channels);
    pixel_tile[to] = values.x;
    pixel_tile[to + PATCH] = values.y;
    pixel_tile[to + 2u * PATCH] = values.z;
    pixel_tile[to + 3u * PATCH] = values.w;
}

fn convolve(number: u32, lane: u32) {
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let apart = settings.dilation;
    let map = settings.size.x * settings.size.y;
    let tile = vec2(16u, TILE_ROWS);
    let tiles = ((settings.output_size + apart - 1u) / apart + tile - 1u) / tile;
    let blocks = (outputs + 4u * FOURS - 1u) / (4u * FOURS);
    let block = number % blocks;
    let tile_number = number / blocks;
    let corner = vec2(tile_number % tiles.x, tile_number / tiles.x % tiles.y) * tile;
    let phase_number = tile_number / (tiles.x * tiles.y);
    let phase = vec2(phase_number % apart.x, phase_number / apart.x % apart.y);
    let image_group = phase_number / (apart.x * apart.y);
    let group = image_group % groups;
    let own_part = part_of(image_group / (settings.batch * groups));
    let depth = own_part.channels;
    let width = (outputs + 3u) / 4u;

    // The pixels that this invocation loads, and the first of its weights.
    let maps = (image_group % (settings.batch * groups) * channels + own_part.first) * map;
    let start = phase + corner * apart + settings.offset - settings.back;
    let own_0 = pixel(lane, maps, start);
    let own_1 = pixel(lane + WORKGROUP, maps, start);
    let own_2 = pixel(lane + 2u * WORKGROUP, maps, start);
    let own_3 = pixel(lane + 3u * WORKGROUP, maps, start);
    let own_4 = pixel(lane + 4u * WORKGROUP, maps, start);
    // Where they are stored: three places in a register, because registers are short.
    let places = own_0.to | (own_1.to << 10u) | (own_2.to << 20u);
    let more_places = own_3.to | (own_4.to << 10u);
    // After the last outputs the last ones are read again; their sums are not written.
    let column = min(block * FOURS + lane % FOURS, width - 1u);
    let of_group = (group * channels + own_part.first) * 9u;
    var known = (of_group + lane / FOURS) * width + column;
    let end = (of_group + depth * 9u) * width;
    let further = WORKGROUP / FOURS * width;

    let row = lane % TILE_ROWS;
    let half = lane / TILE_ROWS % 2u;
    let down = lane / (2u * TILE_ROWS);
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
        // All loads are issued before any of them is waited for; which loads exist is known at compile time.
        let left = depth - begin;
        let beyond = begin * map;
        let weights_0 = weights_of(known, end);
        let weights_1 = weights_of(known + further, end);
        var weights_2 = vec4(0.0);
        var weights_3 = vec4(0.0);
        var weights_4 = vec4(0.0);
        var pixels_2 = vec4(0.0);
        var pixels_3 = vec4(0.0);
        var pixels_4 = vec4(0.0);
        if (WEIGHTS > 2u * WORKGROUP) {
            weights_2 = weights_of(known + 2u * further, end);
        }
        if (WEIGHTS > 3u * WORKGROUP) {
            weights_3 = weights_of(known + 3u * further, end);
        }
        if (WEIGHTS > 4u * WORKGROUP) {
            weights_4 = weights_of(known + 4u * further, end);
        }
        let pixels_0 = channels_of(own_0, beyond, map, left);
        let pixels_1 = channels_of(own_1, beyond, map, left);
        if (PIXELS > 2u * WORKGROUP) {
            pixels_2 = channels_of(own_2, beyond, map, left);
        }
        if (PIXELS > 3u * WORKGROUP) {
            pixels_3 = channels_of(own_3, beyond, map, left);
        }
        if (PIXELS > 4u * WORKGROUP) {
            pixels_4 = channels_of(own_4, beyond, map, left);
        }
        weight_tile[lane] = weight_operands(weights_0);
        if (takes_part(1u, lane, WEIGHTS)) {
            weight_tile[lane + WORKGROUP] = weight_operands(weights_1);
        }
        if (takes_part(2u, lane, WEIGHTS)) {
            weight_tile[lane + 2u * WORKGROUP] = weight_operands(weights_2);
        }
        if (takes_part(3u, lane, WEIGHTS)) {
            weight_tile[lane + 3u * WORKGROUP] = weight_operands(weights_3);
        }
        if (takes_part(4u, lane, WEIGHTS)) {
            weight_tile[lane + 4u * WORKGROUP] = weight_operands(weights_4);
        }
        keep(places, 0u, pixels_0);
        if (takes_part(1u, lane, PIXELS)) {
            keep(places, 1u, pixels_1);
        }
        if (takes_part(2u, lane, PIXELS)) {
            keep(places, 2u, pixels_2);
        }
        if (takes_part(3u, lane, PIXELS)) {
            keep(more_places, 0u, pixels_3);
        }
        if (takes_part(4u, lane, PIXELS)) {
            keep(more_places, 1u, pixels_4);
        }
        known += ROWS * width;
        workgroupBarrier();
        sums = stage_added(sums, row * LINE + 8u * half, 2u * down);
        workgroupBarrier();
    }
    if (depth == 0u) {
        return;
    }
    sums = unscaled(sums);
    let output_size = settings.output_size;
    let across = phase.x + (corner.x + 8u * half + vec4(0u, 1u, 2u, 3u)) * apart.x;
    let beside = across + 4u * apart.x;
    let below = vec4(phase.y + (corner.y + row) * apart.y);
    // Of this part's own output.
    let image = vec4(image_group / groups);
    let is_row = below < vec4(output_size.y);
    let low = Four(across, below, image, across < vec4(output_size.x) & is_row);
    let high = Four(beside, below, image, beside < vec4(output_size.x) & is_row);
    store_four(low, group, output_number, sums.low_first);
    store_four(low, group, output_number + 4u, sums.low_last);
    store_four(high, group, output_number, sums.high_first);
    store_four(high, group, output_number + 4u, sums.high_last);
}
