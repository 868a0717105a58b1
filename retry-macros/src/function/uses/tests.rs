use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::*;

/// What `body` uses by value of arguments called `x` and `y`.
fn uses(body: &TokenStream) -> Vec<String> {
    let arguments = ["x", "y"].map(|name| Ident::new(name, Span::call_site()));
    let names = Names::of(body.clone());
    let uses = of(body, &names, &arguments.each_ref(), &[]);
    let spelt = |it: &Use| match it.by {
        By::Value => it.place.to_string().replace(' ', ""),
        by => format!("{} {by:?}", it.place.to_string().replace(' ', "")),
    };
    uses.iter().flatten().map(spelt).collect()
}

#[test]
fn what_can_be_called_once_is_used_up_by_a_call() {
    let [once, often] = ["once", "often"].map(|name| Ident::new(name, Span::call_site()));
    let body = quote!({
        once(1)?;
        often(2)
    });
    let uses = of(&body, &Names::of(body.clone()), &[&once, &often], &[&once]);
    assert_eq!(uses.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0]);
}

macro_rules! assert_uses {
    ($({ $($body:tt)* } => $expected:expr;)*) => {$(
        assert_eq!(uses(&quote!({ $($body)* })), $expected as [&str; _], "{}", stringify!($($body)*));
    )*};
}

#[test]
fn what_is_passed_on_is_used_up() {
    assert_uses! {
        { f(x) } => ["x"];
        { a.f(1, x)?; } => ["x"];
        { S { x } } => ["x"];
        { S { a: x, ..b } } => ["x"];
        { let z = x; } => ["x"];
        { let z: T = x; } => ["x"];
        { z = x; } => ["x"];
        { return x } => ["x"];
        { loop { break x } } => ["x"];
        { for a in x {} } => ["x"];
        { x? } => ["x"];
        { x.await } => ["x"];
        { (x, [y]) } => ["x", "y"];
        { x + 1 } => ["x"];
        { a += x } => ["x"];
        { -x } => ["x"];
        { x..y } => ["x", "y"];
        { a[x] } => ["x"];
        { if a { x } else { y } } => ["x", "y"];
        { match a { A => x, B => unsafe { y } } } => ["x", "y"];
        { |a| f(x) } => ["x"];
        { async { f(x) } } => ["x"];
        { f(&g(x)) } => ["x"];
        { f(x).g().h(y) } => ["x", "y"];
    }
}

#[test]
fn what_is_looked_at_is_there_again() {
    assert_uses! {
        { f(&x, &mut y) } => [];
        { x.f() } => [];
        { x == y } => [];
        { *x } => [];
        { x[0] } => [];
        { x() } => [];
        { let _ = x; } => [];
        { let (a, _) = x; } => [];
        { let ref a = x; } => [];
        { match x { A(_) => 1 } } => [];
        { if let Some(_) = x {} } => [];
        { S { a, ..x } } => [];
        { x as u8 } => [];
        { x.a.f() } => [];
        { x = 1; } => [];
        { x += 1; } => [];
        { (x).f() } => [];
        { || x.f() } => [];
        { x::f(a.x) } => [];
        { f::<x>() } => [];
    }
}

#[test]
fn a_move_closure_uses_up_what_it_borrows() {
    assert_uses! {
        { move || x.f() } => ["x"];
        { async move { f(&x).await } } => ["x"];
        { async move { || x == y } } => ["x", "y"];
        { move |x| x.f() } => [];
        { move || x.a.f() } => [];
        { move || 1; x.f() } => [];
        { move || { let _ = x; } } => [];
    }
}

#[test]
fn another_of_the_same_name_is_not_the_argument() {
    assert_uses! {
        { let x = f(&x); g(x) } => [];
        { let x = f(x); g(x) } => ["x"];
        { { let x = 1; } f(x) } => ["x"];
        { let Some(x) = a else { return y }; f(x) } => ["y"];
        { if let Some(x) = a && f(x) { g(x) } f(y) } => ["y"];
        { if let Some(x) = a { f(x) } else { g(x) } } => ["x"];
        { while let Some(x) = a { f(x) } } => [];
        { for x in y { f(x) } } => ["y"];
        { match a { Some(x) if b => f(x), None => g(y) } } => ["y"];
        { match a { b if b == x => f(x), _ => 1 } } => ["x"];
        { |x| f(x) } => [];
        { fn g(x: u8) { f(x) } g(y) } => ["y"];
        { fn x() {} f(x) } => [];
        { f(x); use a::*; } => [];
        { { use a::b; } f(x) } => ["x"];
    }
}

#[test]
fn macros_say_nothing() {
    assert_uses! {
        { println!("{x}", x); f(y) } => ["y"];
        { Ok(json!(x)) } => [];
        { info!(%x); f(x) } => ["x"];
        { pin!(x); f(x) } => [];
        { pin!(a); f(x) } => ["x"];
    }
}

#[test]
fn what_a_condition_may_leave_out_says_nothing() {
    assert_uses! {
        { #[cfg(unix)] f(x); f(y) } => [];
        { #[cfg_attr(a, b)] f(x); } => [];
        { #[allow(a)] f(x); } => ["x"];
    }
}

#[test]
fn one_use_of_the_whole_is_enough() {
    assert_uses! {
        { f(x.a); g(x.b); f(x.a) } => ["x.a", "x.b"];
        { f(x.a.0); g(x); g(x) } => ["x"];
        { x.into(); x.map() } => ["x"];
        { x.y.into() } => ["x.y"];
    }
}

#[test]
fn some_methods_are_asked_of_the_type() {
    assert_uses! {
        { x.into_iter() } => ["x IntoIter"];
        { x.collect() } => ["x Iterator"];
        { x.map(f) } => ["x Iterator", "x Outcome"];
        { x.a.unwrap() } => ["x.a Outcome"];
        { x.into_bytes() } => ["x Owner"];
        { x.try_into() } => ["x"];
        { x.into(1) } => [];
        { x.clone().map(f) } => [];
    }
}

#[test]
fn what_is_half_typed_says_nothing() {
    assert_eq!(uses(&quote!({ f(x); let })), [""; 0]);
    assert_eq!(uses(&quote!(f(x)?; Ok(y))), ["x", "y"]);
}
