// Whether the pixel rule keeps a pixel. Needs `choice`.

/// `choice` contains two numbers for each image and group: the largest bits of a kept loss (all_but_sigma), or the smallest bits
/// of a kept loss and the last kept pixel with those bits (top).
fn keeps(image: u32, truth: u32, pixel: u32, bits: u32, rule: u32, groups: u32) -> bool {
    if (rule == RULE_ALL) {
        return true;
    }
    if (rule == RULE_TOP) {
        let smallest = choice[2u * image];
        return bits > smallest || (bits == smallest && pixel <= choice[2u * image + 1u]);
    }
    let group = select(0u, truth, groups > 1u);
    // A loss that is NaN is kept, so that it shows.
    return bits <= choice[2u * (image * groups + group)] || bits > INFINITY_BITS;
}
