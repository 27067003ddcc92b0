// Up to five maps joined along their channels.

@group(0) @binding(0) var<storage, read_write> first: array<f32>;
@group(0) @binding(1) var<storage, read_write> second: array<f32>;
@group(0) @binding(2) var<storage, read_write> third: array<f32>;
@group(0) @binding(3) var<storage, read_write> fourth: array<f32>;
@group(0) @binding(4) var<storage, read_write> fifth: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
@group(0) @binding(6) var<storage, read> settings: Join;

const WORKGROUP = 256u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let join = settings;
    let size = join.ends[4];
    if (index >= join.batch * size) {
        return;
    }
    let image = index / size;
    let place = index % size;
    var value = 0.0;
    if (place < join.ends[0]) {
        value = first[image * join.ends[0] + place];
    } else if (place < join.ends[1]) {
        value = second[image * (join.ends[1] - join.ends[0]) + place - join.ends[0]];
    } else if (place < join.ends[2]) {
        value = third[image * (join.ends[2] - join.ends[1]) + place - join.ends[1]];
    } else if (place < join.ends[3]) {
        value = fourth[image * (join.ends[3] - join.ends[2]) + place - join.ends[2]];
    } else {
        value = fifth[image * (join.ends[4] - join.ends[3]) + place - join.ends[3]];
    }
    output[index] = value;
}
