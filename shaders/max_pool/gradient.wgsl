// The gradient of the maxima over squares: that of a maximum goes to its pixel, and 0 to all others.

@group(0) @binding(0) var<storage, read_write> map: array<f32>;
/// With respect to the maxima.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> by_map: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Pool;

const WORKGROUP = 256u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let pool = settings;
    // One invocation for each square, also for those that the map's last rows and columns do not fill, which have no maximum.
    let across = (pool.columns + pool.side - 1u) / pool.side;
    let down = (pool.rows + pool.side - 1u) / pool.side;
    if (index >= pool.maps * down * across) {
        return;
    }
    let line = index / across;
    let number = line / down;
    let top = (line % down) * pool.side;
    let left = (index % across) * pool.side;
    let first = (number * pool.rows + top) * pool.columns + left;
    let height = min(pool.side, pool.rows - top);
    let width = min(pool.side, pool.columns - left);
    var largest = 0xffffffffu;
    var value = 0.0;
    if (height == pool.side && width == pool.side) {
        largest = place_of_largest(first, pool.side, pool.columns);
        let full = pool.columns / pool.side;
        value = gradient[(number * (pool.rows / pool.side) + line % down) * full + index % across];
    }
    for (var row = 0u; row < height; row++) {
        for (var column = 0u; column < width; column++) {
            let place = first + row * pool.columns + column;
            by_map[place] = select(0.0, value, place == largest);
        }
    }
}
