// What a row of three taps sees of a map, for kernels with one channel and one output per group.

/// The pixels under a row of taps, zero outside the map that begins at `map`.
fn row_under(map: u32, row: u32, columns: vec3<u32>) -> vec3<f32> {
    let size = settings.size;
    let seen = columns < vec3(size.x) & vec3(row < size.y);
    let at = select(vec3(0u), map + row * size.x + columns, seen);
    return select(vec3(0.0), vec3(input[at.x], input[at.y], input[at.z]), seen);
}
