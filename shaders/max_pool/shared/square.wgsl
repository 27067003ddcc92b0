// The largest pixel of a square. Needs `map`.

struct Pool {
    /// Images times channels.
    maps: u32,
    /// Of the map.
    rows: u32,
    columns: u32,
    /// Rows and columns of a square.
    side: u32,
}

/// Of equal pixels the first.
fn place_of_largest(first: u32, side: u32, columns: u32) -> u32 {
    var place = first;
    var largest = map[first];
    for (var row = 0u; row < side; row++) {
        for (var column = 0u; column < side; column++) {
            let other = first + row * columns + column;
            let value = map[other];
            let is_larger = value > largest;
            place = select(place, other, is_larger);
            largest = select(largest, value, is_larger);
        }
    }
    return place;
}
