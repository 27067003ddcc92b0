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

fn activated(value: f32, relu: bool) -> f32 {
    return select(value, 0.0, relu && is_negative(value));
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
    let relu = settings.relu != 0u;
    let end = part.end;
    let first = part.begin + lane;
    // Four loads at a time.
    let fours = (max(end, first) - first) / (4u * WORKGROUP);
    let rest = first + fours * 4u * WORKGROUP;
    for (var pixel = first; pixel < rest; pixel += 4u * WORKGROUP) {
        let place = part.map + pixel;
        let a = input[place];
        let b = input[place + WORKGROUP];
        let c = input[place + 2u * WORKGROUP];
        let d = input[place + 3u * WORKGROUP];
        output[place] = activated((a - mean) * scale + shift, relu);
        output[place + WORKGROUP] = activated((b - mean) * scale + shift, relu);
        output[place + 2u * WORKGROUP] = activated((c - mean) * scale + shift, relu);
        output[place + 3u * WORKGROUP] = activated((d - mean) * scale + shift, relu);
    }
    for (var pixel = rest; pixel < end; pixel += WORKGROUP) {
        let place = part.map + pixel;
        output[place] = activated((input[place] - mean) * scale + shift, relu);
    }
}
