//! What is the user's stays as it was written, where it was written: under every mistake the whole
//! item, and in half-typed functions each token of the body.

use proc_macro2::{Delimiter, LineColumn, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::select;

use crate::expand;
use crate::read::RETRY;

fn parsed(text: &str) -> TokenStream {
    text.parse().expect("the case is made of tokens")
}

/// A token that is no group, and where it starts in the text it was read from.
#[derive(Clone, Debug, PartialEq)]
struct Placed {
    text: String,
    start: LineColumn,
    end: LineColumn,
}

/// Every token, the delimiters of groups among them.
fn flat(tokens: TokenStream, all: &mut Vec<Placed>) {
    for token in tokens {
        let placed = |text: &str, span: proc_macro2::Span| Placed {
            text: text.to_owned(),
            start: span.start(),
            end: span.end(),
        };
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                all.push(placed(open, group.span_open()));
                flat(group.stream(), all);
                all.push(placed(close, group.span_close()));
            }
            token => all.push(placed(&token.to_string(), token.span())),
        }
    }
}

fn placed(tokens: TokenStream) -> Vec<Placed> {
    let mut all = Vec::new();
    flat(tokens, &mut all);
    all
}

/// The first token of `part` that does not follow, in order and in its place, in `whole`.
fn missing(part: &[Placed], whole: &[Placed]) -> Option<Placed> {
    let mut whole = whole.iter();
    part.iter().find(|token| !whole.any(|other| other == *token)).cloned()
}

fn body(item: &TokenStream) -> TokenStream {
    match item.clone().into_iter().last() {
        Some(TokenTree::Group(body)) => body.stream(),
        _ => panic!("the item ends in its body"),
    }
}

fn is_refused(output: &TokenStream) -> bool {
    output.to_string().contains("compile_error")
}

const FUNCTION: &str =
    "pub async fn fetch(&mut self, id: u32, body: Vec<u8>) -> Result<u32, Error> {
    self.get(id, body).await
}";

/// Arguments that are refused on a sound function, each for a reason of its own.
const MISTAKES: &[&str] = &[
    "\"aggressive\"",
    "3",
    ",",
    "= 3",
    "polcy = \"default\"",
    "colour = 3",
    "retries = 3",
    "policy",
    "policy =",
    "policy = , on = _",
    "policy(\"default\")",
    "policy = \"brave\"",
    "policy = 3",
    "policy = \"default\" on = _",
    "policy = \"default\", policy = \"default\"",
    "throttled = \"brave\"",
    "throttled = \"default\"",
    "max_retries = -1",
    "max_retries = 1.5",
    "max_retries = 4294967296",
    "max_retries = 0, base_delay = 1",
    "base_delay = \"soon\"",
    "base_delay = 5s",
    "base_delay = -1",
    "max_delay = true",
    "max_delay = 1e300",
    "base_delay = 10, max_delay = 1",
    "exponential_base = 0.5",
    "exponential_base = \"two\"",
    "exponential_base = 2, jitter = \"decorrelated\"",
    "jitter = \"some\"",
    "jitter = \"101%\"",
    "jitter = 0.25",
    "on = *",
    "on = _ if",
    "on = |error| true",
    "on = |error: &Error| true",
    "on = []",
    "on = [\"io\"]",
    "on = [io::Error] if true",
    "unless = +",
    "also = _",
    "on = Error::Busy, also = Error::Gone",
    "when = ",
    "when = let",
    "on_ok = |value| true",
    "clone",
    "clone()",
    "clone = body",
    "clone(&body)",
    "clone(bdy)",
    "clone(body, body)",
    "clone(self)",
    "context = 3",
    "context = self",
    "name = billing",
    "doc = 3",
    "crate = \"persevere\"",
    "timeout = \"never\"",
    "deadline = -5",
    "on_retry = |",
    "fallback =",
    "sleep = .",
    "id = ",
];

#[test]
fn under_every_mistake_the_item_is_handed_back() {
    let item = placed(parsed(FUNCTION));
    assert!(!is_refused(&expand::retry(TokenStream::new(), parsed(FUNCTION))));
    for args in MISTAKES {
        let output = expand::retry(parsed(args), parsed(FUNCTION));
        assert!(is_refused(&output), "#[retry({args})] is taken");
        assert!(placed(output).ends_with(&item), "#[retry({args})] loses the function");
    }
}

/// Items that are refused under `#[retry]`, each for a reason of its own.
const REFUSED: &[&str] = &[
    "",
    "3",
    "fn",
    "fn fetch",
    "fn fetch() -> Result<u32, Error>",
    "fn fetch() -> Result<u32, Error>;",
    "fn fetch() -> Result<u32, Error> = 3",
    "fn fetch() {}",
    "fn fetch() -> () {}",
    "fn fetch() -> ! { loop {} }",
    "fn fetch() -> impl Future<Output = ()> { async {} }",
    "fn fetch() -> impl Future<Output = Result<u32, Error>> { get() }",
    "fn fetch() -> BoxFuture<'static, Option<u32>> { let x = }",
    "const fn fetch() -> Option<u32> { None }",
    "fn fetch(&mut self) -> Result<&u32, Error> { Ok(&self.0) }",
    "fn fetch<'a>(text: &'a mut str) -> Option<&'a str> { Some(text) }",
    "impl Client { fn fetch(&self) -> Option<u32> { None } }",
    "impl Client;",
    "trait Store {}",
    "mod inner { fn fetch() {} }",
    "struct Client { url: String }",
    "enum Error { Busy }",
    "static CALLS: u32 = 3;",
    "use std::io;",
    "extern \"C\" { fn fetch() -> i32; }",
    "let x = 3;",
    "macro_rules! fetch { () => {} }",
];

