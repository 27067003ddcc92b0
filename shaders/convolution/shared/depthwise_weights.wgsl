// The weight of a depthwise 3 × 3 kernel, packed like every other one.

/// A row of taps, which begins with `tap`.
fn weights_of(tap: u32) -> vec3<f32> {
    return vec3(weights[tap].x, weights[tap + 1u].x, weights[tap + 2u].x);
}
