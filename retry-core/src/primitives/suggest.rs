//! The name nearest to a mistyped one: at run time, as the macros' `suggest.rs` does at compile time.

/// "; did you mean `max_retries`?", or nothing if no candidate is near: at most a third of the letters
/// may differ.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest(name, candidates)
        .map_or_else(String::new, |candidate| format!("; did you mean `{candidate}`?"))
}

/// The candidate nearest to `name`, if one is near enough.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = name.chars().count();
    let allowed = allowed(length);
    candidates
        .into_iter()
        // A cheap test first: the distance takes time in the product of both lengths.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of letters that may differ from a name of `length` letters.
pub(crate) fn allowed(length: usize) -> usize {
    (length / 3).max(1)
}
