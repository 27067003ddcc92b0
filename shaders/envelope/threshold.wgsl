// Between the first and the second pass: μ + m·σ of every group of pixels, from the moments of its chunks.

/// `[image, chunk, group, 4]`.
@group(0) @binding(0) var<storage, read_write> partials: array<f32>;
/// `[image, group, 2]`; the first of the two is written: the largest bits of a kept loss.
@group(0) @binding(1) var<storage, read_write> choice: array<u32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

const WORKGROUP = 64u;
/// As ROUNDING in the formula: a loss that equals the threshold in exact arithmetic is kept whatever the rounding.
const WIDENED = 1.000001;

var<workgroup> scratch: array<Moments, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = workgroup_number(id, groups);
    let inside = number < settings.batch * settings.groups;
    let image = number / settings.groups;
    let group = number % settings.groups;
    let chunks = select(0u, settings.chunks, inside);
    var moments = NO_MOMENTS;
    for (var chunk = lane; chunk < chunks; chunk += WORKGROUP) {
        let start = 4u * ((image * settings.chunks + chunk) * settings.groups + group);
        let part = Moments(partials[start], partials[start + 1u], partials[start + 2u], partials[start + 3u]);
        moments = merged(moments, part);
    }
    scratch[lane] = moments;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            scratch[lane] = merged(scratch[lane], scratch[lane + half]);
        }
        workgroupBarrier();
    }
    if (inside && lane == 0u) {
        let all = scratch[0];
        let sigma = sqrt(all.spread / max(all.count, 1.0));
        let above = (all.mean - all.least) + settings.multiple * sigma;
        choice[2u * number] = bitcast<u32>(all.least + above * WIDENED);
    }
}
