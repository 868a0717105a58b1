// What is written:
//
// #[retry(upstream = PAYMENTS)]
// fn fetch(url: &str) -> Result<u32, Error> {
//     get(url)
// }
//
// What it becomes, with `p` for `__persevere`:

fn fetch(url: &str) -> Result<u32, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "fetch"), "fetch"),
            "upstream",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    const _: () = p::assert!(
        ! p::CutsAttempts(& PAYMENTS).answer(),
        "this upstream cuts attempts, which a blocking function cannot: `timeout = false`"
    );
    let __upstream = || p::upstream(&PAYMENTS);
    let __admission = p::admit_if_any_blocking(p::bulkhead_of(__upstream()), p::None);
    p::count_call(p::refused(&__admission), __upstream());
    let __within = p::within_upstream(__upstream(), p::permit_of(&__admission));
    let __budget = p::budget_of(__upstream());
    p::begin_call(p::refused(&__admission), __budget);
    let __breaker = p::breaker_of(__upstream());
    let mut __retry = p::RetrySlot::empty();
    let mut __earlier = p::None;
    loop {
        let __whole = {
            let (mut __permit, mut __rejected) = p::begin_attempt_if_any(
                p::refused(&__admission),
                __breaker,
            );
            if let p::Some(__turn) = p::take_turn_blocking(
                __upstream(),
                __rejected,
                p::None,
            ) {
                __rejected = __turn;
                p::begin_anew(&mut __permit);
            }
            let __outcome = match __rejected {
                p::None => {
                    p::attempt(|| p::hold_within(
                        &__within,
                        || -> Result<u32, Error> { { get(url) } },
                    ))
                }
                p::Some(__rejection) => {
                    p::rejected::<Result<u32, Error>>(__rejection, p::None)
                }
            };
            let (__apart, __whole) = p::parts_of(&__outcome);
            match __apart(__outcome) {
                p::Ok(__value) => {
                    p::attempt_succeeded(__permit);
                    if p::RetrySlot::is_filled(&__retry) {
                        let __policy = &p::policy(p::policy_of(__upstream()));
                        let __call = &p::Call::new(__retry_site, __policy)
                            .budget(__budget)
                            .upstream(__upstream(), &__within)
                            .rejected(__rejected);
                        p::succeeded_late(__call, &mut __retry);
                    } else {
                        p::Budget::succeeded(__budget);
                    }
                    p::completed(&__admission);
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    let __goes_on = {
                        let __policy = &p::policy(p::policy_of(__upstream()));
                        let __call = &p::Call::new(__retry_site, __policy)
                            .budget(__budget)
                            .upstream(__upstream(), &__within)
                            .rejected(__rejected)
                            .earlier({
                                #[allow(unused_imports)]
                                use p::ask::*;
                                match p::earlier_error(__whole, __rejected, &__earlier) {
                                    p::Some(__error) => {
                                        p::Some(
                                            p::Err(p::text((&&&&&p::Probe(__error)).__shown(), __error)),
                                        )
                                    }
                                    p::None => p::None,
                                }
                            });
                        let __error = &__error;
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __verdict = p::unless_refused(
                            __rejected,
                            p::classified(&*__error),
                        );
                        let __ended = __verdict;
                        p::admitted_failed(&__admission, __ended, __rejected);
                        p::attempt_failed(__permit, __ended, __rejected);
                        p::failed(
                            __call,
                            &mut __retry,
                            __verdict,
                            p::text((&&&&&p::Probe(__error)).__shown(), __error),
                        )
                    };
                    if !__goes_on {
                        let __error = p::last(__rejected, __earlier, __error);
                        break __whole(p::Err(__error));
                    }
                    p::keep(__rejected, &mut __earlier, __error);
                    __whole
                }
            }
        };
        let __is_cancelled = p::sleep_blocking_in(__retry_site, &mut __retry);
        if let p::Some(__error) = if __is_cancelled {
            p::Option::take(&mut __earlier)
        } else {
            p::None
        } {
            {
                let __policy = &p::policy(p::policy_of(__upstream()));
                let __call = &p::Call::new(__retry_site, __policy)
                    .upstream(__upstream(), &__within);
                p::cancelled(
                    __call,
                    &mut __retry,
                    {
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __error = &__error;
                        p::Some(p::text((&&&&&p::Probe(__error)).__shown(), __error))
                    },
                );
            }
            break __whole(p::Err(__error));
        }
    }
}
