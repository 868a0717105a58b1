//! Annotates every function that returns a `Result` and that the compiler accepts with the attribute.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ReturnType, Signature, Type, Visibility};

use crate::sources::{CRATES, Project, write};

/// No such attribute exists: the compiler complains of each that it meets.
const PROBE: &str = "#[returns_a_result] ";

/// What became of the functions that return a `Result` and have a body.
pub(super) struct Annotated {
    pub(super) found: usize,
    pub(super) kept: usize,
    /// How many of those have to clone an argument for each attempt.
    pub(super) cloning: usize,
    /// How often the compiler refused an annotated function, by what it said first.
    pub(super) refused: BTreeMap<String, usize>,
}

struct Function {
    /// Where the attribute goes, in bytes.
    at: usize,
    first_line: usize,
    last_line: usize,
    /// The arguments that each attempt clones, since the compiler has asked for that.
    cloned: BTreeSet<String>,
}

impl Function {
    /// On the function's own line, so that lines keep their numbers.
    fn attribute(&self) -> String {
        if self.cloned.is_empty() {
            return "#[persevere::retry(on = _)] ".to_owned();
        }
        let arguments = self.cloned.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        format!("#[persevere::retry(on = _, clone({arguments}))] ")
    }
}

/// The functions of each file.
type Functions = BTreeMap<PathBuf, Vec<Function>>;

pub(super) fn annotate(project: &Project) -> Annotated {
    let mut functions = compiled(project);
    let originals: BTreeMap<PathBuf, String> =
        functions.keys().map(|path| (path.clone(), read(path))).collect();
    let count = |functions: &Functions| functions.values().map(Vec::len).sum::<usize>();
    let found = count(&functions);
    let mut refused = BTreeMap::new();
    project.depend_on_ours();
    for path in functions.keys() {
        put(path, &originals[path], &functions[path], Function::attribute);
    }
    loop {
        let mut command = project.cargo();
        command.args(["check", "-q", "--workspace", "--keep-going", "--message-format=json"]);
        let errors = errors(&mut command, &project.folder);
        if errors.is_empty() {
            break;
        }
        let touched = heed(&errors, &mut functions, &mut refused);
        assert!(!touched.is_empty(), "none of the annotated functions is to blame: {errors:#?}");
        eprintln!("{} of {found} functions annotated", count(&functions));
        for path in &touched {
            put(path, &originals[path], &functions[path], Function::attribute);
        }
    }
    let left = functions.values().flatten();
    let cloning = left.filter(|function| !function.cloned.is_empty()).count();
    Annotated { found, kept: count(&functions), cloning, refused }
}

/// Clones the arguments that the errors ask to clone, and gives up the functions that have others. Returns the
/// files that change.
fn heed(
    errors: &[Error],
    functions: &mut Functions,
    refused: &mut BTreeMap<String, usize>,
) -> BTreeSet<PathBuf> {
    let mut touched = BTreeSet::new();
    // Of several errors in one function, the first counts; the functions stay in place until all are read.
    let mut given_up: BTreeMap<(PathBuf, usize), String> = BTreeMap::new();
    for error in errors {
        let Some(of_file) = functions.get_mut(&error.file) else { continue };
        let around = of_file
            .iter_mut()
            .filter(|function| (function.first_line..=function.last_line).contains(&error.line));
        let Some(innermost) = around.max_by_key(|function| function.first_line) else { continue };
        match error.argument_to_clone() {
            Some(argument) => {
                if innermost.cloned.insert(argument.to_owned()) {
                    touched.insert(error.file.clone());
                }
            }
            None => {
                let key = (error.file.clone(), innermost.at);
                given_up.entry(key).or_insert_with(|| error.kind());
            }
        }
    }
    for ((file, at), kind) in given_up {
        functions.entry(file.clone()).and_modify(|of_file| of_file.retain(|it| it.at != at));
        *refused.entry(kind).or_default() += 1;
        touched.insert(file);
    }
    touched
}

