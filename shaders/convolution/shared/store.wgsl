// Where a convolution's outputs go. Needs `output`.

/// Writes four outputs of one pixel, as many as there are.
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
