//! The resolved recipes: all defaults, and what each recipe inside the program changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use selvedge::recipe::Recipe;
use toml::{Table, Value};

/// The values of a table and of the tables in it, by their dotted keys.
fn collect(prefix: &str, table: &Table, found: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        match value {
            Value::Table(inner) if !inner.is_empty() => collect(&format!("{path}."), inner, found),
            value => {
                found.insert(path, value.to_string());
            }
        }
    }
}

fn values(recipe: &Recipe) -> BTreeMap<String, String> {
    let text = recipe.to_toml().expect("TOML");
    let mut found = BTreeMap::new();
    collect("", &toml::from_str(&text).expect("TOML"), &mut found);
    found
}

#[test]
fn the_resolved_recipes_are_those_of_the_snapshot() {
    let defaults = values(&Recipe::default());
    let mut text = String::from("# defaults\n");
    for (key, value) in &defaults {
        writeln!(text, "{key} = {value}").expect("a string");
    }
    for (name, _) in Recipe::list().expect("recipes") {
        let recipe = values(&Recipe::load(name, &[]).expect("a recipe"));
        writeln!(text, "\n# {name}").expect("a string");
        for (key, value) in &recipe {
            if defaults.get(key) != Some(value) {
                writeln!(text, "{key} = {value}").expect("a string");
            }
        }
        for key in defaults.keys().filter(|key| !recipe.contains_key(*key)) {
            writeln!(text, "{key} is absent").expect("a string");
        }
    }
    super::assert_unchanged("recipes.txt", &text);
}
