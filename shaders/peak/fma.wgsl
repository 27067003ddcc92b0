// How fast a device multiplies and adds: chains of fused multiply-adds that wait for nothing but themselves.

@group(0) @binding(0) var<storage, read_write> seeds: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    /// Elements of `seeds`.
    count: u32,
    /// Multiply-adds of each chain, STEPS at a time.
    rounds: u32,
    /// x ← x · scale + shift.
    scale: f32,
    shift: f32,
}

const WORKGROUP = 256u;
/// Multiply-adds of a chain per iteration of the loop.
const STEPS = 4u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    if (index >= settings.count) {
        return;
    }
    let scale = vec4(settings.scale);
    let shift = vec4(settings.shift);
    let rounds = settings.rounds;
    // Twelve chains: enough to hide the latency of an addition, few enough for a CPU's registers.
    let seed = seeds[index];
    var first = vec4(0.0, 1.0, 2.0, 3.0) + seed;
    var second = vec4(4.0, 5.0, 6.0, 7.0) + seed;
    var third = vec4(8.0, 9.0, 10.0, 11.0) + seed;
    for (var round = 0u; round < rounds; round += STEPS) {
        first = fma(fma(fma(fma(first, scale, shift), scale, shift), scale, shift), scale, shift);
        second = fma(fma(fma(fma(second, scale, shift), scale, shift), scale, shift), scale, shift);
        third = fma(fma(fma(fma(third, scale, shift), scale, shift), scale, shift), scale, shift);
    }
    let sum = first + second + third;
    sums[index] = sum.x + sum.y + sum.z + sum.w;
}
