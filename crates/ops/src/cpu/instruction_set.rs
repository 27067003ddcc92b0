//! The instruction set that the CPU loops run with. The program contains each loop compiled for several; this is the one place
//! that chooses.
//!
//! The widest instruction set of the CPU is used, unless the environment variable [`INSTRUCTIONS`] names a narrower one, for tests
//! and measurements. The choice is made once per process.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use pulp::Arch;

/// The environment variable that names an instruction set.
pub const INSTRUCTIONS: &str = "SELVEDGE_INSTRUCTIONS";

/// An instruction set, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// Without vectors: every CPU of the architecture has it.
    Portable,
    /// ARM: vectors of four numbers.
    Neon,
    /// Vectors of eight numbers with fused multiply-adds: x86-64-v3, Intel since Haswell and AMD since Zen.
    Avx2,
    /// Vectors of sixteen numbers: x86-64-v4.
    Avx512,
}

/// Why an instruction set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstructionSetError {
    /// No instruction set has this name.
    Unknown(String),
    /// The CPU does not support it, or the program was built without it.
    Lacking(InstructionSet),
}

impl InstructionSet {
    /// Every instruction set that a loop can be compiled for, the narrowest first.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Neon, Self::Avx2, Self::Avx512];

    /// The name as [`INSTRUCTIONS`] spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The instruction sets that the CPU supports and the program was built with, the narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut found = Self::ALL.to_vec();
        found.retain(|level| level.arch().is_some());
        found
    }

    /// The widest instruction set that the CPU supports, whether or not the program was built with it.
    #[must_use]
    pub fn of_cpu() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            // The features of x86-64-v4, then of v3, that compilers use.
            macro_rules! has {
                ($($feature:tt)*) => { $(std::arch::is_x86_feature_detected!($feature))&&* };
            }
            if has!("avx512f" "avx512bw" "avx512cd" "avx512dq" "avx512vl") {
                return Self::Avx512;
            }
            if has!("avx2" "fma" "bmi1" "bmi2" "f16c" "lzcnt" "movbe") {
                return Self::Avx2;
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            return Self::Neon;
        }
        Self::Portable
    }

    /// The instruction set that loops run with.
    ///
    /// # Panics
    ///
    /// When [`INSTRUCTIONS`] names one that cannot be used; programs check with [`InstructionSet::chosen`] first.
    #[must_use]
    pub fn current() -> Self {
        Self::chosen().unwrap_or_else(|error| panic!("{error}"))
    }

    /// What [`INSTRUCTIONS`] names, or the widest available.
    ///
    /// # Errors
    ///
    /// When it names an unknown instruction set, or one that the CPU or the program lacks.
    pub fn chosen() -> Result<Self, InstructionSetError> {
        let named = std::env::var_os(INSTRUCTIONS).map(|name| name.to_string_lossy().into_owned());
        Self::from_name(named.as_deref(), &Self::available())
    }

    /// The instruction set with this name, or without a name the widest of those `available`.
    fn from_name(name: Option<&str>, available: &[Self]) -> Result<Self, InstructionSetError> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Ok(available.last().copied().unwrap_or(Self::Portable));
        };
        let level: Self = name.parse()?;
        if available.contains(&level) {
            Ok(level)
        } else {
            Err(InstructionSetError::Lacking(level))
        }
    }

    /// Dispatches loops to this instruction set.
    fn arch(self) -> Option<Arch> {
        match self {
            Self::Portable => Some(Arch::Scalar),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::try_new().map(Arch::V3),
            #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
            Self::Avx512 => pulp::x86::V4::try_new().map(Arch::V4),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => pulp::aarch64::Neon::try_new().map(Arch::Neon),
            #[allow(
                unreachable_patterns,
                reason = "which patterns are left depends on the architecture"
            )]
            _ => None,
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Portable => "no vector instructions",
            Self::Neon => "NEON",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        })
    }
}

impl FromStr for InstructionSet {
    type Err = InstructionSetError;

    fn from_str(name: &str) -> Result<Self, InstructionSetError> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| InstructionSetError::Unknown(name.into()))
    }
}

impl fmt::Display for InstructionSetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |levels: &[InstructionSet]| {
            let names: Vec<&str> = levels.iter().map(|level| level.as_str()).collect();
            names.join(", ")
        };
        match self {
            Self::Unknown(name) => write!(
                formatter,
                "{INSTRUCTIONS}: expected one of {}, found '{}'",
                names(&InstructionSet::ALL),
                name.escape_default()
            ),
            Self::Lacking(level)
                if *level <= InstructionSet::of_cpu() && is_of_this_kind(*level) =>
            {
                write!(
                    formatter,
                    "{INSTRUCTIONS}: this program was built without {level}; it has {}",
                    names(&InstructionSet::available())
                )
            }
            Self::Lacking(level) => write!(
                formatter,
                "{INSTRUCTIONS}: this CPU has no {level}; it has {}",
                names(&InstructionSet::available())
            ),
        }
    }
}

impl std::error::Error for InstructionSetError {}

/// Whether CPUs of this architecture may support it.
fn is_of_this_kind(level: InstructionSet) -> bool {
    match level {
        InstructionSet::Portable => true,
        InstructionSet::Neon => cfg!(target_arch = "aarch64"),
        InstructionSet::Avx2 | InstructionSet::Avx512 => cfg!(target_arch = "x86_64"),
    }
}

/// Dispatches loops to [`InstructionSet::current`].
///
/// # Panics
///
/// When [`INSTRUCTIONS`] names one that cannot be used.
#[must_use]
pub fn arch() -> Arch {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    *ARCH.get_or_init(|| InstructionSet::current().arch().unwrap_or(Arch::Scalar))
}

#[cfg(test)]
mod tests;
