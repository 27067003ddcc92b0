use super::*;
use crate::testing::every_instruction_set;

#[test]
fn names_are_read_as_they_are_written() {
    for level in InstructionSet::ALL {
        assert_eq!(level.as_str().parse(), Ok(level));
        assert_eq!(level.as_str().to_uppercase().parse(), Ok(level));
    }
}

#[test]
fn without_a_name_the_widest_is_used() {
    let available = [InstructionSet::Portable, InstructionSet::Avx2];
    for name in [None, Some("")] {
        assert_eq!(
            InstructionSet::from_name(name, &available),
            Ok(InstructionSet::Avx2)
        );
    }
    let named = InstructionSet::from_name(Some("portable"), &available);
    assert_eq!(named, Ok(InstructionSet::Portable));
}

#[test]
fn an_unknown_name_is_refused_with_a_list_of_the_known_ones() {
    let available = InstructionSet::available();
    for name in ["avx", "sse2", "avx2 "] {
        let error = InstructionSet::from_name(Some(name), &available).expect_err("no such name");
        let text = error.to_string();
        for part in [INSTRUCTIONS, name, "portable, neon, avx2, avx512"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn an_instruction_set_that_the_cpu_lacks_is_refused() {
    for level in InstructionSet::ALL {
        let others: Vec<InstructionSet> = InstructionSet::ALL
            .into_iter()
            .filter(|one| *one != level)
            .collect();
        let error =
            InstructionSet::from_name(Some(level.as_str()), &others).expect_err("not there");
        assert_eq!(error, InstructionSetError::Lacking(level));
    }
    let foreign = if cfg!(target_arch = "aarch64") {
        InstructionSet::Avx2
    } else {
        InstructionSet::Neon
    };
    let text = InstructionSetError::Lacking(foreign).to_string();
    assert!(text.contains("this CPU has no"), "{text}");
    assert!(text.contains("portable"), "{text}");
}

#[test]
fn the_cpu_supports_what_is_available_and_all_of_it_was_built() {
    let available = InstructionSet::available();
    assert_eq!(available.first(), Some(&InstructionSet::Portable));
    // The tested program is built with all of them.
    assert_eq!(available.last(), Some(&InstructionSet::of_cpu()));
}

#[test]
fn vectors_are_as_wide_as_their_name_says() {
    use pulp::{Simd, WithSimd};
    struct Width;
    impl WithSimd for Width {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    for level in InstructionSet::available() {
        let width = level.arch().expect("available").dispatch(Width);
        let expected = match level {
            InstructionSet::Portable => 1,
            InstructionSet::Neon => 4,
            InstructionSet::Avx2 => 8,
            InstructionSet::Avx512 => 16,
        };
        assert_eq!(width, expected, "{level}");
    }
}

#[test]
fn every_cpu_test_passes_with_every_other_instruction_set() {
    every_instruction_set::run("", InstructionSet::Portable);
}
