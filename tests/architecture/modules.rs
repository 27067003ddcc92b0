//! Which file of a crate uses which, read from its `use` lines and its paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's path inside its crate, such as `["convolution", "winograd"]`; the crate's root is empty.
type Module = Vec<String>;

/// The arrows between the files of one crate. Its root, which only declares and exports, has none.
pub(super) struct Crate {
    /// Each module's users: from the one that uses to those that are used.
    pub(super) arrows: BTreeMap<Module, BTreeSet<Module>>,
}

impl Crate {
    /// Reads the sources below `src`; tests are no part of them.
    pub(super) fn read(src: &Path) -> Self {
        let mut files = BTreeMap::new();
        collect(src, &mut Vec::new(), &mut files);
        let mut arrows = BTreeMap::new();
        for (module, file) in &files {
            let text = code_of(&fs::read_to_string(file).expect("a source file"));
            let mut used = BTreeSet::new();
            for path in paths(&text) {
                if let Some(target) = resolve(&path, module, &files)
                    && target != *module
                    && !target.is_empty()
                {
                    used.insert(target);
                }
            }
            if !module.is_empty() {
                arrows.insert(module.clone(), used);
            }
        }
        Self { arrows }
    }

    /// Groups of files of which each uses, directly or through others, every other one.
    pub(super) fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> = self
            .arrows
            .keys()
            .map(|module| (module, self.reachable(module)))
            .collect();
        let mut circles = Vec::new();
        let mut seen = BTreeSet::new();
        for module in self.arrows.keys() {
            let circle: Vec<&Module> = reach[module]
                .iter()
                .copied()
                .filter(|other| reach[other].contains(module))
                .collect();
            if circle.len() > 1 && seen.insert(circle.clone()) {
                circles.push(circle.iter().map(|module| module.join("::")).collect());
            }
        }
        circles
    }

    fn reachable<'a>(&'a self, from: &'a Module) -> BTreeSet<&'a Module> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Module> = self.arrows[from].iter().collect();
        while let Some(module) = open.pop() {
            if found.insert(module) {
                open.extend(&self.arrows[module]);
            }
        }
        found
    }
}

/// Finds the files of modules: `a.rs` and `a/b.rs` are `a` and `a::b`.
fn collect(folder: &Path, above: &mut Module, files: &mut BTreeMap<Module, PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if stem == "tests" {
            continue;
        }
        if path.is_dir() {
            above.push(stem);
            collect(&path, above, files);
            above.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let mut module = above.clone();
            if !(above.is_empty() && matches!(stem.as_str(), "lib" | "main" | "build")) {
                module.push(stem);
            } else if stem != "lib" {
                continue;
            }
            files.insert(module, path);
        }
    }
}

/// A module that is compiled for tests only.
pub(super) struct TestModule {
    pub(super) name: String,
    /// Whether its text stands in the same file.
    pub(super) is_inline: bool,
    /// The line of its condition, from 0.
    line: usize,
}

/// The modules of a file that are compiled for tests only, on every system or on some.
pub(super) fn test_modules(text: &str) -> Vec<TestModule> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_condition = |line: &str| {
        line.starts_with("#[cfg(")
            && line
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .any(|word| word == "test")
    };
    let conditions = (0..lines.len()).filter(|number| is_condition(lines[*number]));
    conditions
        .filter_map(|line| {
            let mut rest = lines[line + 1..].iter();
            let mut item = rest.next()?;
            while item.starts_with("#[") {
                while !item.ends_with(']') {
                    item = rest.next()?;
                }
                item = rest.next()?;
            }
            let (visibility, module) = item.split_once("mod ")?;
            let is_module = visibility.is_empty() || visibility.starts_with("pub");
            let name = module.trim_end_matches([';', '{', ' ']);
            is_module.then(|| TestModule {
                name: name.into(),
                is_inline: module.ends_with('{'),
                line,
            })
        })
        .collect()
}

