// Before a convolution by Winograd's F(4 × 4, 3 × 3): transforms each 3 × 3 kernel g to G g Gᵀ, at the points 0, ±½, ±1½ and ∞,
// with outputs innermost. An invocation transforms one kernel; neighbours write neighbouring outputs of each place.

/// `[output, channel, tap]`; for the gradient with respect to the input `[channel, output, tap]`.
@group(0) @binding(0) var<storage, read_write> weight: array<f32>;
/// `[place, channel, output]`, zero after the last channel or output.
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    channels: u32,
    outputs: u32,
    /// Both padded to what the products read.
    depth: u32,
    width: u32,
    /// Whether inputs and outputs are swapped and the kernel is rotated by 180°.
    turned: u32,
}

const WORKGROUP = 64u;

/// G g for three columns or rows at once. The divisors are the derivatives of x(x² − ¼)(x² − 2¼) at the points: 9/16, −1 and 9.
fn transformed(g: array<vec3<f32>, 3>) -> array<vec3<f32>, 6> {
    let even_a = -0.25 * g[2] - g[0];
    let odd_a = -0.5 * g[1];
    let even_b = 0.25 * g[2] + (1.0 / 9.0) * g[0];
    let odd_b = (1.0 / 6.0) * g[1];
    return array((16.0 / 9.0) * g[0], even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, g[2]);
}

/// Writes three places of a column, starting at `place`.
fn keep(place: u32, apart: u32, values: vec3<f32>) {
    packed[place] = values.x;
    packed[place + 6u * apart] = values.y;
    packed[place + 12u * apart] = values.z;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = workgroup_number(id, groups) * WORKGROUP + lane;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let width = settings.width;
    let channel = number / width;
    let output = number % width;
    if (channel >= settings.depth) {
        return;
    }
    let is_turned = settings.turned != 0u;
    let own_channel = min(channel, channels - 1u);
    let own_output = min(output, outputs - 1u);
    let kernel = select(own_output * channels + own_channel, own_channel * outputs + own_output, is_turned);
    let first = 9u * kernel + select(0u, 8u, is_turned);
    // Backwards is a step of −1, modulo 2³².
    let step = select(1u, 0xffffffffu, is_turned);
    let sees = vec3(channel < channels && output < outputs);
    let top = vec3(weight[first], weight[first + step], weight[first + 2u * step]);
    let middle = vec3(weight[first + 3u * step], weight[first + 4u * step], weight[first + 5u * step]);
    let bottom = vec3(weight[first + 6u * step], weight[first + 7u * step], weight[first + 8u * step]);
    let half = transformed(array(
        select(vec3(0.0), top, sees),
        select(vec3(0.0), middle, sees),
        select(vec3(0.0), bottom, sees),
    ));
    let upper = transformed(array(
        vec3(half[0].x, half[1].x, half[2].x),
        vec3(half[0].y, half[1].y, half[2].y),
        vec3(half[0].z, half[1].z, half[2].z),
    ));
    let lower = transformed(array(
        vec3(half[3].x, half[4].x, half[5].x),
        vec3(half[3].y, half[4].y, half[5].y),
        vec3(half[3].z, half[4].z, half[5].z),
    ));
    let apart = settings.depth * width;
    let middle_place = number + 18u * apart;
    keep(number, apart, upper[0]);
    keep(number + apart, apart, upper[1]);
    keep(number + 2u * apart, apart, upper[2]);
    keep(number + 3u * apart, apart, upper[3]);
    keep(number + 4u * apart, apart, upper[4]);
    keep(number + 5u * apart, apart, upper[5]);
    keep(middle_place, apart, lower[0]);
    keep(middle_place + apart, apart, lower[1]);
    keep(middle_place + 2u * apart, apart, lower[2]);
    keep(middle_place + 3u * apart, apart, lower[3]);
    keep(middle_place + 4u * apart, apart, lower[4]);
    keep(middle_place + 5u * apart, apart, lower[5]);
}
