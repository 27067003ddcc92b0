// The pixel rule `top`, second half of a round: the next digit of the last kept pixel's key.

/// `[image, 2]`: the key's digits so far; after the last round, the bits of the last kept pixel's loss and that pixel's number.
@group(0) @binding(0) var<storage, read_write> choice: array<u32>;
/// `[image, digit]`; reset to zeros.
@group(0) @binding(1) var<storage, read_write> histogram: array<u32>;
/// `[image]`: how many of the pixels that share the digits so far are still to be kept.
@group(0) @binding(2) var<storage, read_write> wanted: array<u32>;
@group(0) @binding(3) var<storage, read> settings: Settings;

const WORKGROUP = 64u;

/// The upper half of a product of two 32-bit numbers.
fn upper_product(left: u32, right: u32) -> u32 {
    let low = (left & 0xffffu) * (right & 0xffffu);
    let cross = (left >> 16u) * (right & 0xffffu) + (low >> 16u);
    let other = (left & 0xffffu) * (right >> 16u) + (cross & 0xffffu);
    return (left >> 16u) * (right >> 16u) + (cross >> 16u) + (other >> 16u);
}

/// ⌈q·count − 1e-9⌉, otherwise exact: the 1e-9 undoes the rounding of q where the product is whole, as in 0.55 · 100.
fn rounded_up(count: u32) -> u32 {
    let rest = upper_product(count, settings.share_rest);
    let fraction = count * settings.share + rest;
    let carry = select(0u, 1u, fraction < rest);
    let whole = upper_product(count, settings.share) + carry;
    return min(whole + select(0u, 1u, fraction > 4u), count);
}

/// The search for the digit at which the wanted number of pixels is reached, from the largest digit downwards.
struct Search {
    chosen: u32,
    left: u32,
    searching: bool,
}

fn after(search: Search, digit: u32, count: u32) -> Search {
    let goes_on = search.searching && count < search.left;
    return Search(
        select(search.chosen, digit, search.searching),
        search.left - select(0u, count, goes_on),
        goes_on,
    );
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let image = id.y * groups.x * WORKGROUP + id.x;
    if (image >= settings.batch) {
        return;
    }
    let first = image * 256u;
    var left = wanted[image];
    if (settings.round == 0u) {
        var count = 0u;
        for (var digit = 0u; digit < 256u; digit += 4u) {
            let places = four_from(first + digit, 1u);
            let a = histogram[places.x];
            let b = histogram[places.y];
            let c = histogram[places.z];
            let d = histogram[places.w];
            count += a + b + c + d;
        }
        left = rounded_up(count);
    }
    var search = Search(0u, left, true);
    for (var step = 0u; step < 256u; step += 4u) {
        // The smallest of four digits.
        let digit = 252u - step;
        let places = four_from(first + digit, 1u);
        let a = histogram[places.x];
        let b = histogram[places.y];
        let c = histogram[places.z];
        let d = histogram[places.w];
        histogram[places.x] = 0u;
        histogram[places.y] = 0u;
        histogram[places.z] = 0u;
        histogram[places.w] = 0u;
        search = after(search, digit + 3u, d);
        search = after(search, digit + 2u, c);
        search = after(search, digit + 1u, b);
        search = after(search, digit, a);
    }
    wanted[image] = search.left;

    let shift = 24u - 8u * (settings.round % 4u);
    let position = 2u * image + settings.round / 4u;
    let key = (choice[position] & ~(255u << shift)) | (search.chosen << shift);
    // The last round finds the last digit of the pixel's number, which is reversed up to here.
    choice[position] = select(key, ~key, settings.round == 7u);
}
