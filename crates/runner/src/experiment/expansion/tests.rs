use std::collections::BTreeSet;

use super::*;
use crate::experiment::grid::{EMBEDDED, GridText};

fn choice(scale: &str, from_folder: bool) -> Choice {
    Choice {
        scale: scale.into(),
        seeds: vec![1, 2],
        overrides: Vec::new(),
        from_folder,
    }
}

fn embedded(name: &str) -> Grid {
    GridText::find(name)
        .and_then(|text| text.read())
        .expect(name)
}

#[test]
fn every_embedded_grid_has_sound_and_different_recipes_at_both_scales() {
    for (name, runs) in [
        ("table1", 29),
        ("table2", 6),
        ("table3", 20),
        ("table4", 6),
        ("losses", 12),
        ("parts", 5),
        ("noise", 52),
    ] {
        let grid = embedded(name);
        for scale in ["demo", "published"] {
            let real = name == "parts" || scale == "published" && !grid.data.is_empty();
            let choice = choice(scale, real);
            let resolved = resolve(&grid, name, &choice).expect(name);
            assert_eq!(resolved.len(), runs, "{name}");
            let items = items(&resolved, &choice.seeds, "").expect(name);
            let folders: BTreeSet<_> = items.iter().map(|item| item.folder("x".as_ref())).collect();
            assert_eq!(folders.len(), 2 * runs, "{name}");
            // More seeds change no number.
            assert_eq!(
                super::items(&resolved, &[1], "").expect(name),
                items[..runs]
            );
        }
    }
    assert_eq!(EMBEDDED.len(), 7);
}

#[test]
fn the_recipe_of_a_row_has_all_of_its_keys_and_its_seed() {
    let grid = embedded("table1");
    let resolved = resolve(&grid, "table1", &choice("demo", false)).expect("recipes");
    let items = items(&resolved, &[7], "").expect("items");
    let item = items
        .iter()
        .find(|item| item.network == "pvtgcascade" && item.row == "topkdec-dec-sigma")
        .expect("the item");
    let recipe = item.recipe().expect("a recipe");
    assert_eq!(recipe.train.seed, 7);
    assert_eq!(recipe.model.name.as_str(), "pvtgcascade");
    assert_eq!(recipe.data.size, [128, 128]);
    assert_eq!(recipe.data.synthetic.expect("synthetic").images, 300);
}

#[test]
fn rows_with_equal_recipes_are_refused_by_name() {
    let mut grid = embedded("table4");
    let mut twin = grid.rows[1].clone();
    twin.name = "twin".into();
    grid.rows.push(twin);
    let resolved = resolve(&grid, "table4", &choice("demo", false)).expect("recipes");
    let error = items(&resolved, &[1], "").expect_err("equal");
    assert!(
        error.message().contains("topkdec-dec-all seed 1"),
        "{error}"
    );
    assert!(error.message().contains("twin seed 1"), "{error}");
    // The same seed twice is the same training twice.
    let resolved = resolve(&embedded("table4"), "table4", &choice("demo", false))
        .map(|all| items(&all, &[3, 3], "").is_err());
    assert!(resolved.expect("recipes"));
}

#[test]
fn what_is_wrong_in_a_row_is_said_with_its_name() {
    let mut grid = embedded("table4");
    let set = "images = \"erm\"".parse().expect("a table");
    grid.rows[1].set.insert("los".into(), Value::Table(set));
    let error = resolve(&grid, "table4", &choice("demo", false))
        .err()
        .expect("misspelt");
    assert!(error.message().contains("topkdec-dec-all"), "{error}");
    assert!(error.advice.contains("loss.images"), "{error:?}");
    let grid = embedded("table4");
    let error = resolve(&grid, "table4", &choice("publshed", false))
        .err()
        .expect("no such scale");
    assert!(error.advice.contains("published"), "{error:?}");
    let error = resolve(&grid, "table4", &choice("published", false))
        .err()
        .expect("no data");
    assert!(error.advice.contains("--data heart=DIR"), "{error:?}");
    assert!(error.advice.contains("--scale demo"), "{error:?}");
    let error = resolve(&embedded("parts"), "parts", &choice("demo", false))
        .err()
        .expect("no data");
    assert_eq!(error.advice, "give it with `--data images=DIR`");
}
