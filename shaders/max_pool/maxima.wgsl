// The maximum over each square of pixels.

@group(0) @binding(0) var<storage, read_write> map: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Pool;

const WORKGROUP = 256u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let pool = settings;
    let across = pool.columns / pool.side;
    let down = pool.rows / pool.side;
    if (index >= pool.maps * down * across) {
        return;
    }
    let line = index / across;
    let first = ((line / down) * pool.rows + (line % down) * pool.side) * pool.columns + (index % across) * pool.side;
    output[index] = map[place_of_largest(first, pool.side, pool.columns)];
}
