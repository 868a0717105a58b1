//! What `#[retry]` makes of each form of function, one file a form beside this one: read them to
//! learn. `UPDATE_EXPECT=1 cargo test -p persevere-macros` blesses.

#[cfg(feature = "tasks")]
mod tasks;

use std::fmt::Write as _;

use expect_test::{ExpectFile, expect_file};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::{derive, expand};

/// The expansion of `item` under `#[retry(args)]`, laid out to be read.
fn expanded(args: &str, item: &str) -> String {
    shown(args, item, &output(args, item))
}

/// `output`, laid out to be read, behind what it was made of.
fn shown(args: &str, item: &str, output: &TokenStream) -> String {
    let attribute =
        if args.is_empty() { "#[retry]".to_owned() } else { format!("#[retry({args})]") };
    let mut page = String::from("// What is written:\n//\n");
    for line in attribute.lines().chain(item.lines()) {
        writeln!(page, "{}", format!("// {line}").trim_end()).expect("a string takes any text");
    }
    page + "//\n// What it becomes, with `p` for `__persevere`:\n\n" + &laid_out(output)
}

fn output(args: &str, item: &str) -> TokenStream {
    expand::retry_as(parsed(args), parsed(item), false)
}

fn parsed(text: &str) -> TokenStream {
    text.parse().expect("the case is made of tokens")
}

fn laid_out(output: &TokenStream) -> String {
    let short = output.to_string().replace("__persevere", "p");
    let file = syn::parse_file(&short).expect("the expansion is made of items");
    prettyplease::unparse(&file)
}

/// A form: the file that holds its expansion, the arguments and the item.
struct Case {
    file: ExpectFile,
    args: &'static str,
    item: &'static str,
}

fn case(file: ExpectFile, args: &'static str, item: &'static str) -> Case {
    Case { file, args, item: item.trim() }
}

fn cases() -> impl Iterator<Item = Case> {
    forms().into_iter().chain(layers()).chain(keys())
}

/// Every form of function.
fn forms() -> Vec<Case> {
    vec![
        case(
            expect_file!["async_fn.rs"],
            "on = _",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    get(url).await\n}",
        ),
        case(
            expect_file!["blocking_fn.rs"],
            "",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["documented.rs"],
            "on = _",
            "/// Fetches.\npub async fn fetch(url: &str) -> Result<u32, Error> {\n    \
                 get(url).await\n}",
        ),
        case(
            expect_file!["option.rs"],
            "on = _",
            "async fn find(key: u32) -> Option<u32> {\n    lookup(key).await\n}",
        ),
        case(
            expect_file!["unique_self.rs"],
            "",
            "pub async fn send(&mut self, log: &mut Vec<u32>) -> Result<u32, Error> {\n    \
                 self.calls += 1;\n    log.push(self.calls);\n    self.get().await\n}",
        ),
        case(
            expect_file!["owned_arguments.rs"],
            "clone(body)",
            "async fn send(url: String, body: Vec<u8>, mut left: u32) -> Result<u32, Error> {\n    \
                 left -= 1;\n    post(&url, body, left).await\n}",
        ),
        case(
            expect_file!["owned_arguments_blocking.rs"],
            "clone(self, body)",
            "fn send(self, body: Vec<u8>, (mut left, _): (u32, u32)) -> Result<u32, Error> {\n    \
                 left -= 1;\n    self.post(body, left)\n}",
        ),
        case(
            expect_file!["used_arguments.rs"],
            "",
            "async fn send(url: Url, order: Order) -> Result<u32, Error> {\n    \
                 post(url, order.id, order.items).await\n}",
        ),
        case(
            expect_file!["used_arguments_blocking.rs"],
            "",
            "fn send(url: Url, order: Order) -> Result<u32, Error> {\n    \
                 post(url, order.finish())\n}",
        ),
        case(
            expect_file!["impl_trait.rs"],
            "",
            "fn rows(table: &str) -> Result<impl Iterator<Item = u32> + use<>, Error> {\n    \
                 Ok(0..count(table)?)\n}",
        ),
        case(
            expect_file!["future.rs"],
            "",
            "fn fetch(url: &str) -> impl Future<Output = Result<u32, Error>> + Send {\n    \
                 let url = url.trim();\n    async move { get(url).await }\n}",
        ),
        case(
            expect_file!["boxed_future.rs"],
            "",
            "fn fetch(url: &str) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + '_>> {\n    \
                 Box::pin(async move { get(url).await })\n}",
        ),
        case(expect_file!["async_trait.rs"], "clone(key)", ASYNC_TRAIT),
    ]
}

