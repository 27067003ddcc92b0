// Adds up partial sums in their order.

/// `[part, number]`.
@group(0) @binding(0) var<storage, read_write> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    count: u32,
    parts: u32,
}

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let count = settings.count;
    if (index >= count) {
        return;
    }
    var sum = 0.0;
    for (var part = 0u; part < settings.parts; part++) {
        sum += parts[part * count + index];
    }
    output[index] = sum;
}
