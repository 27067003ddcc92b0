//! The screen of `selvedge watch`, drawn again every second, until a key leaves it.

use std::io;
use std::time::{Duration, Instant, SystemTime};

use anstream::{AutoStream, ColorChoice};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::error::RunnerError;
use crate::run_folder::folder::RunFolder;
use crate::terminal::interruption;
use crate::watch::screen::Screen;
use crate::watch::watched_run::WatchedRun;

/// How often the files are read.
const READ: Duration = Duration::from_secs(1);

/// Shows a run until `q`, Escape or Ctrl-C.
///
/// # Errors
///
/// The terminal's error.
pub(crate) fn show(folder: &RunFolder) -> Result<(), RunnerError> {
    let colours = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    // A signal ends the program at once, and must not leave the terminal in this mode.
    interruption::before_exit(ratatui::restore);
    let _interrupted = interruption::listen()?;
    let terminal = ratatui::try_init().map_err(|error| failed(&error))?;
    let shown = keep_shown(terminal, folder, colours);
    ratatui::restore();
    shown
}

fn keep_shown(
    mut terminal: DefaultTerminal,
    folder: &RunFolder,
    colours: bool,
) -> Result<(), RunnerError> {
    loop {
        let read = Instant::now();
        let run = WatchedRun::read(folder, SystemTime::now());
        let screen = Screen { run: &run, colours };
        terminal
            .draw(|frame| screen.draw(frame))
            .map_err(|error| failed(&error))?;
        while let Some(rest) = READ.checked_sub(read.elapsed()) {
            if !event::poll(rest).map_err(|error| failed(&error))? {
                break;
            }
            match event::read().map_err(|error| failed(&error))? {
                Event::Key(key) if leaves(key) => return Ok(()),
                Event::Resize(..) => {
                    terminal
                        .draw(|frame| screen.draw(frame))
                        .map_err(|error| failed(&error))?;
                }
                _ => {}
            }
        }
    }
}

fn leaves(key: KeyEvent) -> bool {
    let is_interrupt = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
    key.kind == KeyEventKind::Press
        && (is_interrupt || matches!(key.code, KeyCode::Char('q' | 'Q') | KeyCode::Esc))
}

fn failed(error: &io::Error) -> RunnerError {
    RunnerError::failed(
        format!("the terminal: {error}"),
        "`selvedge watch --lines` needs no terminal",
    )
}
