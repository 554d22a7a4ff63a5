//! The order of options: each has its values for itself, and two of them may belong together.

use clap::parser::ArgMatches;

/// The values of two options as they were given.
pub(super) fn as_given<T>(
    matches: &ArgMatches,
    (one, ones): (&str, impl Iterator<Item = T>),
    (other, others): (&str, impl Iterator<Item = T>),
) -> Vec<T> {
    let places = |id| matches.indices_of(id).into_iter().flatten();
    let mut all: Vec<(usize, T)> = places(one).zip(ones).collect();
    all.extend(places(other).zip(others));
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, value)| value).collect()
}
