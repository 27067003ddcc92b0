// The sums that an invocation keeps, and the weights that it loads. Needs `weights`.

/// Two groups of four outputs (first, last) for two groups of four pixels (low, high).
struct Sums {
    low_first: mat4x4<f32>,
    low_last: mat4x4<f32>,
    high_first: mat4x4<f32>,
    high_last: mat4x4<f32>,
}

/// Four weights; zeros after the last channel.
fn weights_of(place: u32, end: u32) -> vec4<f32> {
    let known = place < end;
    return select(vec4(0.0), weights[select(0u, place, known)], known);
}
