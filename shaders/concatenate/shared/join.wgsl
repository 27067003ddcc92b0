// Settings of the passes of a join.

struct Join {
    batch: u32,
    /// Where each map ends in an image of the joined map: its numbers and those of the maps before it.
    ends: array<u32, 5>,
}