/// The layers, on a short function.
fn layers() -> Vec<Case> {
    vec![
        case(
            expect_file!["layers.rs"],
            "budget = BUDGET, breaker = BREAKER, timeout = \"2s\"",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    get(url).await\n}",
        ),
        case(
            expect_file!["upstream.rs"],
            "upstream = PAYMENTS, breaker = false, context = attempt",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    get(url).await\n}",
        ),
        case(
            expect_file!["upstream_blocking.rs"],
            "upstream = PAYMENTS",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["bulkhead.rs"],
            "bulkhead = BULKHEAD, deadline = \"30s\", on_give_up = note, fallback = cached",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    get(url).await\n}",
        ),
        case(
            expect_file!["hedge.rs"],
            "hedge(after = \"p95\", max = 2), budget = BUDGET, timeout = \"2s\", clone(key)",
            "async fn fetch(url: &str, key: String) -> Result<u32, Error> {\n    \
                 get(url, key).await\n}",
        ),
        case(
            expect_file!["hedge_context.rs"],
            "hedge = \"200ms\", context = attempt",
            "async fn fetch(urls: [&str; 2]) -> Result<u32, Error> {\n    \
                 get(urls[attempt.hedge() as usize]).await\n}",
        ),
    ]
}

/// Every other key, on a short function.
fn keys() -> Vec<Case> {
    vec![
        case(
            expect_file!["policy.rs"],
            "policy = \"aggressive\", max_retries = 3, max_delay = \"1m30s\", jitter = \"full\"",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["policy_at_run_time.rs"],
            "policy = PAYMENTS, max_retries = left, exponential_base = growth()",
            "fn fetch(url: &str, left: u32) -> Result<u32, Error> {\n    get(url, left)\n}",
        ),
        case(
            expect_file!["throttled.rs"],
            "throttled = \"aggressive\"",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["on_pattern.rs"],
            "on = Error::Busy | Error::Status(code) if is_ours(code), unless = Error::Status(501)",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["also.rs"],
            "also = Error::Locked, breaker = BREAKER",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["on_types.rs"],
            "on = [TimeoutError, io::Error]",
            "fn fetch(url: &str) -> anyhow::Result<u32> {\n    get(url)\n}",
        ),
        case(
            expect_file!["when.rs"],
            "on = Error::Status(_), when = |error| error.is_ours(url)",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["on_ok.rs"],
            "on_ok = Status::Pending",
            "fn poll(job: u32) -> Result<Status, Error> {\n    status(job)\n}",
        ),
        case(
            expect_file!["on_ok_used_up.rs"],
            "on_ok = Status::Pending { eta } => Err(Error::Late(*eta)), fallback = |_| Ok(Status::Done)",
            "fn poll(job: u32) -> Result<Status, Error> {\n    status(job)\n}",
        ),
        case(
            expect_file!["limits.rs"],
            "timeout = \"2s\", deadline = \"30s\"",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    get(url).await\n}",
        ),
        case(
            expect_file!["context.rs"],
            "context = attempt",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    \
                 get(url, attempt.number()).await\n}",
        ),
        case(
            expect_file!["hooks.rs"],
            "on_retry = note, on_give_up = |event| eprintln!(\"{event}\"), on_success = note, \
             name = \"billing\", id = order.id",
            "async fn pay(order: &Order) -> Result<u32, Error> {\n    send(order).await\n}",
        ),
        case(
            expect_file!["fallback.rs"],
            "fallback = |_| Ok(0)",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["sleep.rs"],
            "sleep = runtime::sleep",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    get(url).await\n}",
        ),
        case(
            expect_file!["crate_path.rs"],
            "crate = crate::platform::persevere",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
        case(
            expect_file!["impl_block.rs"],
            "policy = \"conservative\", on = _",
            "impl Client {\n    #[retry]\n    fn fetch(&self) -> Result<u32, Error> {\n        \
                 self.get()\n    }\n\n    #[retry(max_retries = 9, on = Error::Busy)]\n    \
                 fn send(&self) -> Result<u32, Error> {\n        self.post()\n    }\n\n    \
                 fn name(&self) -> &str {\n        &self.name\n    }\n}",
        ),
    ]
}

/// A method as `#[async_trait]` hands it on.
const ASYNC_TRAIT: &str = "
fn put<'life0, 'async_trait>(
    &'life0 mut self,
    key: String,
    mut left: u32,
) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'async_trait>>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        if let Some(__ret) = None::<Result<u32, Error>> {
            return __ret;
        }
        let mut __self = self;
        let key = key;
        let mut left = left;
        let __ret: Result<u32, Error> = {
            left -= 1;
            __self.post(key, left).await
        };
        __ret
    })
}";

