use super::*;

#[test]
fn every_embedded_recipe_is_valid_and_survives_a_round_trip_through_text() {
    for (name, _) in Recipe::list().expect("all of them parse") {
        let recipe = Recipe::load(name, &[]).expect("a good recipe");
        recipe.validate().expect("sound settings");
        assert_eq!(recipe.name, name);
        let text = recipe.to_toml().expect("text");
        assert_eq!(
            Recipe::read(&Source::written(&text, name), &[]).expect("the same"),
            recipe
        );
    }
}

#[test]
fn overrides_change_the_keys_that_they_name() {
    let overrides = [
        "train.epochs=7",
        "loss.images=erm",
        "data.size=[64, 96]",
        "model.width = 4",
    ];
    let recipe = Recipe::load("smoke", &overrides.map(String::from)).expect("good overrides");
    assert_eq!(recipe.train.epochs, 7);
    assert_eq!(recipe.data.size, [64, 96]);
    assert_eq!(recipe.model.width, 4);
    assert_eq!(recipe.loss.images, loss::ImageRule::Erm);
}

#[test]
fn an_error_on_a_misspelt_key_suggests_the_right_one() {
    let error = Recipe::load("smoke", &["train.epoch=7".into()]).expect_err("no such key");
    assert_eq!(error.exit_code, 2);
    assert!(
        error.message().contains("train.epoch") && error.advice.contains("train.epochs"),
        "{error}"
    );
    let text = "name = \"x\"\n[loss]\nsimga = 1.0\n";
    let error = Recipe::read(&Source::written(text, "my.toml"), &[]).expect_err("no such key");
    assert!(
        error.message().contains("my.toml") && error.message().contains("line 3"),
        "{error}"
    );
    assert!(error.advice.contains("loss.sigma"), "{error}");
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    let error = Recipe::load("smoke", &["train.epochs=many".into()]).expect_err("no number");
    assert_eq!(error.exit_code, 2);
    let error = Recipe::load("smoke", &["train.epochs".into()]).expect_err("no value");
    assert!(
        error.message().contains("KEY=VALUE") || error.advice.contains("KEY=VALUE"),
        "{error}"
    );
}

#[test]
fn an_error_on_an_unknown_recipe_suggests_the_nearest() {
    let error = Recipe::load("bamsy", &[]).expect_err("no such recipe");
    assert!(error.advice.contains("bamsi"), "{error}");
}

#[test]
fn settings_out_of_range_are_named_in_the_error() {
    for (item, key) in [
        ("train.batch_size=0", "train.batch_size"),
        ("optimizer.learning_rate=-1.0", "optimizer.learning_rate"),
        ("augment.contrast=7.0", "augment.contrast"),
        ("train.epochs=1000000000000000000", "1 to 1000000"),
        (
            "optimizer.clip_norm=nan",
            "expected 0 to 1000000000000, found NaN",
        ),
        ("augment.crop.from=[63, 64]", "augment.crop.from"),
        (
            "augment.elastic.amplitude=17.0",
            "augment.elastic.amplitude",
        ),
        ("loss.ignore=7", "loss.ignore"),
    ] {
        let recipe = Recipe::load("smoke", &[item.into()]).expect("a known key");
        let error = recipe.validate().expect_err("out of range");
        assert!(error.message().contains(key), "{error}");
    }
}
