// Whether the pixel rule keeps a pixel. Needs `choice`.

/// `choice` holds two numbers for each image and group: the largest bits of a loss that is kept (all_but_sigma), or the
/// smallest and the last pixel with them that is kept (top).
fn keeps(image: u32, truth: u32, pixel: u32, bits: u32, rule: u32, groups: u32) -> bool {
    if (rule == RULE_ALL) {
        return true;
    }
    if (rule == RULE_TOP) {
        let smallest = choice[2u * image];
        return bits > smallest || (bits == smallest && pixel <= choice[2u * image + 1u]);
    }
    let group = select(0u, truth, groups > 1u);
    // A loss that is not a number is kept, so that it shows.
    return bits <= choice[2u * (image * groups + group)] || bits > INFINITY_BITS;
}