/// The functions that the compiler compiles here: not those of tests and of other systems.
fn compiled(project: &Project) -> Functions {
    let mut all = Functions::new();
    for (name, _) in CRATES {
        let mut candidates = Functions::new();
        let mut originals = BTreeMap::new();
        for path in project.files_of(name) {
            let source = read(&path);
            let functions = candidates_in(&source, &path);
            put(&path, &source, &functions, |_| PROBE.to_owned());
            candidates.insert(path.clone(), functions);
            originals.insert(path, source);
        }
        let mut command = project.cargo();
        command.args(["check", "-q", "-p", name, "--message-format=json"]);
        let met: BTreeSet<(PathBuf, usize)> = errors(&mut command, &project.folder)
            .into_iter()
            .filter(|error| error.message.contains("`returns_a_result`"))
            .map(|error| (error.file, error.line))
            .collect();
        for (path, source) in &originals {
            write(path, source);
        }
        for (path, functions) in &mut candidates {
            functions.retain(|function| met.contains(&(path.clone(), function.first_line)));
        }
        all.extend(candidates);
    }
    all
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn put(
    path: &Path,
    original: &str,
    functions: &[Function],
    attribute: impl Fn(&Function) -> String,
) {
    let mut text = original.to_owned();
    let mut in_order: Vec<&Function> = functions.iter().collect();
    in_order.sort_unstable_by_key(|function| function.at);
    for function in in_order.into_iter().rev() {
        text.insert_str(function.at, &attribute(function));
    }
    write(path, &text);
}

fn candidates_in(source: &str, path: &Path) -> Vec<Function> {
    let file = syn::parse_file(source);
    let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut finder = Finder(Vec::new());
    finder.visit_file(&file);
    finder.0
}

struct Finder(Vec<Function>);

impl Finder {
    fn meet(&mut self, visibility: &Visibility, signature: &Signature, body: &syn::Block) {
        if !returns_result(&signature.output) {
            return;
        }
        let start = match visibility {
            Visibility::Inherited => signature.span(),
            _ => visibility.span(),
        };
        self.0.push(Function {
            at: start.byte_range().start,
            first_line: start.start().line,
            last_line: body.span().end().line,
            cloned: BTreeSet::new(),
        });
    }
}

fn returns_result(output: &ReturnType) -> bool {
    let ReturnType::Type(_, output) = output else { return false };
    let Type::Path(path) = &**output else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Result")
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.meet(&item.vis, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.meet(&item.vis, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.meet(&Visibility::Inherited, &item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

/// An error of the compiler's, and the place in the project that it is about.
#[derive(Debug)]
struct Error {
    message: String,
    file: PathBuf,
    line: usize,
}

impl Error {
    /// The argument in "write `clone(argument)`", if it says that.
    fn argument_to_clone(&self) -> Option<&str> {
        let (_, asked) = self.message.rsplit_once("write `clone(")?;
        asked.split_once(")`").map(|(argument, _)| argument)
    }

    /// What it says first, without the names that differ from function to function.
    fn kind(&self) -> String {
        let first = self.message.lines().next().unwrap_or_default();
        let parts = first.split('`').enumerate();
        parts.map(|(index, part)| if index % 2 == 0 { part } else { "`…`" }).collect()
    }
}

fn errors(command: &mut Command, folder: &Path) -> Vec<Error> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let lines = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let errors: Vec<Error> = messages.filter_map(|line| error(&line["message"], folder)).collect();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || !errors.is_empty(), "{command:?}: {said}");
    errors
}

fn error(message: &Value, folder: &Path) -> Option<Error> {
    if message["level"] != "error" {
        return None;
    }
    let spans = message["spans"].as_array()?;
    let primary = spans.iter().filter(|span| span["is_primary"] == true);
    let (file, line) = primary.chain(spans).find_map(|span| place(span, folder))?;
    Some(Error { message: message["message"].as_str()?.to_owned(), file, line })
}

/// Where in the project a span is, or the call of the macro that wrote it.
fn place(span: &Value, folder: &Path) -> Option<(PathBuf, usize)> {
    let mut span = span;
    while !span.is_null() {
        let file = folder.join(span["file_name"].as_str()?);
        if file.starts_with(folder) && file.exists() {
            let line = span["line_start"].as_u64()?;
            return Some((file, usize::try_from(line).ok()?));
        }
        span = &span["expansion"]["span"];
    }
    None
}
