// Third pass: γ·(x − mean)/√(variance + ε) + β, and the ReLU if there is one.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[2, channel]`.
@group(0) @binding(1) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(2) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
@group(0) @binding(5) var<storage, read> settings: Layer;

const WORKGROUP = 64u;

/// NaN is recognised by its bits, because drivers may assume that there is none; it must not be cut to 0.
fn is_negative(value: f32) -> bool {
    let bits = bitcast<u32>(value);
    return bits >= 0x80000000u && (bits & 0x7fffffffu) <= 0x7f800000u;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = part_of(workgroup_number(id, groups));
    let mean = statistics[part.channel];
    let scale = gamma[part.channel] / sqrt(statistics[settings.channels + part.channel] + settings.epsilon);
    let shift = beta[part.channel];
    for (var pixel = part.begin + lane; pixel < part.end; pixel += WORKGROUP) {
        let value = (input[part.map + pixel] - mean) * scale + shift;
        output[part.map + pixel] = select(value, 0.0, settings.relu != 0u && is_negative(value));
    }
}
