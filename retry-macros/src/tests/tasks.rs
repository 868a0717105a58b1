//! What `#[task]` makes of functions, one file a case beside this one, as those of `#[retry]`.

use std::fmt::Write as _;

use expect_test::{ExpectFile, expect_file};

use super::{laid_out, parsed};
use crate::expand;

struct Case {
    file: ExpectFile,
    keys: &'static str,
    item: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |file, keys, item: &'static str| Case { file, keys, item: item.trim() };
    vec![
        case(
            expect_file!["task_plain.rs"],
            "",
            "async fn evaluate_code(client: &Client, attempt: &Attempt, eval_id: String, code: String) \
             -> Result<Report, EvalError> {\n    client.evaluate(&eval_id, &code).await\n}",
        ),
        case(
            expect_file!["task_keys.rs"],
            "queue = \"evaluations\", name = \"evaluate\", formerly = [\"eval\"], version = 3, \
             from = [EvaluateV2, EvaluateV1], keep = \"7d\", unique = eval_id, priority = high, \
             max_crashes = 1, policy = \"aggressive\", on = EvalError::Busy(_), timeout = \"30s\", \
             deadline = \"1h\", budget = BUDGET, breaker = BREAKER, bulkhead = BULKHEAD, id = eval_id",
            "/// Evaluates.\npub async fn evaluate_code(\n    client: &Client,\n    /// The evaluation.\n    \
             eval_id: String,\n    #[serde(default)] code: String,\n) -> Result<Report, EvalError> {\n    \
             client.evaluate(&eval_id, &code).await\n}",
        ),
        case(
            expect_file!["task_blocking.rs"],
            "on_ok = Report::Pending, on_retry = note, on_success = |event| println!(\"{event}\")",
            "fn evaluate_code(db: &Db, eval_id: String) -> io::Result<Report> {\n    \
             db.evaluate(&eval_id)\n}",
        ),
        case(
            expect_file!["task_upstream.rs"],
            "upstream = PAYMENTS, breaker = false, max_retries = 9",
            "async fn charge(bank: &Bank, order: u64) -> Result<Receipt, BankError> {\n    \
             bank.charge(order).await\n}",
        ),
        case(
            expect_file!["task_args.rs"],
            "on = _, args = EvaluateCode, unique = task.eval_id, crate = crate::platform::persevere",
            "async fn evaluate_code(client: &Client, task: EvaluateCode) -> Option<Report> {\n    \
             client.evaluate(task).await\n}",
        ),
    ]
}

/// In one place for the code, and before it where the struct is derived.
#[test]
fn an_expansion_names_only_what_is_private_to_the_library() {
    for Case { keys, item, .. } in cases() {
        let text = expand::task(parsed(keys), parsed(item)).to_string();
        let named =
            if keys.contains("crate") { "crate :: platform :: persevere" } else { ":: persevere" };
        let all = text.matches(&format!("{named} :: ")).count();
        let private = text.matches(&format!("{named} :: __tasks_0_1_0")).count();
        let derived = if keys.contains("args") { 0 } else { 2 };
        assert_eq!((all, private), (1 + derived, 1 + derived), "in #[task({keys})] {item}");
    }
}

#[test]
fn each_task_expands_as_blessed() {
    for Case { file, keys, item } in cases() {
        let mut page = String::from("// What is written:\n//\n");
        for line in format!("#[task({keys})]\n{item}").lines() {
            writeln!(page, "{}", format!("// {line}").trim_end()).expect("a string takes any text");
        }
        let output = expand::task(parsed(keys), parsed(item));
        page += "//\n// What it becomes, with `p` for `__persevere`:\n\n";
        page += &laid_out(&output);
        file.assert_eq(&page);
    }
}
