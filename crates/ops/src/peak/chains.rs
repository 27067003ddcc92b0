//! The chains of multiply-adds: x ← x · `SCALE` + `SHIFT`.

/// Chains of multiply-adds that every element drives.
pub const CHAINS: usize = 12;
/// Multiply-adds come in multiples of it.
pub const STEPS: usize = 4;
/// x ← x · `SCALE` + `SHIFT`, which goes to 1 from everywhere.
pub(super) const SCALE: f32 = 0.75;
pub(super) const SHIFT: f32 = 0.25;
