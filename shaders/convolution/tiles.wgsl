// Convolution and its gradient with respect to the input, any kernel and stride, for GPUs. A workgroup computes 64 outputs of 128
// pixels and loads the weights and pixels of eight taps at a time into shared memory. Each invocation keeps eight outputs of two
// groups of four pixels in registers. Taps are advanced without divisions.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, channel, tap, output]`, outputs in groups of four.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
/// `[part, image, group · output, pixel]`.
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
/// Pairs of a channel and a tap loaded at a time.
const DEPTH = 8u;
/// Groups of four outputs per workgroup, and pixels per workgroup.
const FOURS = 16u;
const PIXELS = 128u;
/// A column after the last one of every map, even with the distance of any tap added.
const OUTSIDE = 0x40000000u;

var<workgroup> weight_tile: array<vec4<f32>, 128>;
var<workgroup> pixel_tile: array<f32, 1024>;

/// A tap of a channel: its distance on the input from the first tap, and that of its channel's map from the first map.
struct Tap {
    shift: vec2<u32>,
    map: u32,
}

/// How taps follow each other: the distance of neighbouring taps, the distance after the last one of a row or column, the size of
/// a map, and the size of all maps.
struct Order {
    advance: vec2<u32>,
    limit: vec2<u32>,
    map: u32,
    maps: u32,
}

/// The next tap: after the last of a row the first of the next row, after the last row the next channel's first.
fn next(tap: Tap, order: Order) -> Tap {
    let column = tap.shift.x + order.advance.x;
    let ends_row = column >= order.limit.x;
    let row = tap.shift.y + select(0u, order.advance.y, ends_row);
    let ends_map = row >= order.limit.y;
    let shift = vec2(select(column, 0u, ends_row), select(row, 0u, ends_map));
    return Tap(shift, tap.map + select(0u, order.map, ends_map));
}

/// The pixel under a tap: zero outside the map and after the last channel. `place` and `start` are the pixel under the first tap.
fn pixel_under(tap: Tap, order: Order, place: u32, start: vec2<u32>, size: vec2<u32>) -> f32 {
    let seen = all(start + tap.shift < size) && tap.map < order.maps;
    let value = input[select(0u, place + tap.map + tap.shift.y * size.x + tap.shift.x, seen)];
    return select(0.0, value, seen);
}

