// What `#[derive(Classify)]` makes of `enum Error`, with `p` for `__persevere`:

const _: () = {
    use ::persevere::__private_0_1_0 as p;
    #[automatically_derived]
    impl p::Classify for Error {
        fn classify(&self) -> p::Verdict {
            #[allow(unused_variables, clippy::match_single_binding)]
            match *self {
                Self::Busy {} => p::Verdict::TRANSIENT,
                Self::Limited { wait: ref __field0 } => {
                    p::after(p::Verdict::THROTTLED, &*__field0)
                }
                Self::Io { 0: ref __field0 } => p::forwarded(&*__field0),
                Self::Database { 0: ref __field0 } => p::when(is_deadlock, &*__field0),
                Self::BadInput { 0: ref __field0 } => p::Verdict::PERMANENT,
            }
        }
    }
};
