//! Asks the compiler, in code that never runs, whether the first attempt leaves the arguments that the body
//! uses by value to the second, so that it answers in our words.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::stretch::Stretch;
use crate::function::uses::{By, Use};
use crate::library::private;
use crate::plan::{Argument, Handing, Plan, Words};

impl Plan {
    /// Asks that for each place that the body uses by value.
    pub(super) fn used(&self) -> TokenStream {
        let site = Span::mixed_site();
        let asked = self.arguments.iter().filter_map(|argument| {
            let conditions = &argument.conditions;
            let asked = argument.used()?;
            Some(quote_spanned!(site=> #(#conditions)* let _ = #asked;))
        });
        asked.collect()
    }

    /// What stands before a blocking attempt, and its body. A body that is a closure can be asked as a whole
    /// whether it can be called again, once nothing is found that it uses up: one of the other arguments is why.
    ///
    /// ```text
    /// if false {
    ///     return never();
    ///     let _ = <used>;
    /// }
    /// let attempted = || …;
    /// if false {
    ///     return never();
    ///     let used = ();
    ///     let used = first_used(used, <used>);
    ///     <asks `(&attempted, used)`>
    /// }
    /// ```
    pub(super) fn repeated(&self, body: TokenStream) -> (Option<TokenStream>, TokenStream) {
        let site = Span::mixed_site();
        let Some(whole) = self.whole_body() else {
            let used = self.used();
            let edge = (!used.is_empty()).then(|| self.edge(&used));
            return (edge, body);
        };
        let asked = self.arguments.iter().filter_map(|argument| {
            let conditions = &argument.conditions;
            let asked = argument.used()?;
            Some(quote_spanned! {site=>
                #(#conditions)* let __used = #private::first_used(__used, #asked);
            })
        });
        let edge = self.edge(&quote_spanned!(site=> let __used = (); #(#asked)* let _ = #whole;));
        let first = quote_spanned!(site=> let __attempted = #body; #edge);
        (Some(first), quote_spanned!(site=> __attempted))
    }

    /// Asks whether the closure can be called again, if only an argument can be why it cannot: not a copy of one.
    fn whole_body(&self) -> Option<TokenStream> {
        let is_copied =
            |it: &Argument| matches!(it.handing, Handing::Copied { .. } | Handing::Assigned { .. });
        if self.arguments.iter().any(is_copied) {
            return None;
        }
        let may_be_it = |it: &&Argument| it.may_be_used_up && !it.uses.iter().any(Use::is_whole);
        let taken: Vec<&Argument> = self.arguments.iter().filter(may_be_it).collect();
        let first = taken.first()?;
        let at = Stretch::at(first.name.span());
        let asked = match &*taken {
            [only] => only.says_used_up(),
            _ => says_one_is_used_up(&taken),
        };
        let asked = Asking { words: first.words, ..asked };
        let body = quote_spanned!(at.end()=> (&__attempted, __used));
        Some(asked.of(at, at, "Repeated", None, &body))
    }
}

impl Argument {
    /// Asks whether a place is used up: `()` if not.
    fn used(&self) -> Option<TokenStream> {
        let at = Stretch::at(self.name.span());
        let nothing = quote_spanned!(at.end()=> ());
        let first = self.uses.iter().rfold(nothing, |rest, used| used.or(at, &rest));
        // Where it is used, if that is certain, for rustc to show.
        let used = match &*self.uses {
            [] => return None,
            [only] => Stretch::over(&only.place),
            _ => at,
        };
        let import = quote_spanned!(Span::mixed_site()=> use #private::Asked as _;);
        let asked = Asking { words: self.words, ..self.says_used_up() };
        Some(asked.of(at, used, "Left", Some(&import), &first))
    }

    fn says_used_up(&self) -> Asking {
        let name = self.spelt();
        let used_up = format!("the first attempt uses `{name}` up, {NOTHING_LEFT}");
        if name == "self" && self.is_hedged {
            return Asking {
                message: format!("{used_up}: take `&self`, and clone in the body what it needs"),
                note: "bodies run at the same time".to_owned(),
                words: Words::Own,
            };
        }
        let by_reference = if name == "self" { "take `&self`" } else { "take it by reference" };
        Asking {
            message: format!("{used_up}: write `clone({name})`"),
            note: format!(
                "`#[retry(clone({name}))]` clones it for each attempt; if it is not `Clone`, \
                 {by_reference}, or make it in the body"
            ),
            words: Words::Own,
        }
    }

    /// Its name as the user knows it.
    fn spelt(&self) -> String {
        if self.name == "__self" { "self".to_owned() } else { self.name.to_string() }
    }
}

const NOTHING_LEFT: &str = "and nothing is left for the second";

/// Which of several it is, only the body knows.
fn says_one_is_used_up(arguments: &[&Argument]) -> Asking {
    let names: Vec<String> = arguments.iter().map(|it| format!("`{}`", it.spelt())).collect();
    let (last, others) = names.split_last().map_or(("", &[][..]), |(last, it)| (last, it));
    let names = format!("{} or {last}", others.join(", "));
    Asking {
        message: format!(
            "the first attempt uses {names} up, {NOTHING_LEFT}: write `clone(…)` with its name"
        ),
        note:
            "`clone(…)` clones it for each attempt; if it is not `Clone`, take it by reference, or \
               make it in the body"
                .to_owned(),
        words: Words::Own,
    }
}

/// A question whose answer is a message of ours.
struct Asking {
    message: String,
    note: String,
    words: Words,
}

impl Asking {
    /// Asks whether `value` implements the library's `bound`.
    ///
    /// ```text
    /// {
    ///     #[diagnostic::on_unimplemented(…)]
    ///     trait Again {}                               // a new one, so that its message has the name
    ///     impl<T: Left> Again for T {}
    ///     fn first_attempt<T: Again>(it: T) -> T { it }
    ///     use Asked as _;
    ///     first_attempt((&&&&ByValue(&x)).__or(()))    // `()`, if `x` is there again
    /// }
    /// ```
    fn of(
        &self,
        at: Stretch,
        required_at: Stretch,
        bound: &str,
        import: Option<&TokenStream>,
        value: &TokenStream,
    ) -> TokenStream {
        if self.words == Words::Library {
            let asked = at.call(&bound.to_lowercase(), value);
            return quote_spanned!(Span::mixed_site()=> { #import #asked });
        }
        let Self { message, note, .. } = self;
        let library = Stretch::at(Span::mixed_site()).path(bound);
        let check = at.call_own("__first_attempt", value);
        let (function, again) = (required_at.own("__first_attempt"), required_at.own("__Again"));
        quote_spanned! {Span::mixed_site()=>
            {
                #[diagnostic::on_unimplemented(
                    message = #message,
                    label = "each attempt needs its own",
                    note = #note
                )]
                trait __Again {}
                #[diagnostic::do_not_recommend]
                impl<__T: #library> __Again for __T {}
                fn #function<__T: #again>(__it: __T) -> __T {
                    __it
                }
                #import
                #check
            }
        }
    }
}

impl Use {
    /// `UsedUp`, if the body uses the place up; else `rest`.
    fn or(&self, at: Stretch, rest: &TokenStream) -> TokenStream {
        let question = match self.by {
            By::Value => "ByValue",
            By::IntoIter => "ByIntoIter",
            By::Iterator => "ByIterator",
            By::Outcome => "ByOutcome",
            By::Owner => "ByOwner",
        };
        let asked = at.call(question, &at.borrowed(&self.place.to_token_stream()));
        at.method(&quote_spanned!(at.end()=> (&&&&#asked)), "__or", rest)
    }
}
