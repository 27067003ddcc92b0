//! `selvedge recipe …`: the recipes inside the program.

use clap::Subcommand;

use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::terminal::printing::print_text;

/// `selvedge recipe …`.
#[derive(Debug, Subcommand)]
pub enum RecipeCommand {
    /// Names and descriptions.
    #[command(after_help = "Example: selvedge recipe list")]
    List,
    /// A recipe's text, to save and edit.
    #[command(after_help = "Example: selvedge recipe show bamsi > mine.toml")]
    Show {
        /// Its name.
        name: String,
        /// All keys with their values, including those of the recipe's base and the defaults.
        #[arg(long)]
        resolved: bool,
    },
}

pub(crate) fn run(command: &RecipeCommand) -> Result<(), RunnerError> {
    match command {
        RecipeCommand::List => {
            let list: Vec<String> = Recipe::list()?
                .into_iter()
                .map(|(name, description)| format!("{name:<20} {description}\n"))
                .collect();
            print_text(&list.concat())
        }
        RecipeCommand::Show { name, resolved } => {
            if *resolved {
                print_text(&Recipe::load(name, &[])?.to_toml()?)
            } else {
                print_text(Recipe::text(name)?)
            }
        }
    }
}
