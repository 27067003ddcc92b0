// The products of a stage of `patch` in single precision. Needs `tile`, `pixels`, `patch`, and the tiles declared in the
// kernel's file.

/// Adds the products of the tap whose weights are at `place`.
fn tap_added(sums: Sums, place: u32, low: vec4<f32>, high: vec4<f32>) -> Sums {
    let first = weight_tile[place];
    let last = weight_tile[place + 1u];
    return Sums(
        added(sums.low_first, first, low),
        added(sums.low_last, last, low),
        added(sums.high_first, first, high),
        added(sums.high_last, last, high),
    );
}

/// Adds the products of a stage. `pixel` is the place of this invocation's first pixel, and `weight` that of its first weights.
fn stage_added(before: Sums, pixel: u32, weight: u32) -> Sums {
    var sums = before;
    for (var line = 0u; line < 3u * DEPTH; line++) {
        let at = line / 3u * PATCH + line % 3u * LINE + pixel;
        let a = vec4(pixel_tile[at], pixel_tile[at + 1u], pixel_tile[at + 2u], pixel_tile[at + 3u]);
        let b = vec4(pixel_tile[at + 4u], pixel_tile[at + 5u], pixel_tile[at + 6u], pixel_tile[at + 7u]);
        let c = vec2(pixel_tile[at + 8u], pixel_tile[at + 9u]);
        let of_line = line * 3u * FOURS + weight;
        sums = tap_added(sums, of_line, a, b);
        sums = tap_added(sums, of_line + FOURS, vec4(a.yzw, b.x), vec4(b.yzw, c.x));
        sums = tap_added(sums, of_line + 2u * FOURS, vec4(a.zw, b.xy), vec4(b.zw, c));
    }
    return sums;
}
