// The products of a stage of `patch` in half precision. Needs `tile`, `half`, `scaling`, `patch`, and the tiles declared in the
// kernel's file.

/// Channels whose products are added up in half precision.
const STRETCH = 2u;

/// Adds the products of three neighbouring taps, whose weights are at `weight`, with four pixels.
fn line_added(before: Parts, pixel: u32, weight: u32) -> Parts {
    let a = vec4(pixel_tile[pixel], pixel_tile[pixel + 1u], pixel_tile[pixel + 2u], pixel_tile[pixel + 3u]);
    let b = vec2(pixel_tile[pixel + 4u], pixel_tile[pixel + 5u]);
    let one = parts_added(before, weight, a);
    let two = parts_added(one, weight + FOURS, vec4(a.yzw, b.x));
    return parts_added(two, weight + 2u * FOURS, vec4(a.zw, b));
}

/// Adds the products of a channel.
fn channel_added(before: Parts, pixel: u32, weight: u32) -> Parts {
    let one = line_added(before, pixel, weight);
    let two = line_added(one, pixel + LINE, weight + 3u * FOURS);
    return line_added(two, pixel + 2u * LINE, weight + 6u * FOURS);
}

/// The sums of a stretch of channels.
fn stretch(pixel: u32, weight: u32) -> Parts {
    return channel_added(channel_added(no_parts(), pixel, weight), pixel + PATCH, weight + 9u * FOURS);
}

/// Adds the products of a stage. `pixel` is the place of this invocation's first pixel, and `weight` that of its first weights.
fn stage_added(before: Sums, pixel: u32, weight: u32) -> Sums {
    // Two loops, because one over all eight pixels would need too many registers.
    var sums = before;
    for (var channel = 0u; channel < DEPTH; channel += STRETCH) {
        let parts = stretch(channel * PATCH + pixel, channel * 9u * FOURS + weight);
        sums.low_first = part_added(sums.low_first, parts.first);
        sums.low_last = part_added(sums.low_last, parts.last);
    }
    for (var channel = 0u; channel < DEPTH; channel += STRETCH) {
        let parts = stretch(channel * PATCH + pixel + 4u, channel * 9u * FOURS + weight);
        sums.high_first = part_added(sums.high_first, parts.first);
        sums.high_last = part_added(sums.high_last, parts.last);
    }
    return sums;
}
