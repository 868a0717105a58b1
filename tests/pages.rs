//! The pages of the documentation, whose examples run as doctests of this package.

/// Pages whose examples are run as this crate's doctests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../docs/recipes.md")]
    struct Recipes;

    #[doc = include_str!("../docs/in-production.md")]
    struct InProduction;

    #[doc = include_str!("../docs/durable-tasks.md")]
    struct DurableTasks;

    #[doc = include_str!("../docs/coming-from.md")]
    struct ComingFrom;

    #[doc = include_str!("../docs/performance.md")]
    struct Performance;

    #[doc = include_str!("../retry-macros/retry.md")]
    struct Attribute;

    #[doc = include_str!("../retry-macros/classify.md")]
    struct Derive;

    #[doc = include_str!("../retry-macros/task.md")]
    struct Task;

    #[doc = include_str!("../retry-macros/provide.md")]
    struct Provide;
}
