use crate::error::RunnerError;

use std::fs;

use crate::recipe::Recipe;

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn load(folder: &tempfile::TempDir, name: &str) -> Result<Recipe, RunnerError> {
    Recipe::load(&folder.path().join(name).display().to_string(), &[])
}

#[test]
fn a_recipe_contains_only_what_differs_from_its_base() {
    let folder = folder_with(&[
        (
            "mine.toml",
            "base = \"bamsi\"\nname = \"mine\"\n[loss]\nsigma = 3.0\n",
        ),
        ("longer.toml", "base = \"mine.toml\"\ntrain.epochs = 7\n"),
    ]);
    let bamsi = Recipe::load("bamsi", &[]).expect("embedded");
    let longer = load(&folder, "longer.toml").expect("a recipe on a recipe on a recipe");
    let mut expected = bamsi;
    expected.name = "mine".into();
    expected.loss.sigma = 3.0;
    expected.train.epochs = 7;
    assert_eq!(longer, expected);
}

#[test]
fn a_recipe_may_come_from_any_editor_and_shell() {
    let text = "\u{feff}base = \"smoke\"\r\n[train]\r\nepochs = 7\r\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let folder = folder_with(&[("mine.toml", text)]);
    let marked = load(&folder, "mine.toml").expect("UTF-8 with a mark");
    assert_eq!(marked.train.epochs, 7);
    fs::write(folder.path().join("mine.toml"), utf16).expect("written");
    assert_eq!(load(&folder, "mine.toml").expect("UTF-16"), marked);
    fs::write(folder.path().join("mine.toml"), b"name = \"\xFC\"").expect("written");
    let error = load(&folder, "mine.toml").expect_err("Latin-1");
    assert!(error.message().contains("mine.toml"), "{error}");
}

#[test]
fn a_missing_or_circular_base_is_refused() {
    let folder = folder_with(&[
        ("one.toml", "base = \"two.toml\"\n"),
        ("two.toml", "base = \"one.toml\"\n"),
        ("lost.toml", "base = \"bamsy\"\n"),
        ("number.toml", "base = 3\n"),
        ("deep.toml", "base = \"wrong.toml\"\n"),
        ("wrong.toml", "[train]\nepoch = 3\n"),
    ]);
    for (name, message, help) in [
        ("one.toml", "comes back to", "remove `base`"),
        ("lost.toml", "lost.toml, base: recipe 'bamsy'", "'bamsi'"),
        (
            "number.toml",
            "expected the name of a recipe, found 3",
            "base =",
        ),
        ("deep.toml", "wrong.toml, line 2", "train.epochs"),
    ] {
        let error = load(&folder, name).expect_err(name);
        assert_eq!(error.exit_code, 2);
        assert!(error.message().contains(message), "{error}");
        assert!(error.advice.contains(help), "{error}");
    }
}
