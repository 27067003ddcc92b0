// The products of a stage of `pointwise` in half precision. Needs `half`, `scaling`, `pointwise`, and the sizes and tiles declared in
// the kernel's file.

/// Adds the products of one row.
fn row_added(before: Parts, pixel: u32, weight: u32) -> Parts {
    let pixels = vec4(pixel_tile[pixel], pixel_tile[pixel + 1u], pixel_tile[pixel + 2u], pixel_tile[pixel + 3u]);
    return parts_added(before, weight, pixels);
}

fn four_added(before: Parts, pixel: u32, weight: u32) -> Parts {
    let one = row_added(before, pixel, weight);
    let two = row_added(one, pixel + PIXELS, weight + FOURS);
    let three = row_added(two, pixel + 2u * PIXELS, weight + 2u * FOURS);
    return row_added(three, pixel + 3u * PIXELS, weight + 3u * FOURS);
}

/// The sums of a stage for four pixels.
fn stage_of(pixel: u32, weight: u32) -> Parts {
    let one = four_added(no_parts(), pixel, weight);
    let two = four_added(one, pixel + 4u * PIXELS, weight + 4u * FOURS);
    let three = four_added(two, pixel + 8u * PIXELS, weight + 8u * FOURS);
    return four_added(three, pixel + 12u * PIXELS, weight + 12u * FOURS);
}

/// Adds the products of a stage. This invocation has the groups `across` of four pixels and `down` of eight outputs.
fn stage_added(before: Sums, across: u32, down: u32) -> Sums {
    var sums = before;
    let low = stage_of(4u * across, 2u * down);
    sums.low_first = part_added(sums.low_first, low.first);
    sums.low_last = part_added(sums.low_last, low.last);
    // So that compilers do not keep the weights for the other pixels, for which there are not enough registers.
    workgroupBarrier();
    let high = stage_of(PIXELS / 2u + 4u * across, 2u * down);
    sums.high_first = part_added(sums.high_first, high.first);
    sums.high_last = part_added(sums.high_last, high.last);
    return sums;
}
