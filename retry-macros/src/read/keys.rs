//! The table of keys.

use syn::LitBool;
use syn::Path;

use super::entry::Entry;
use super::hedge::Hedge;
use super::layer;
use super::matcher::Matcher;
use super::policy;
#[cfg(feature = "tasks")]
use super::task;
use super::values::Values;

/// One key.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// A value that it could have.
    pub(crate) example: &'static str,
    pub(super) form: Form,
    pub(super) read: fn(&mut Values, &mut Entry<'_>) -> syn::Result<()>,
}

impl Key {
    /// It with the value that it could have.
    pub(super) fn written(&self) -> String {
        let Self { name, example, form, .. } = self;
        match form {
            Form::List => format!("{name}{example}"),
            Form::Value | Form::ValueOrList => format!("{name} = {example}"),
        }
    }

    /// Whether `key = false` drops what an `impl` block or an upstream gives. Of the others, `false` is a
    /// value of their own, or nothing gives them.
    pub(super) fn can_be_dropped(&self) -> bool {
        const NOT: [&str; 9] =
            ["on", "unless", "also", "on_ok", "id", "clone", "name", "doc", "crate"];
        !NOT.contains(&self.name) && OF_RETRY.iter().any(|key| key.name == self.name)
    }
}

/// How a key and its value are written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// `key = value`
    Value,
    /// `key(part, …)`
    List,
    /// `key = value` or `key(part, …)`
    ValueOrList,
}

/// A row a key: its name, an example of its value, where the value is kept, and what reads it.
macro_rules! table {
    ($($name:literal $form:ident $example:literal => $($field:ident).+ : $read:expr;)*) => {
        &[$(Key {
            name: $name,
            example: $example,
            form: Form::$form,
            read: |values, entry| {
                values.$($field).+ = Some(entry.keyed($read)?);
                Ok(())
            },
        }),*]
    };
}

/// The keys of a retried function, in the order in which messages list them.
pub(super) const OF_RETRY: &[Key] = table! {
    "policy" Value "\"aggressive\"" => policy: policy::base;
    "max_retries" Value "3" => fields.max_retries: policy::count;
    "base_delay" Value "\"250ms\"" => fields.base_delay: policy::short_delay;
    "max_delay" Value "\"30s\"" => fields.max_delay: policy::delay;
    "exponential_base" Value "2.0" => fields.exponential_base: policy::exponential_base;
    "jitter" Value "\"full\"" => fields.jitter: policy::jitter;
    "reset_after" Value "\"1min\"" => fields.reset_after: policy::short_delay;
    "on" Value "Error::Timeout" => on: Matcher::read;
    "unless" Value "Error::BadInput" => unless: Matcher::read;
    "also" Value "Error::Locked" => also: Matcher::read;
    "when" Value "Error::is_transient" => when: Entry::parse;
    "on_ok" Value "Status::Pending" => on_ok: Matcher::pattern;
    "throttled" Value "\"aggressive\"" => throttled: policy::base;
    "timeout" Value "\"2s\"" => timeout: policy::short_delay;
    "deadline" Value "\"30s\"" => deadline: policy::short_delay;
    "upstream" Value "PAYMENTS" => upstream: |entry| layer::UPSTREAM.shared(entry.setting()?);
    "budget" Value "BUDGET" => budget: |entry| layer::BUDGET.shared(entry.setting()?);
    "breaker" Value "BREAKER" => breaker: |entry| layer::BREAKER.shared(entry.setting()?);
    "bulkhead" Value "BULKHEAD" => bulkhead: |entry| layer::BULKHEAD.shared(entry.setting()?);
    "hedge" ValueOrList "\"200ms\"" => hedge: Hedge::read;
    "context" Value "attempt" => context: |entry| {
        entry.parse_or("expected a name, such as `context = attempt`")
    };
    "clone" List "(url)" => clone: Entry::arguments;
    "on_retry" Value "|event| println!(\"{event}\")" => on_retry: Entry::parse;
    "on_give_up" Value "|event| println!(\"{event}\")" => on_give_up: Entry::parse;
    "on_success" Value "|event| println!(\"{event}\")" => on_success: Entry::parse;
    "fallback" Value "|error| Ok(cached)" => fallback: Entry::parse;
    "name" Value "\"billing\"" => name: |entry| {
        entry.parse_or("expected a string, such as `name = \"billing\"`")
    };
    "id" Value "order.id" => id: Entry::parse;
    "sleep" Value "my_runtime::sleep" => sleep: Entry::parse;
    "doc" Value "false" => doc: |entry| {
        let on: LitBool = entry.parse_or("expected `true` or `false`: `doc = false`")?;
        Ok(on.value)
    };
    "crate" Value "::persevere" => krate: |entry| {
        entry.or(Path::parse_mod_style, "expected a path, such as `crate = ::persevere`")
    };
};

/// The keys that a task has besides.
#[cfg(feature = "tasks")]
pub(super) const OF_TASK: &[Key] = table! {
    "queue" Value "\"evaluations\"" => task.queue: task::text;
    "formerly" Value "[\"evaluate\"]" => task.formerly: task::names;
    "version" Value "2" => task.version: task::version;
    "from" Value "EvaluateCodeV1" => task.from: task::earlier;
    "args" Value "EvaluateCode" => task.args: task::args;
    "keep" Value "\"7d\"" => task.keep: policy::delay;
    "unique" Value "eval_id" => task.unique: task::unique;
    "priority" Value "high" => task.priority: task::priority;
    "max_crashes" Value "3" => task.max_crashes: |entry| {
        policy::whole_number(
            entry,
            "`max_crashes` is a whole number from 0 to 4294967295: how often an attempt may take \
             its worker with it",
        )
    };
};
