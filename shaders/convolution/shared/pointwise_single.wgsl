// The products of a stage of `pointwise` in single precision. Needs `row`, and `DEPTH` of `pointwise`.

/// Adds the products of a stage. This invocation has the groups `across` of four pixels and `down` of eight outputs.
fn stage_added(before: Sums, across: u32, down: u32) -> Sums {
    var sums = before;
    // Unrolled by four, because not every compiler does.
    for (var row = 0u; row < DEPTH; row += 4u) {
        sums = row_added(sums, row, across, down);
        sums = row_added(sums, row + 1u, across, down);
        sums = row_added(sums, row + 2u, across, down);
        sums = row_added(sums, row + 3u, across, down);
    }
    return sums;
}
