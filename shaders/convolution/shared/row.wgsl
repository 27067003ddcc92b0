// The products of one row of a stage: eight outputs of two groups of four neighbouring pixels. Needs `tile`, `pixels`, and the
// sizes and tiles declared in the kernel's file.

fn pixels_at(place: u32) -> vec4<f32> {
    return vec4(pixel_tile[place], pixel_tile[place + 1u], pixel_tile[place + 2u], pixel_tile[place + 3u]);
}

/// Adds the products of one row.
fn row_added(sums: Sums, row: u32, across: u32, down: u32) -> Sums {
    let first = weight_tile[row * FOURS + 2u * down];
    let last = weight_tile[row * FOURS + 2u * down + 1u];
    let at = row * PIXELS + 4u * across;
    let low = pixels_at(at);
    let high = pixels_at(at + PIXELS / 2u);
    return Sums(
        added(sums.low_first, first, low),
        added(sums.low_last, last, low),
        added(sums.high_first, first, high),
        added(sums.high_last, last, high),
    );
}
