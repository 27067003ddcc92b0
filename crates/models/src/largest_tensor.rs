//! A tensor whose size decides whether a device can train a network.

/// A tensor of a network's forward pass, or one of its weights, in 32-bit numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargestTensor {
    /// What it contains.
    pub name: &'static str,
    /// Its shape.
    pub shape: [usize; 4],
}

impl LargestTensor {
    /// Its size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shape.iter().map(|side| *side as u64).product::<u64>() * size_of::<f32>() as u64
    }
}
