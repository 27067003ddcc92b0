// Bilinear resize along one axis: each new pixel is interpolated between the two pixels around it.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Axis;

const WORKGROUP = 256u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let inner = settings.inner;
    if (index >= settings.outer * settings.after * inner) {
        return;
    }
    let row = index / inner;
    let place = place_of(row % settings.after);
    let first = row / settings.after * settings.before;
    let low = input[(first + place.low) * inner + index % inner];
    let high = input[(first + place.high) * inner + index % inner];
    output[index] = (1.0 - place.share) * low + place.share * high;
}
