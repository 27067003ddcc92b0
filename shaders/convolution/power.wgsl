// The power of two that brings the largest absolute value of a gradient to between 4 and 8, and its inverse: 1 if all values are 0
// or one of them is not finite. In half precision the largest is 65504, which a few products of 8 with a map's values do not exceed,
// and the smallest 2^-24.

@group(0) @binding(0) var<storage, read_write> largest: array<u32>;
/// Two numbers: the power and its inverse.
@group(0) @binding(1) var<storage, read_write> scale: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    parts: u32,
}

const WORKGROUP = 256u;
/// Exponents of floats, whose bias is 127: of infinity and NaN, and of numbers between 4 and 8.
const NOT_FINITE = 255u;
const WANTED = 129u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let parts = settings.parts;
    var bits = 0u;
    for (var part = lane; part < parts; part += WORKGROUP) {
        bits = max(bits, largest[part] & MAGNITUDE);
    }
    bits = largest_of_all(lane, bits);
    let exponent = bits >> 23u;
    if (lane == 0u && workgroup_number(id, groups) == 0u) {
        let known = bits != 0u && exponent != NOT_FINITE;
        // Both powers are normal numbers.
        let up = clamp(127u + WANTED - select(WANTED, exponent, known), 1u, 253u);
        scale[0] = bitcast<f32>(up << 23u);
        scale[1] = bitcast<f32>((254u - up) << 23u);
    }
}
