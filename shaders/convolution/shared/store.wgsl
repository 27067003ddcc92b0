// Writes a convolution's outputs. Needs `output`.

/// Writes up to four outputs of one pixel, `left` of which exist.
fn store(place: u32, map: u32, left: u32, values: vec4<f32>) {
    output[place] = values.x;
    if (left > 1u) {
        output[place + map] = values.y;
    }
    if (left > 2u) {
        output[place + 2u * map] = values.z;
    }
    if (left > 3u) {
        output[place + 3u * map] = values.w;
    }
}
