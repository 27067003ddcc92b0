//! The chains of multiply-adds: x ← x · `SCALE` + `SHIFT`.

/// Chains of multiply-adds per element.
pub const CHAINS: usize = 12;
/// The number of multiply-adds of a chain is a multiple of this.
pub const STEPS: usize = 4;
/// x ← x · `SCALE` + `SHIFT`, which converges to 1 from every start.
pub(super) const SCALE: f32 = 0.75;
pub(super) const SHIFT: f32 = 0.25;
