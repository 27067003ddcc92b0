//! The weight of each class, as numbers or as a rule that makes them of the training labels.

use std::fmt::{self, Display};

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of [`ClassWeights::InverseSqrt`] in a recipe.
const INVERSE_SQRT: &str = "inverse_sqrt";

/// The weight of each class in the loss.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassWeights {
    /// One for each class; empty: all 1.
    Numbers(Vec<f64>),
    /// By the number of training pixels of each class: [`inverse_sqrt`]. A loss needs them as numbers.
    InverseSqrt,
}

impl ClassWeights {
    /// The numbers; none for a rule, which [`Loss::new`](crate::Loss::new) refuses.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::Numbers(numbers) => numbers,
            Self::InverseSqrt => &[],
        }
    }
}

impl Default for ClassWeights {
    fn default() -> Self {
        Self::Numbers(Vec::new())
    }
}

impl From<Vec<f64>> for ClassWeights {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl Display for ClassWeights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(numbers) => write!(formatter, "{numbers:?}"),
            Self::InverseSqrt => write!(formatter, "\"{INVERSE_SQRT}\""),
        }
    }
}

impl Serialize for ClassWeights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Numbers(numbers) => numbers.serialize(serializer),
            Self::InverseSqrt => serializer.serialize_str(INVERSE_SQRT),
        }
    }
}

impl<'de> Deserialize<'de> for ClassWeights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrName)
    }
}

struct ListOrName;

impl<'de> Visitor<'de> for ListOrName {
    type Value = ClassWeights;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of numbers, or \"{INVERSE_SQRT}\"")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if name == INVERSE_SQRT {
            return Ok(ClassWeights::InverseSqrt);
        }
        Err(E::invalid_value(Unexpected::Str(name), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(ClassWeights::Numbers)
    }
}

/// The weights 1/√n of classes with n training pixels each, divided by their mean over the classes that have pixels. A class
/// without pixels gets 1, the mean.
#[must_use]
pub fn inverse_sqrt(pixels: &[u64]) -> Vec<f64> {
    let raw: Vec<Option<f64>> = pixels
        .iter()
        .map(|&count| (count > 0).then(|| 1.0 / (count as f64).sqrt()))
        .collect();
    let present = raw.iter().flatten().count().max(1);
    let mean = raw.iter().flatten().sum::<f64>() / present as f64;
    raw.iter()
        .map(|weight| weight.map_or(1.0, |weight| weight / mean))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LossConfig;

    #[test]
    fn rare_classes_weigh_more_by_the_root_and_the_mean_of_those_present_is_one() {
        let weights = inverse_sqrt(&[1_000_000, 0, 10_000, 100]);
        // 1 : 10 : 100, whose mean is 37.
        let expected = [1.0 / 37.0, 1.0, 10.0 / 37.0, 100.0 / 37.0];
        for (weight, expected) in weights.iter().zip(expected) {
            assert!((weight - expected).abs() < 1e-12, "{weights:?}");
        }
        let mean = (weights[0] + weights[2] + weights[3]) / 3.0;
        assert!((mean - 1.0).abs() < 1e-12);
        assert_eq!(inverse_sqrt(&[7, 7]), [1.0, 1.0]);
        assert_eq!(inverse_sqrt(&[0, 0]), [1.0, 1.0]);
    }

    #[test]
    fn a_recipe_names_the_rule_or_lists_the_numbers() {
        let read = |text: &str| toml::from_str::<LossConfig>(text).map(|read| read.class_weights);
        let rule = read("class_weights = \"inverse_sqrt\"").expect("the rule");
        assert_eq!(rule, ClassWeights::InverseSqrt);
        let numbers = read("class_weights = [1, 2.5]").expect("a list");
        assert_eq!(numbers.numbers(), [1.0, 2.5]);
        for weights in [rule, numbers] {
            let config = LossConfig {
                class_weights: weights.clone(),
                ..LossConfig::default()
            };
            let text = toml::to_string(&config).expect("TOML");
            assert_eq!(read(&text).expect("the same"), weights);
        }
        for wrong in ["\"inverse\"", "3", "[1, \"a\"]"] {
            let error = read(&format!("class_weights = {wrong}")).expect_err("refused");
            let error = error.to_string();
            assert!(error.contains("expected"), "{error}");
            assert!(
                error.contains("inverse_sqrt") || wrong.starts_with('['),
                "{error}"
            );
        }
    }
}