/// Rows of taps under which a tile sees any pixel of the input, from the first one of its phase: where they begin and end. Where
/// taps are far apart, the others are a large part of the kernel.
fn rows_seen(tile: u32, phase: vec2<u32>, start: vec2<u32>) -> vec2<u32> {
    let of_phase = phase_size();
    let pixels = of_phase.x * of_phase.y;
    let first = tile * PIXELS;
    let last = min(first + PIXELS, settings.batch * pixels) - 1u;
    let is_one_map = first / pixels == last / pixels;
    let in_phase = vec2(
        select(0u, first % pixels / of_phase.x, is_one_map),
        select(of_phase.y - 1u, last % pixels / of_phase.x, is_one_map),
    );
    // The input's rows under the first tap of the first and of the last row, in padded positions.
    let fraction = settings.fraction.y;
    let rows = phase.y + in_phase * fraction;
    let under = (rows * settings.stride.y + start.y * settings.dilation.y + settings.offset.y) / fraction;
    let advance = settings.step.y * settings.dilation.y / fraction;
    let before = settings.back.y;
    let end = before + settings.size.y;
    let count = (max(settings.kernel.y, start.y) - start.y + settings.step.y - 1u) / settings.step.y;
    let first_seen = (before - min(before, under.y) + advance - 1u) / advance;
    let end_seen = (end - min(end, under.x) + advance - 1u) / advance;
    let begin = min(first_seen, count);
    return vec2(begin, clamp(end_seen, begin, count));
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = settings.first + workgroup_number(id, workgroups);
    let groups = settings.groups;
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
    let phase = vec2(phase_number % fraction.x, phase_number / fraction.x % fraction.y);
    let own_part = part_of(phase_number / (fraction.x * fraction.y));
    let first_of_phase = first_taps(phase);
    let rows = rows_seen(tile, phase, first_of_phase);
    let start = vec2(first_of_phase.x, first_of_phase.y + rows.x * step.y);
    // The number of taps that fall on the input, along each axis.
    let counts = vec2((max(kernel.x, start.x) - start.x + step.x - 1u) / step.x, rows.y - rows.x);
    let depth = own_part.channels * counts.x * counts.y;
    let width = (outputs + 3u) / 4u;
    let map = size.x * size.y;

    // The pixel that this invocation loads, under the first tap of the first channel.
    let own = four(vec4(tile * PIXELS + lane), phase);
    let position = vec2(own.column.x, own.row.x) * settings.stride + settings.offset;
    let first_position = (position + start * settings.dilation) / fraction - settings.back;
    let image = ((own.image.x * groups + group) * settings.channels + own_part.first) * map;
    let place = image + first_position.y * size.x + first_position.x;
    let under = vec2(select(OUTSIDE, first_position.x, own.inside.x), first_position.y);
    let advance = step * settings.dilation / fraction;
    let order = Order(advance, counts * advance, map, own_part.channels * map);
    var tap = Tap(vec2(0u), 0u);

    // The row of weights that this invocation loads, as a column and a row of taps and a channel; a stage moves it by `further`.
    // After the last outputs the last ones are read again; their sums are not written.
    let divisor = max(counts, vec2(1u));
    let of_map = divisor.x * divisor.y;
    let own_row = lane / FOURS;
    let column = min(block * FOURS + lane % FOURS, width - 1u);
    let further = vec3(DEPTH % divisor.x, DEPTH / divisor.x % divisor.y, DEPTH / of_map);
    let between = vec3(step.x, step.y * kernel.x, kernel.x * kernel.y) * width;
    let moved = dot(further, between);
    let moved_row = between.y - divisor.x * between.x;
    let moved_map = between.z - divisor.y * between.y;
    let of_group = (group * settings.channels + own_part.first) * kernel.y;
    var known = vec3(own_row % divisor.x, own_row / divisor.x % divisor.y, own_row / of_map);
    var known_place = ((of_group + start.y) * kernel.x + start.x) * width + dot(known, between) + column;
    let end = (group + 1u) * settings.channels * kernel.y * kernel.x * width;

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
        let known_weights = weights_of(select(end, known_place, known.z < own_part.channels), end);
        let tap_1 = next(tap, order);
        let tap_2 = next(tap_1, order);
        let tap_3 = next(tap_2, order);
        let tap_4 = next(tap_3, order);
        let tap_5 = next(tap_4, order);
        let tap_6 = next(tap_5, order);
        let tap_7 = next(tap_6, order);
        let pixel_0 = pixel_under(tap, order, place, under, size);
        let pixel_1 = pixel_under(tap_1, order, place, under, size);
        let pixel_2 = pixel_under(tap_2, order, place, under, size);
        let pixel_3 = pixel_under(tap_3, order, place, under, size);
        let pixel_4 = pixel_under(tap_4, order, place, under, size);
        let pixel_5 = pixel_under(tap_5, order, place, under, size);
        let pixel_6 = pixel_under(tap_6, order, place, under, size);
        let pixel_7 = pixel_under(tap_7, order, place, under, size);
        tap = next(tap_7, order);
        known += further;
        let ends_row = known.x >= counts.x;
        known.x -= select(0u, counts.x, ends_row);
        known.y += u32(ends_row);
        let ends_map = known.y >= counts.y;
        known.y -= select(0u, counts.y, ends_map);
        known.z += u32(ends_map);
        known_place += moved + select(0u, moved_row, ends_row) + select(0u, moved_map, ends_map);
        weight_tile[lane] = known_weights;
        pixel_tile[lane] = pixel_0;
        pixel_tile[lane + PIXELS] = pixel_1;
        pixel_tile[lane + 2u * PIXELS] = pixel_2;
        pixel_tile[lane + 3u * PIXELS] = pixel_3;
        pixel_tile[lane + 4u * PIXELS] = pixel_4;
        pixel_tile[lane + 5u * PIXELS] = pixel_5;
        pixel_tile[lane + 6u * PIXELS] = pixel_6;
        pixel_tile[lane + 7u * PIXELS] = pixel_7;
        workgroupBarrier();
        // Unrolled by four, because not every compiler does.
        for (var row = 0u; row < DEPTH; row += 4u) {
            sums = row_added(sums, row, across, down);
            sums = row_added(sums, row + 1u, across, down);
            sums = row_added(sums, row + 2u, across, down);
            sums = row_added(sums, row + 3u, across, down);
        }
        workgroupBarrier();
    }
    if (own_part.number >= settings.parts) {
        return;
    }
    let pixel = tile * PIXELS + 4u * across;
    let lows = of_part(four(pixel + vec4(0u, 1u, 2u, 3u), phase), own_part);
    let highs = of_part(four(pixel + PIXELS / 2u + vec4(0u, 1u, 2u, 3u), phase), own_part);
    store_four(lows, group, output_number, sums.low_first);
    store_four(lows, group, output_number + 4u, sums.low_last);
    store_four(highs, group, output_number, sums.high_first);
    store_four(highs, group, output_number + 4u, sums.high_last);
}
