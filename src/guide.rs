//! The guides, which are also in the folder `docs` of the repository.
//!
//! | guide | answers |
//! |---|---|
//! | [`recipes`] | how a whole job is written: polling, transactions, reconnecting, tests and others |
//! | [`in_production`] | which settings for what, what to alert on, what to do in an incident |
//! | [`durable_tasks`] | how work outlives its process: define, enqueue, run, test, deploy, watch |
//! | [`coming_from`] | how code for another retry library is written here, and what differs |
//! | [`storm`] | what retries do to a server in an outage, and what helps |
//! | [`performance`] | what an annotated function costs, beside other libraries |
//! | [`performance_of_tasks`] | what durable tasks cost, beside other queues |
//! | [`messages`] | what the compiler says to each mistake in an attribute |

// Each guide names its links' targets at its end, as paths in the repository. Where a name is
// defined twice, Markdown takes the first definition: the ones written here, above a guide, lead to
// the pages of this documentation instead.

/// [idempotency]: crate::_guide::in_production#idempotency
/// [reconnecting]: crate::_guide::in_production#reconnecting
#[doc = include_str!("../docs/recipes.md")]
pub mod recipes {}

/// [storm]: storm
/// [budget]: crate::budget
#[doc = include_str!("../docs/in-production.md")]
pub mod in_production {}

#[doc = include_str!("../docs/durable-tasks.md")]
pub mod durable_tasks {}

/// [`Policy`]: crate::Policy
/// [tasks]: crate::_guide::durable_tasks
#[doc = include_str!("../docs/coming-from.md")]
pub mod coming_from {}

/// [budget]: crate::budget
#[doc = include_str!("../docs/storm-pictures.md")]
#[doc = include_str!("../docs/storm.md")]
pub mod storm {}

#[doc = include_str!("../docs/performance-pictures.md")]
#[doc = include_str!("../docs/performance.md")]
pub mod performance {}

#[doc = include_str!("../docs/performance-of-tasks.md")]
pub mod performance_of_tasks {}

#[doc = include_str!("../docs/messages.md")]
pub mod messages {}
