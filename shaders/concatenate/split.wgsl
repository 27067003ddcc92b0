// The gradients of up to five maps that were joined along their channels, from that of the joined map.

@group(0) @binding(0) var<storage, read_write> joined: array<f32>;
@group(0) @binding(1) var<storage, read_write> first: array<f32>;
@group(0) @binding(2) var<storage, read_write> second: array<f32>;
@group(0) @binding(3) var<storage, read_write> third: array<f32>;
@group(0) @binding(4) var<storage, read_write> fourth: array<f32>;
@group(0) @binding(5) var<storage, read_write> fifth: array<f32>;
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
    let value = joined[index];
    if (place < join.ends[0]) {
        first[image * join.ends[0] + place] = value;
    } else if (place < join.ends[1]) {
        second[image * (join.ends[1] - join.ends[0]) + place - join.ends[0]] = value;
    } else if (place < join.ends[2]) {
        third[image * (join.ends[2] - join.ends[1]) + place - join.ends[1]] = value;
    } else if (place < join.ends[3]) {
        fourth[image * (join.ends[3] - join.ends[2]) + place - join.ends[2]] = value;
    } else {
        fifth[image * (join.ends[4] - join.ends[3]) + place - join.ends[3]] = value;
    }
}
