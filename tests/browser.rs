//! Opens pages in a real browser, headless Chromium, and asks `tidy` about their HTML.
//!
//! Where one of them is not installed, its checks are skipped, and the test says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Names of the browser, as Debian and others install it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-headless-shell",
    "chromium-browser",
    "google-chrome",
];

/// Widths and heights of a window: a desk and a telephone.
const WINDOWS: [[u32; 2]; 2] = [[1280, 900], [390, 844]];

/// Sends what a page measures to the page around it: the width of its window, that of its contents, and whether it is dark.
const MEASURE: &str = "<script>addEventListener('load', () => {
  const width = document.documentElement.scrollWidth;
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  parent.postMessage(`${innerWidth} ${width} ${dark}`, '*');
});</script>";

/// Notes what the page inside it has measured.
const RECEIVE: &str = "<script>addEventListener('message', event =>
  document.documentElement.setAttribute('data-measured', event.data));</script>";

/// A browser that is installed here.
pub(crate) struct Browser {
    program: PathBuf,
}

/// What a page did when it was opened.
struct Visit {
    /// What was written to the console.
    console: Vec<String>,
    /// Addresses that the page asked for.
    requests: Vec<String>,
    /// The page after it was loaded.
    document: String,
}

/// The path of a program, if it is installed.
fn installed(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&folders).map(|folder| folder.join(name));
    places.find(|path| path.is_file())
}

impl Browser {
    /// The browser, if there is one.
    pub(crate) fn find() -> Option<Self> {
        let program = NAMES.iter().find_map(|name| installed(name));
        if program.is_none() {
            eprintln!(
                "*** NOT CHECKED: pages in a browser, because Chromium is not installed (just browser) ***"
            );
        }
        program.map(|program| Self { program })
    }

    /// Asserts, at both widths and in both colour schemes, that a page asks for nothing, writes nothing to the console, and is not
    /// wider than its window.
    pub(crate) fn assert_content(&self, page: &Path) {
        let text = fs::read_to_string(page).expect("a page");
        // A copy that may run a script and measures itself.
        let start = text
            .find("<meta http-equiv=\"Content-Security-Policy\"")
            .expect("a policy");
        let end = start + text[start..].find('>').expect("its end") + 1;
        let copy = format!("{}{MEASURE}{}", &text[..start], &text[end..]);
        for window in WINDOWS {
            for dark in [false, true] {
                let place = format!("{} at {window:?}, dark: {dark}", page.display());
                let visit = self.visit(page, window, dark);
                assert_eq!(visit.console, [""; 0], "{place}");
                assert_eq!(visit.requests, [""; 0], "{place}");
                assert!(visit.document.contains("</html>"), "{place}: loaded");
                let [inner, contents, is_dark] = self.measure(&copy, window, dark);
                assert_eq!(inner, window[0].to_string(), "{place}");
                assert_eq!(is_dark, dark.to_string(), "{place}");
                assert_eq!(contents, inner, "{place}: no wider than the window");
            }
        }
    }

    /// Asserts that the checks above notice a page that does everything wrong.
    pub(crate) fn assert_sees_faults(&self) {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("wrong.html");
        let body = "<div style='width:3000px'>wide</div><img src='http://host.invalid/a.png'>\
                    <script>console.log('a message')</script>";
        let text = format!("<!DOCTYPE html><html><head>{MEASURE}</head><body>{body}</body></html>");
        fs::write(&page, &text).expect("written");
        let visit = self.visit(&page, WINDOWS[1], true);
        let is_said = visit.console.iter().any(|line| line.contains("a message"));
        assert!(is_said, "a message is seen: {:?}", visit.console);
        let mut requests = visit.requests.iter();
        let is_asked = requests.any(|address| address.contains("host.invalid"));
        assert!(is_asked, "a request is seen: {:?}", visit.requests);
        let [inner, contents, _] = self.measure(&text, WINDOWS[1], false);
        assert_eq!(inner, "390");
        assert!(
            contents.parse::<u32>().is_ok_and(|width| width >= 3000),
            "{contents}"
        );
    }

    /// What a page with [`MEASURE`] measures in a frame of this size: a window of its own may not become narrow enough.
    fn measure(&self, text: &str, [width, height]: [u32; 2], dark: bool) -> [String; 3] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("page.html"), text).expect("written");
        let frame = folder.path().join("frame.html");
        let style = format!("border:0;width:{width}px;height:{height}px");
        let around = format!(
            "<!DOCTYPE html><html><head><meta name='color-scheme' content='light dark'>{RECEIVE}</head>\
             <body><iframe src='page.html' style='{style}'></iframe></body></html>"
        );
        fs::write(&frame, around).expect("written");
        let document = self.visit(&frame, [width, height], dark).document;
        measured(&document).unwrap_or_else(|| panic!("nothing was measured: {document}"))
    }

    fn visit(&self, page: &Path, [width, height]: [u32; 2], dark: bool) -> Visit {
        let home = tempfile::tempdir().expect("a folder");
        let log = home.path().join("net.json");
        let output = self.open(&home, &log, page, [width, height], dark);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success(),
            "{}: {stderr}",
            self.program.display()
        );
        let console = stderr.lines().filter(|line| line.contains("CONSOLE"));
        let network = fs::read_to_string(&log).expect("a log of the network");
        Visit {
            console: console.map(String::from).collect(),
            requests: requests(&network),
            document: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }

    fn open(
        &self,
        home: &TempDir,
        log: &Path,
        page: &Path,
        [width, height]: [u32; 2],
        dark: bool,
    ) -> Output {
        // 0 is dark, 1 light.
        let scheme = u8::from(!dark);
        Command::new(&self.program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--dump-dom",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args([
                "--disable-sync",
                "--disable-default-apps",
                "--disable-extensions",
            ])
            .args(["--enable-logging=stderr", "--virtual-time-budget=3000"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND")
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .arg(format!("--window-size={width},{height}"))
            .arg(format!(
                "--user-data-dir={}",
                home.path().join("home").display()
            ))
            .arg(format!("--log-net-log={}", log.display()))
            .arg(page.canonicalize().expect("a path"))
            .output()
            .expect("the browser starts")
    }
}

/// What [`RECEIVE`] noted.
fn measured(document: &str) -> Option<[String; 3]> {
    let (_, rest) = document.split_once("data-measured=\"")?;
    let (text, _) = rest.split_once('"')?;
    let parts: Vec<String> = text.split(' ').map(String::from).collect();
    parts.try_into().ok()
}

/// Addresses that a page asked for, in a log of the network. A browser also asks for updates of its own, which are not of the page:
/// each request names its origin in the program by a number.
fn requests(log: &str) -> Vec<String> {
    const OF_PAGES: &str = "\"traffic_annotation\":101845102,\"url\":\"";
    let starts = log.split(OF_PAGES).skip(1);
    let addresses = starts.filter_map(|rest| rest.split('"').next());
    addresses
        .filter(|address| !address.starts_with("data:"))
        .map(String::from)
        .collect()
}

/// Errors of a page's HTML; none if `tidy` is not installed.
pub(crate) fn tidy_errors(page: &Path) -> Option<String> {
    let Some(program) = installed("tidy") else {
        eprintln!("*** NOT CHECKED: HTML, because tidy is not installed (just browser) ***");
        return None;
    };
    let output = Command::new(program)
        .args(["-quiet", "-errors", "--show-warnings", "no"])
        .arg(page)
        .output()
        .expect("tidy starts");
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}
