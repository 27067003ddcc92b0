//! The pages about recipes, compared with the recipes that the program contains and the keys that it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{root, text};
use crate::program::{folder, selvedge};

#[test]
fn the_recipes_page_names_every_recipe() {
    let page = text("docs/recipes.md");
    let list = selvedge(folder().path(), &["recipe", "list"]).stdout;
    let embedded: BTreeSet<String> = list
        .lines()
        .filter_map(|line| Some(line.split_whitespace().next()?.to_string()))
        .collect();
    for name in &embedded {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    let files = fs::read_dir(root().join("assets/recipes")).expect("a folder");
    let files: BTreeSet<String> = files
        .filter_map(|entry| {
            let name = entry.expect("an entry").file_name();
            Some(name.to_str()?.strip_suffix(".toml")?.to_string())
        })
        .collect();
    assert_eq!(embedded, files, "recipes that the program contains");
}

/// One of the recipes of five lines on the page of data sets.
fn five_line_recipe(name: &str) -> String {
    let page = text("docs/data.md");
    let start = page.find(&format!("name = \"{name}\""));
    let recipe = &page[start.expect("the recipe")..];
    let recipe = &recipe[..recipe.find("```").expect("its end")];
    assert_eq!(recipe.lines().count(), 5, "{recipe}");
    recipe.to_string()
}

#[test]
fn the_recipes_of_five_lines_are_complete() {
    for name in ["sunnybrook", "fuseg"] {
        let folder = folder();
        fs::write(folder.path().join("mine.toml"), five_line_recipe(name)).expect("written");
        let output = selvedge(
            folder.path(),
            &["recipe", "show", "mine.toml", "--resolved"],
        );
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert!(output.stdout.contains("[optimizer]"), "{}", output.stdout);
    }
}

#[test]
#[ignore = "needs Sunnybrook Cardiac Data and a sample of FUSeg: SELVEDGE_DATA/sunnybrook and SELVEDGE_DATA/fuseg-sample"]
fn the_recipes_of_five_lines_train_on_the_published_sets_that_they_name() {
    let published = std::env::var_os("SELVEDGE_DATA")
        .expect("SELVEDGE_DATA names the folder of published sets");
    for (name, set) in [("sunnybrook", "sunnybrook"), ("fuseg", "fuseg-sample")] {
        let folder = folder();
        fs::write(folder.path().join("mine.toml"), five_line_recipe(name)).expect("written");
        let data = Path::new(&published).join(set).display().to_string();
        let arguments = [
            "train",
            "mine.toml",
            "--data",
            &data,
            "--device",
            "cpu",
            "--out",
            "run",
            "--epochs",
            "1",
            "--set",
            "data.size=[32,32]",
            "--set",
            "model.width=2",
            "--json",
        ];
        let scores = selvedge(folder.path(), &arguments).json();
        assert!(scores["images"].as_u64() > Some(0), "{scores:#}");
    }
}

/// Dotted keys with their values, as TOML writes them.
fn flat(table: &toml::Table, before: &str, found: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = format!("{before}{key}");
        match value {
            toml::Value::Table(below) if !below.is_empty() => {
                flat(below, &format!("{key}."), found);
            }
            toml::Value::Table(_) => {
                found.insert(key, "{}".to_string());
            }
            value => {
                found.insert(key, value.to_string());
            }
        }
    }
}

/// Every key of a recipe with its default.
fn defaults() -> BTreeMap<String, String> {
    let folder = folder();
    fs::write(folder.path().join("empty.toml"), "[data.synthetic]\n").expect("written");
    let output = selvedge(
        folder.path(),
        &["recipe", "show", "empty.toml", "--resolved"],
    );
    let recipe: toml::Table = output.stdout.parse().expect("a recipe");
    let mut found = BTreeMap::new();
    flat(&recipe, "", &mut found);
    found
}

#[test]
fn the_recipes_page_lists_every_key_with_its_default() {
    let page = text("docs/recipes.md");
    // A row of a table of keys begins "| `key` | `default` |".
    let rows = page.lines().filter_map(|line| {
        let (key, rest) = line.strip_prefix("| `")?.split_once("` | `")?;
        let (default, _) = rest.split_once("` |")?;
        Some((key.to_string(), default.to_string()))
    });
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), defaults());
}

#[test]
fn the_recipes_page_names_every_value_of_a_key_that_has_few() {
    let page = text("docs/recipes.md");
    let mut choices = 0;
    for (key, default) in defaults() {
        if !default.starts_with('"') {
            continue;
        }
        let folder = folder();
        let recipe = format!("{key} = \"nothing\"\n");
        fs::write(folder.path().join("choice.toml"), recipe).expect("written");
        let output = selvedge(
            folder.path(),
            &["recipe", "show", "choice.toml", "--resolved"],
        );
        let Some((_, expected)) = output
            .stderr
            .split_once("unknown variant `nothing`, expected")
        else {
            continue;
        };
        let names = expected.lines().next().expect("a line").split('`');
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{key}` |")))
            .unwrap_or_else(|| panic!("{key} has no row"));
        for name in names.skip(1).step_by(2) {
            assert!(
                row.contains(&format!("`{name}`")),
                "{key}: {name} in: {row}"
            );
        }
        choices += 1;
    }
    assert!(choices >= 14, "{choices}");
}