#[test]
fn every_refused_item_is_handed_back() {
    for item in REFUSED {
        for args in ["", "max_retries = 3", "max_retries = x +"] {
            let output = expand::retry(parsed(args), parsed(item));
            assert!(is_refused(&output), "#[retry({args})] {item} is taken");
            let kept = placed(output).ends_with(&placed(parsed(item)));
            assert!(kept, "#[retry({args})] loses {item}");
        }
    }
}

/// Signatures of each form, a body to follow.
const SIGNATURES: &[&str] = &[
    "async fn fetch(&self, id: u32) -> Result<u32, Error>",
    "pub(crate) async fn fetch(mut self, mut id: u32, log: &mut Vec<u32>) -> Option<u32>",
    "fn fetch(id: u32) -> Result<u32, Error>",
    "#[inline] unsafe extern \"C\" fn fetch<T: Into<u32>>((a, mut b): (T, T)) -> io::Result<T>",
];

/// Bodies as they are while being typed.
const HALF_TYPED: &[&str] = &[
    "",
    "self.",
    "self.client.get(id).",
    "self.client.get(id).await.map(|it| it.",
    "let x = ",
    "let x = self.get(",
    "let",
    "match id { 1 => ",
    "if id == { }",
    "id +",
    "Ok(id).and_then(|x| x.",
    "Err(Error::",
    "let Some(x) = self.get(id) else",
    "for x in self.",
    "async move { self.",
    "println!(\"{id",
    "use std::",
    "return",
    "id ?",
    "\"text\" 'a' 1.0e9 r#type 'label: loop { break 'label",
    "#[cfg",
];

/// The body with what it leaves open closed, as editors do before they ask the macro.
fn closed(half_typed: &str) -> String {
    let mut open = Vec::new();
    let mut in_text = false;
    for letter in half_typed.chars() {
        match letter {
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    let quote = if in_text { "\"" } else { "" };
    half_typed.chars().chain(quote.chars()).chain(open.into_iter().rev()).collect()
}

#[test]
fn half_typed_bodies_expand_with_each_token_in_its_place() {
    for signature in SIGNATURES {
        for half_typed in HALF_TYPED {
            let item = parsed(&format!("{signature} {{\n    {}\n}}", closed(half_typed)));
            let output = expand::retry(parsed("on = _"), item.clone());
            assert!(!is_refused(&output), "{signature} {{ {half_typed} }} is refused");
            let lost = missing(&placed(body(&item)), &placed(output));
            assert_eq!(lost, None, "in {signature} {{ {half_typed} }}");
        }
    }
}

#[test]
fn code_in_the_attribute_keeps_its_place() {
    // Behind blanks, so that no place in the function's text is like one of these.
    let args = parsed(&format!(
        "{}on = Error::Status(code) if is_ours(code), when = |error| error.is_ours(id), \
         on_retry = |event| log.note(event), id = self.names[id], base_delay = self.delay(), \
         policy = slow(self), sleep = runtime::sleep, fallback = |error| self.instead(error)",
        "\n".repeat(9)
    ));
    let output = placed(expand::retry(args.clone(), parsed(FUNCTION)));
    let is_grammar =
        |text: &str| ["=", ",", "if"].contains(&text) || RETRY.keys().any(|key| key.name == text);
    let code = placed(args).into_iter().filter(|token| !is_grammar(&token.text));
    for token in code {
        assert!(output.contains(&token), "{token:?} is lost");
    }
}

#[test]
fn the_signature_keeps_its_place() {
    for signature in SIGNATURES {
        let output =
            placed(expand::retry(parsed("on = _"), parsed(&format!("{signature} {{ get() }}"))));
        let mut own = placed(parsed(signature));
        own.retain(|token| token.text != "mut"); // moves to the attempt
        assert_eq!(missing(&own, &output), None, "in {signature}");
    }
}

proptest! {
    #[test]
    fn any_body_keeps_each_token_in_its_place(
        signature in select(SIGNATURES),
        words in proptest::collection::vec(select(&[
            "self", ".", "get", "(id)", "{ x }", "[0]", "?", ";", "let", "=", "\"{id}\"", "await",
            "match", "=>", "|", "&", "mut", "'a", "r#fn", "1.5", "::", "<", "#", "!", "return", "\n",
        ][..]), 0..20),
    ) {
        let item = parsed(&format!("{signature} {{ {} }}", words.join(" ")));
        let output = expand::retry(parsed("on = _"), item.clone());
        prop_assert!(!is_refused(&output));
        prop_assert_eq!(missing(&placed(body(&item)), &placed(output)), None);
    }

    #[test]
    fn any_text_as_arguments_is_answered(text in "[a-z_=,|&:.'\"(){}\\[\\] 0-9%]{0,40}") {
        let Ok(args) = text.parse::<TokenStream>() else { return Ok(()) };
        let output = expand::retry(args, parsed(FUNCTION));
        if is_refused(&output) {
            prop_assert!(placed(output).ends_with(&placed(parsed(FUNCTION))));
        } else {
            let item = parsed(FUNCTION);
            prop_assert_eq!(missing(&placed(body(&item)), &placed(output)), None);
        }
    }
}
