// Whether the pixel rule keeps pixels. Needs `choice`.

/// What the pixel rule compares the pixels of an image and a class with. `choice` contains two numbers for each image and group:
/// the largest bits of a kept loss (all_but_sigma), or the smallest bits of a kept loss and the last kept pixel with those bits
/// (top). The rule `all` has no bounds, and ignores them.
fn bound_of(image: u32, truth: u32, groups: u32) -> vec2<u32> {
    let place = 2u * (image * max(groups, 1u) + select(0u, truth, groups > 1u));
    return vec2<u32>(choice[place], choice[place + 1u]);
}

/// Whether the rule keeps four pixels of an image, of which it gets the numbers, the bits of the losses and the bounds.
fn keeps(pixels: vec4<u32>, bits: vec4<u32>, limits: vec4<u32>, last: vec4<u32>, rule: u32) -> vec4<bool> {
    // A loss that is NaN is kept, so that it shows.
    let small = (bits <= limits) | (bits > vec4<u32>(INFINITY_BITS));
    let large = (bits > limits) | ((bits == limits) & (pixels <= last));
    return select(small, large, vec4<bool>(rule == RULE_TOP)) | vec4<bool>(rule == RULE_ALL);
}
