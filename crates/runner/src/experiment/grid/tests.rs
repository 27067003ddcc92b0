use super::*;

const SMALL: &str = r#"
name = "small"
seeds = [1, 2]
metrics = ["dice"]

[scales.demo]
base = "smoke"
set = { train.epochs = 1 }

[[networks]]
name = "unet"
title = "UNet"
demo = { set = { model.width = 2 } }

[[rows]]
name = "erm"
title = "ERM"
baseline = true
set = { loss.images = "erm" }

[[rows]]
name = "topk"
title = "Top-k"
set = { loss.images = "top_k" }

[[claims]]
number = 1
text = "Top-k is better."
expect = "better"
compare = [["topk", "erm"]]
"#;

fn read(text: &str) -> Result<Grid, RunnerError> {
    let text = GridText {
        text: text.to_string(),
        place: "small.toml".into(),
    };
    text.read()
}

#[test]
fn every_embedded_grid_can_be_read() {
    for (name, _) in EMBEDDED {
        let grid = GridText::find(name).and_then(|text| text.read());
        let grid = grid.expect(name);
        assert_eq!(grid.name, *name);
        for row in &grid.rows {
            assert!(grid.baseline_of(row).is_some(), "{name}: {}", row.name);
        }
    }
}

#[test]
fn the_paper_has_twelve_claims() {
    let mut numbers = Vec::new();
    for (name, _) in EMBEDDED {
        let grid = GridText::find(name)
            .and_then(|text| text.read())
            .expect(name);
        numbers.extend(grid.claims.iter().map(|claim| claim.number));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
}

#[test]
fn a_misspelt_key_is_reported_with_its_line_and_the_nearest_one() {
    for (right, wrong, place, nearest) in [
        ("seeds =", "seed =", "line 3", "seeds"),
        ("metrics =", "metric =", "line 4", "metrics"),
        ("baseline =", "basline =", "'erm'", "baseline"),
        ("[[rows]]", "[[row]]", "line 15", "rows"),
        ("demo = {", "dmo = {", "'unet'", "demo"),
        ("expect =", "expects =", "number 1", "expect"),
        ("base =", "bas =", "scales.demo", "base"),
    ] {
        let error = read(&SMALL.replace(right, wrong)).expect_err(wrong);
        assert_eq!(error.exit_code, 2);
        assert!(error.message().contains("expected a known key"), "{error}");
        assert!(error.message().contains(place), "{place} in {error}");
        assert_eq!(error.advice, format!("did you mean '{nearest}'?"));
    }
    read(SMALL).expect("sound");
}

#[test]
fn names_that_do_not_exist_are_reported_with_the_nearest_one() {
    for (right, wrong, message, advice) in [
        (
            r#"[["topk", "erm"]]"#,
            r#"[["topkk", "erm"]]"#,
            "the row 'topkk'",
            "'topk'",
        ),
        (
            r#"title = "Top-k""#,
            "title = \"Top-k\"\nnetworks = [\"uent\"]",
            "the network 'uent'",
            "'unet'",
        ),
        (
            "seeds = [1, 2]",
            "seeds = [1, 2]\nfigure = \"topkk\"",
            "the row 'topkk'",
            "'topk'",
        ),
    ] {
        let error = read(&SMALL.replace(right, wrong)).expect_err(wrong);
        assert!(error.message().contains(message), "{error}");
        assert!(error.advice.contains(advice), "{error:?}");
    }
    let error = GridText::find("tabel3").expect_err("no such grid");
    assert!(error.advice.contains("'table3'"), "{error:?}");
}

#[test]
fn rows_of_a_group_have_one_baseline() {
    let grid = read(SMALL).expect("sound");
    assert!(grid.lacks_baseline().is_none());
    let grid = read(&SMALL.replace("baseline = true\n", "")).expect("allowed");
    assert_eq!(
        grid.lacks_baseline().expect("nothing to compare with").name,
        "erm"
    );
    let both = SMALL.replace("title = \"Top-k\"", "title = \"Top-k\"\nbaseline = true");
    let error = read(&both).expect_err("ambiguous");
    assert!(error.message().contains("rows 'erm' and 'topk'"), "{error}");
    let apart = both.replace("title = \"Top-k\"", "title = \"Top-k\"\ngroup = \"other\"");
    assert!(read(&apart).expect("two groups").lacks_baseline().is_none());
}

#[test]
fn what_a_grid_needs_is_said_if_it_is_not_there() {
    for (right, wrong, message) in [
        (
            "seeds = [1, 2]",
            "seeds = []",
            "seeds: expected at least one",
        ),
        ("seeds = [1, 2]\n", "", "missing field `seeds`"),
        (
            "title = \"Top-k\"",
            "title = \"Top-k\"\nseeds = []",
            "row 'topk': seeds: expected at least one",
        ),
        ("base = \"smoke\"\n", "", "scales.demo: expected a base"),
        (
            "metrics = [\"dice\"]",
            "metrics = [\"dise\"]",
            "unknown variant `dise`",
        ),
        (
            "name = \"topk\"",
            "name = \"erm\"",
            "expected names that differ",
        ),
        ("name = \"topk\"", "name = \"../up\"", "found '../up'"),
    ] {
        let error = read(&SMALL.replace(right, wrong)).expect_err(wrong);
        assert!(error.message().contains(message), "{message} in {error}");
        assert!(error.message().contains("small.toml"), "{error}");
    }
}
