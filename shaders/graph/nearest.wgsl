// The columns of the smallest numbers of a row, in ascending order. One workgroup per row: each pass over the row finds the
// smallest number after the one found last.

/// `[row, column]`, by their bits.
@group(0) @binding(0) var<storage, read_write> distances: array<u32>;
/// `[row, count]`.
@group(0) @binding(1) var<storage, read_write> nearest: array<i32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    rows: u32,
    columns: u32,
    count: u32,
}

const WORKGROUP = 64u;

/// Rank and column of each invocation's smallest number.
var<workgroup> found: array<vec2<u32>, WORKGROUP>;

/// Ranks sort like the numbers: −0 equals 0, and NaN comes last.
fn rank_of(bits: u32) -> u32 {
    let size = bits & 0x7fffffffu;
    let rank = select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
    return select(select(rank, 0x80000000u, size == 0u), 0xffffffffu, size > 0x7f800000u);
}

fn is_before(one: vec2<u32>, other: vec2<u32>) -> bool {
    return one.x < other.x || (one.x == other.x && one.y < other.y);
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = workgroup_number(id, groups);
    let columns = settings.columns;
    let count = settings.count;
    let inside = row < settings.rows;
    let end = select(0u, columns, inside);
    // Rank and column of the number found last.
    var last = vec2(0u);
    for (var number = 0u; number < count; number++) {
        var best = vec2(0xffffffffu);
        for (var column = lane; column < end; column += WORKGROUP) {
            let candidate = vec2(rank_of(distances[row * columns + column]), column);
            let is_behind = number == 0u || is_before(last, candidate);
            if (is_behind && is_before(candidate, best)) {
                best = candidate;
            }
        }
        // Wait for invocations that still read the previous one.
        workgroupBarrier();
        found[lane] = best;
        workgroupBarrier();
        for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
            if (lane < half && is_before(found[lane + half], found[lane])) {
                found[lane] = found[lane + half];
            }
            workgroupBarrier();
        }
        last = found[0];
        if (inside && lane == 0u) {
            nearest[row * count + number] = i32(last.y);
        }
    }
}
