//! [`Table`]: what was measured, as a page shows it and as a baseline keeps it.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// Rows of figures under one heading.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Table {
    /// The name of its markers in the page and of its figures in the baseline.
    pub name: String,
    /// The command that prints it.
    pub command: String,
    /// The headings of the columns, that of the subjects first.
    pub columns: Vec<String>,
    /// What was measured.
    pub rows: Vec<Row>,
    /// The limits of figures.
    pub targets: Vec<Target>,
}

/// The figures of one subject.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Row {
    /// Its name in the baseline.
    pub subject: String,
    /// Its name in the page.
    pub title: String,
    /// One figure per column.
    pub cells: Vec<Cell>,
}

/// One figure.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Cell {
    /// The same in every run: checked against the baseline.
    Exact(f64),
    /// Different from run to run: shown only.
    Text(String),
    /// Not available for this subject.
    Nothing,
}

/// The limit of a figure.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Target {
    /// In words.
    pub says: String,
    /// What was measured.
    pub measured: f64,
    /// The maximum.
    pub limit: f64,
}

impl Target {
    /// Whether the figure is within the limit.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.measured <= self.limit
    }
}

impl Table {
    /// Makes an empty table.
    #[must_use]
    pub fn new(name: &str, command: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(ToString::to_string).collect();
        let (name, command) = (name.to_owned(), command.to_owned());
        Self { name, command, columns, rows: Vec::new(), targets: Vec::new() }
    }

    /// Adds the figures of one subject.
    pub fn row(&mut self, subject: &str, title: &str, cells: Vec<Cell>) {
        self.rows.push(Row { subject: subject.to_owned(), title: title.to_owned(), cells });
    }

    /// Adds the limit of a figure.
    pub fn target(&mut self, says: &str, measured: f64, limit: f64) {
        self.targets.push(Target { says: says.to_owned(), measured, limit });
    }

    /// The exact figure of `subject` in `column`, the first column of figures being 0.
    ///
    /// # Panics
    ///
    /// If there is none: a target that cannot be computed must not be ignored.
    #[must_use]
    pub fn exact(&self, subject: &str, column: usize) -> f64 {
        let row = self.rows.iter().find(|row| row.subject == subject);
        match row.and_then(|row| row.cells.get(column)) {
            Some(Cell::Exact(figure)) => *figure,
            _ => panic!("`{}` has no figure of `{subject}` in column {column}", self.name),
        }
    }

    /// The least exact figure in `column` of all subjects but `except`.
    #[must_use]
    pub fn least_but(&self, except: &[&str], column: usize) -> f64 {
        self.rows
            .iter()
            .filter(|row| !except.contains(&row.subject.as_str()))
            .filter_map(|row| match row.cells.get(column) {
                Some(Cell::Exact(figure)) => Some(*figure),
                _ => None,
            })
            .fold(f64::INFINITY, f64::min)
    }

    /// The exact figures with their names in the baseline.
    pub fn figures(&self) -> impl Iterator<Item = (String, f64)> {
        self.rows.iter().flat_map(move |row| {
            row.cells.iter().zip(&self.columns[1..]).filter_map(move |(cell, column)| match cell {
                Cell::Exact(figure) => {
                    Some((format!("{} / {} / {column}", self.name, row.subject), *figure))
                }
                Cell::Text(_) | Cell::Nothing => None,
            })
        })
    }

    /// The table in Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = format!("`{}`\n\n", self.command);
        line(&mut page, self.columns.iter().map(String::as_str));
        line(&mut page, (0..self.columns.len()).map(|at| if at == 0 { "---" } else { "---:" }));
        for row in &self.rows {
            let cells = row.cells.iter().map(|cell| match cell {
                Cell::Exact(figure) => number(*figure),
                Cell::Text(text) => text.clone(),
                Cell::Nothing => "–".to_owned(),
            });
            line(&mut page, std::iter::once(row.title.clone()).chain(cells));
        }
        if !self.targets.is_empty() {
            page.push('\n');
            line(&mut page, ["target", "measured", "limit", ""]);
            line(&mut page, ["---", "---:", "---:", "---"]);
            for target in &self.targets {
                let (measured, limit) = (number(target.measured), number(target.limit));
                let verdict = if target.is_met() { "met" } else { "**missed**" };
                line(&mut page, [&target.says, &measured, &limit, verdict]);
            }
        }
        page
    }
}

fn line<C: AsRef<str>>(page: &mut String, cells: impl IntoIterator<Item = C>) {
    page.push('|');
    for cell in cells {
        write!(page, " {} |", cell.as_ref()).expect("a string takes everything");
    }
    page.push('\n');
}

/// Formats whole numbers with separated thousands, others with two decimals.
fn number(figure: f64) -> String {
    if figure.fract() != 0.0 {
        return format!("{figure:.2}");
    }
    let text = separated(&format!("{:.0}", figure.abs()));
    if figure < 0.0 { format!("-{text}") } else { text }
}

/// `1,000,000`.
#[must_use]
pub fn with_separators(count: usize) -> String {
    separated(&count.to_string())
}

fn separated(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A whole number as a figure. Nothing that is counted here comes near 2⁵³.
#[allow(clippy::cast_precision_loss, reason = "as said")]
#[must_use]
pub fn figure(count: usize) -> f64 {
    count as f64
}

/// Prints a program's tables: as Markdown, or with `--json` as JSON for `report`.
///
/// # Panics
///
/// If standard output is gone.
pub fn print(tables: &[Table]) {
    if std::env::args().any(|argument| argument == "--json") {
        println!("{}", serde_json::to_string(tables).expect("tables are plain data"));
    } else {
        for table in tables {
            println!("{}", table.markdown());
        }
    }
}