/// The text before `mod tests {`, which is the last item of a file.
pub(super) fn without_tests(text: &str) -> String {
    let modules = test_modules(text);
    let tests = modules
        .iter()
        .find(|module| module.is_inline && module.name == "tests");
    let end = tests.map_or(usize::MAX, |module| module.line);
    text.lines()
        .take(end)
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// The text without comments, strings and tests, so that only code is left.
pub(super) fn code_of(text: &str) -> String {
    let text = without_tests(text);
    // How far an item is visible is no use of anything.
    let text = text.replace("pub(in crate::", "pub(in ");
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.split("//").next().expect("a part");
        let mut inside = false;
        let mut escaped = false;
        for letter in line.chars() {
            if escaped {
                escaped = false;
            } else if inside && letter == '\\' {
                escaped = true;
            } else if letter == '"' {
                inside = !inside;
            } else if !inside {
                code.push(letter);
            }
        }
        code.push('\n');
    }
    code
}

/// Every path of at least two names in the code; braces of `use` are expanded.
pub(super) fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = code;
    let mut plain = String::new();
    // `use` statements first, since their braces stand for several paths.
    while let Some(start) = find_use(rest) {
        plain.push_str(&rest[..start]);
        let statement = &rest[start + 4..];
        let end = statement.find(';').unwrap_or(statement.len());
        write_out(&statement[..end], &[], &mut found);
        rest = &statement[end..];
    }
    plain.push_str(rest);
    let mut path: Vec<String> = Vec::new();
    let mut name = String::new();
    let mut colons = 0;
    for letter in plain.chars().chain([' ']) {
        if letter.is_alphanumeric() || letter == '_' {
            if name.is_empty() && colons != 2 {
                end_path(&mut path, &mut found);
            }
            name.push(letter);
            colons = 0;
        } else {
            if !name.is_empty() {
                path.push(std::mem::take(&mut name));
            }
            colons = if letter == ':' { colons + 1 } else { 0 };
            if colons == 0 {
                end_path(&mut path, &mut found);
            }
        }
    }
    found
}

fn end_path(path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if path.len() > 1 {
        found.push(std::mem::take(path));
    } else {
        path.clear();
    }
}

fn find_use(code: &str) -> Option<usize> {
    code.match_indices("use ").map(|(at, _)| at).find(|at| {
        at.checked_sub(1).is_none_or(|before| {
            !code.as_bytes()[before].is_ascii_alphanumeric() && code.as_bytes()[before] != b'_'
        })
    })
}

/// Writes out `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`.
fn write_out(tree: &str, above: &[String], found: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let mut start = 0;
    let mut parts = Vec::new();
    for (at, letter) in tree.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    for part in parts {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let (head, inner) = part.split_once('{').map_or((part, None), |(head, inner)| {
            (head, inner.rsplit_once('}').map(|(inner, _)| inner))
        });
        let head = head.split(" as ").next().expect("a part");
        let mut path = above.to_vec();
        path.extend(
            head.split("::")
                .map(str::trim)
                .filter(|name| !name.is_empty() && *name != "*")
                .map(String::from),
        );
        match inner {
            Some(inner) => write_out(inner, &path, found),
            None if path.len() > 1 => found.push(path),
            None => {}
        }
    }
}

/// The file that a path leads to: the longest beginning that is a module of the crate.
fn resolve(path: &[String], from: &Module, files: &BTreeMap<Module, PathBuf>) -> Option<Module> {
    let mut base: Module = Vec::new();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => rest = &rest[1..],
        "self" => {
            base.clone_from(from);
            rest = &rest[1..];
        }
        "super" => {
            base.clone_from(from);
            while rest.first().is_some_and(|name| name == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        child => {
            base.clone_from(from);
            base.push(child.to_string());
            if !files.contains_key(&base) {
                return None;
            }
            rest = &rest[1..];
        }
    }
    for name in rest {
        let mut next = base.clone();
        next.push(name.clone());
        if !files.contains_key(&next) {
            break;
        }
        base = next;
    }
    files.contains_key(&base).then_some(base)
}