const ERROR: &str = "
enum Error {
    #[retry(transient)]
    Busy,
    #[retry(throttled, after = wait)]
    Limited { wait: Duration },
    #[retry(forward)]
    Io(io::Error),
    #[retry(when = is_deadlock)]
    Database(u32),
    #[retry(permanent)]
    BadInput(String),
}";

#[test]
fn each_form_expands_as_blessed() {
    for Case { file, args, item } in cases() {
        file.assert_eq(&expanded(args, item));
    }
}

/// In a build with the feature `chaos`.
#[test]
fn attempts_that_may_be_broken_expand_as_blessed() {
    let cases = [
        case(
            expect_file!["chaos.rs"],
            "upstream = PAYMENTS, timeout = false",
            "async fn fetch(url: &str) -> Result<u32, Error> {\n    get(url).await\n}",
        ),
        case(
            expect_file!["chaos_blocking.rs"],
            "sleep = rest",
            "fn fetch(url: &str) -> Result<u32, Error> {\n    get(url)\n}",
        ),
    ];
    for Case { file, args, item } in cases {
        let output = expand::retry_as(parsed(args), parsed(item), true);
        file.assert_eq(&shown(args, item, &output));
    }
}

#[test]
fn the_derive_expands_as_blessed() {
    let page = format!(
        "// What `#[derive(Classify)]` makes of `enum Error`, with `p` for `__persevere`:\n\n{}",
        laid_out(&derive::classify(parsed(ERROR)))
    );
    expect_file!["derive.rs"].assert_eq(&page);
}

/// What a stream names by itself: the first word of each path, with where it leads.
fn starts_of_paths(tokens: TokenStream, starts: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |index: usize, mark: char| matches!(tokens.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    for (index, token) in tokens.iter().enumerate() {
        let before = |steps: usize, mark| index.checked_sub(steps).is_some_and(|at| is(at, mark));
        let follows_colons = before(1, ':') && before(2, ':');
        match token {
            // Attributes name lints, and the list of a `use` goes on with its path.
            TokenTree::Group(group)
                if before(1, '#') && group.delimiter() == Delimiter::Bracket || follows_colons => {}
            TokenTree::Group(group) => starts_of_paths(group.stream(), starts),
            TokenTree::Ident(word) if !before(1, '.') || before(2, '.') => {
                let is_first = index < 3
                    || !matches!(&tokens[index - 3], TokenTree::Ident(word) if word != "as" && word != "use")
                        && !is(index - 3, '>');
                match follows_colons {
                    true if is_first => starts.push(format!("::{word}")),
                    true => {}
                    false => starts.push(word.to_string()),
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The words that the expansion adds to those of the user.
fn added(args: &str, item: &str) -> Vec<String> {
    /// Of a pattern whose type is the library's.
    const FIELDS: &[&str] = &["outcome", "rejected", "verdict"];
    const KEYWORDS: &[&str] = &[
        "_", "as", "async", "await", "break", "const", "else", "false", "fn", "for", "if", "impl",
        "in", "let", "loop", "match", "mut", "ref", "return", "self", "static", "trait", "true",
        "use",
    ];
    let (mut own, mut all) = (Vec::new(), Vec::new());
    starts_of_paths(parsed(args), &mut own);
    starts_of_paths(parsed(item), &mut own);
    starts_of_paths(output(args, item), &mut all);
    let is_own = |word: &String| {
        own.contains(word)
            || KEYWORDS.contains(&word.as_str())
            || word.starts_with("__")
            || FIELDS.contains(&word.as_str())
            || word == "SITE"
    };
    all.retain(|word| !is_own(word));
    all.sort();
    all.dedup();
    all
}

#[test]
fn the_expansion_names_only_what_is_private_to_the_library() {
    for Case { args, item, .. } in cases() {
        let added = added(args, item);
        let expected: &[&str] =
            if args.contains("crate") || item.starts_with("impl") { &[] } else { &["::persevere"] };
        assert_eq!(added, expected, "in #[retry({args})] {item}");
        let text = output(args, item).to_string();
        // It does so in one place, as the first thing in its scope.
        let count = |words: &str| text.matches(words).count();
        assert_eq!(
            count(":: persevere ::"),
            count(":: persevere :: __private_0_1_0 as __persevere")
        );
        assert_eq!(count(":: persevere ::"), usize::from(!item.starts_with("impl")));
    }
}
