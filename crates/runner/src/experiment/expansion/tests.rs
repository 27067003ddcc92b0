use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::*;
use crate::experiment::grid::{EMBEDDED, GridText};
use crate::files::checksum::hexadecimal;

fn choice(scale: &str, from_folder: bool) -> Choice {
    Choice {
        scale: scale.into(),
        seeds: Some(vec![1, 2]),
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
            let items = items(&resolved, "").expect(name);
            let folders: BTreeSet<_> = items.iter().map(|item| item.folder("x".as_ref())).collect();
            assert_eq!(folders.len(), 2 * runs, "{name}");
            // More seeds change no number.
            let one = with_seeds(resolved, &[1]);
            assert_eq!(super::items(&one, "").expect(name), items[..runs]);
        }
    }
    assert_eq!(EMBEDDED.len(), 7);
}

fn with_seeds<'a>(mut resolved: Vec<Resolved<'a>>, seeds: &[u64]) -> Vec<Resolved<'a>> {
    for one in &mut resolved {
        one.seeds = seeds.to_vec();
    }
    resolved
}

#[test]
fn the_trainings_of_the_embedded_grids_are_the_same_for_ever() {
    // Folders of experiments that people have are found by these hashes: of network, row, seed and hash of each training with
    // the seeds 1 to 3.
    for (name, scale, sum) in [
        (
            "table1",
            "demo",
            "d8a8c2454c84be9a00e9f99edc409f486de7681e8b7cad526c79709a3d0a5e42",
        ),
        (
            "table2",
            "demo",
            "909b5bd05d3dfe065c60c862a6ca7bbb543d648be074541a5f666544d24989ad",
        ),
        (
            "table3",
            "demo",
            "223c6fc75a5df0efd181981ba37fa0d51d8d11c6f64d52f74925e21876824202",
        ),
        (
            "table4",
            "demo",
            "9bf594240255845e76ac0f65c50e41e805e2215482840d155d2ca7aec429f2c3",
        ),
        (
            "losses",
            "demo",
            "ff25f45afa5e2a3385e36b93197842d225cd40538112d95a84a65ad7681a2717",
        ),
        (
            "noise",
            "demo",
            "cd33c7867165c4339a7fccbc2af2d80ee575a2b81582aedf1308f98bf25d1327",
        ),
        (
            "noise",
            "published",
            "88db9ac1da0af90d2ca436eda0cef3a33beefc72d2971c70eb76f452bcd5e821",
        ),
    ] {
        let grid = embedded(name);
        let resolved = resolve(&grid, name, &choice(scale, false)).expect(name);
        let all = items(&with_seeds(resolved, &[1, 2, 3]), "").expect(name);
        let lines: Vec<String> = all
            .iter()
            .map(|item| {
                format!(
                    "{} {} {} {}\n",
                    item.network, item.row, item.seed, item.hash
                )
            })
            .collect();
        assert_eq!(
            hexadecimal(Sha256::digest(lines.concat())),
            sum,
            "{name} {scale}"
        );
    }
    // So are the titles of the product.
    let rows = embedded("noise").rows;
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{}|{}|{}|{}\n",
                row.name, row.title, row.group, row.baseline
            )
        })
        .collect();
    let sum = "8c3ce1fcf4d553f7faf5d53f4c1fa8e370579dd2933a26563b833415d3314261";
    assert_eq!(hexadecimal(Sha256::digest(lines.concat())), sum);
}

#[test]
fn rows_of_one_grid_may_have_different_seeds() {
    let grid = embedded("table2");
    let of = |seeds| Choice {
        seeds,
        ..choice("demo", false)
    };
    let trainings = |seeds| {
        let resolved = resolve(&grid, "table2", &of(seeds)).expect("recipes");
        let all = items(&resolved, "").expect("items");
        all.into_iter()
            .map(|item| (item.row, item.seed))
            .collect::<Vec<_>>()
    };
    let all = trainings(None);
    assert_eq!(all.len(), 4 * 5 + 2 * 3);
    // The seeds of all rows come first.
    assert_eq!(all[..18], trainings(Some(vec![1, 2, 3])));
    let with_4: Vec<&str> = all
        .iter()
        .filter(|(_, seed)| *seed == 4)
        .map(|(row, _)| &**row)
        .collect();
    assert_eq!(
        with_4,
        [
            "erm-all",
            "erm-sigma",
            "topkdec-dec-all",
            "topkdec-dec-sigma"
        ]
    );
    // Those that are asked for are for every row.
    assert_eq!(trainings(Some(vec![1, 2, 3, 4, 5])).len(), 6 * 5);
}

#[test]
fn a_row_that_a_claim_hangs_on_has_five_seeds() {
    for (name, _) in EMBEDDED {
        let grid = embedded(name);
        let named: BTreeSet<&String> = grid
            .claims
            .iter()
            .flat_map(|claim| claim.compare.iter().flatten())
            .collect();
        for row in &grid.rows {
            let seeds = if named.contains(&row.name) { 5 } else { 3 };
            assert_eq!(grid.seeds_of(row).len(), seeds, "{name} {}", row.name);
        }
    }
}

#[test]
fn the_recipe_of_a_row_has_all_of_its_keys_and_its_seed() {
    let grid = embedded("table1");
    let resolved = resolve(&grid, "table1", &choice("demo", false)).expect("recipes");
    let items = items(&with_seeds(resolved, &[7]), "").expect("items");
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
    let error = items(&resolved, "").expect_err("equal");
    assert!(
        error.message().contains("topkdec-dec-all seed 1"),
        "{error}"
    );
    assert!(error.message().contains("twin seed 1"), "{error}");
    // The same seed twice is the same training twice.
    let refused = resolve(&embedded("table4"), "table4", &choice("demo", false))
        .map(|all| items(&with_seeds(all, &[3, 3]), "").is_err());
    assert!(refused.expect("recipes"));
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
