// What an invocation keeps of a tile, and the weights that it brings. Needs `weights`.

/// Outputs by fours (first, last) of two times four pixels (low, high).
struct Sums {
    low_first: mat4x4<f32>,
    low_last: mat4x4<f32>,
    high_first: mat4x4<f32>,
    high_last: mat4x4<f32>,
}

/// Behind the last channel nothing.
fn weights_of(place: u32, end: u32) -> vec4<f32> {
    let known = place < end;
    return select(vec4(0.0), weights[select(0u, place, known)], known);
}
