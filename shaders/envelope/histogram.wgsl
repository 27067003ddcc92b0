// The pixel rule `top`, first half of a round of the search by digits: how often each digit occurs.
//
// A pixel's key is the bits of its loss followed by its number counted from the end, so that of equal losses the earlier
// pixel has the larger key and no two keys are equal. The counts are integers, hence exact in any order.

@group(0) @binding(0) var<storage, read_write> labels: array<i32>;
@group(0) @binding(1) var<storage, read_write> losses: array<u32>;
/// `[image, 2]`: the digits that the previous rounds found.
@group(0) @binding(2) var<storage, read_write> choice: array<u32>;
/// `[image, digit]`, initially zeros.
@group(0) @binding(3) var<storage, read_write> histogram: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> settings: Settings;

const WORKGROUP = 256u;

var<workgroup> found: array<atomic<u32>, 256>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let chunk = workgroup_number(id, groups);
    let inside = chunk < settings.batch * settings.chunks;
    let image = select(0u, chunk / settings.chunks, inside);
    let first = (chunk % settings.chunks) * CHUNK;
    let end = select(first, min(first + CHUNK, settings.pixels), inside);
    atomicStore(&found[lane], 0u);
    workgroupBarrier();

    let of_pixel = settings.round >= 4u;
    let shift = 24u - 8u * (settings.round % 4u);
    let loss_so_far = choice[2u * image];
    let pixel_so_far = choice[2u * image + 1u];
    for (var pixel = first + lane; pixel < end; pixel += WORKGROUP) {
        let position = image * settings.pixels + pixel;
        if (labels[position] == settings.ignore) {
            continue;
        }
        let bits = losses[position];
        let key = select(bits, ~pixel, of_pixel);
        let so_far = select(loss_so_far, pixel_so_far, of_pixel);
        // The digits above this one; in the first round of a number there are none.
        let same = shift == 24u || (key >> (shift + 8u)) == (so_far >> (shift + 8u));
        if (same && (!of_pixel || bits == loss_so_far)) {
            atomicAdd(&found[(key >> shift) & 255u], 1u);
        }
    }
    workgroupBarrier();
    let count = atomicLoad(&found[lane]);
    if (inside && count > 0u) {
        atomicAdd(&histogram[image * 256u + lane], count);
    }
}
