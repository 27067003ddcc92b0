// The gradient with respect to a convolution's output, four outputs at a time. Needs `gradient`.

fn slopes_of(place: vec4<u32>) -> vec4<f32> {
    return vec4(gradient[place.x], gradient[place.y], gradient[place.z], gradient[place.w]);
}
