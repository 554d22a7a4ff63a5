//! What messages of the session are made of: offered when something like it is begun.

use crate::output::sanitize;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most keys, and the longest one in bytes.
const KEYS: (usize, usize) = (500, 64);

/// The most messages, and the longest one in bytes.
const MESSAGES: (usize, usize) = (200, 512);

/// The most bytes that are looked at in each [`SPAN`]; a message beyond that passes unseen.
const ATTENTION: usize = 128 << 10;

/// How long [`ATTENTION`] lasts.
const SPAN: Duration = Duration::from_secs(1);

/// JSON keys and short messages, newest last. Clones share them.
#[derive(Clone, Default)]
pub(in crate::interactive) struct CompletionIndex(Arc<Mutex<Words>>);

#[derive(Default)]
struct Words {
    keys: Recent,
    messages: Recent,
    looked_at: usize,
    since: Option<Instant>,
}

impl CompletionIndex {
    /// Looks at a message, unless it has looked at enough of late.
    pub(in crate::interactive) fn learn(&self, message: &str) {
        let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if words.has_time_for(message.len(), Instant::now()) {
            words.learn(message);
        }
    }

    /// Keys that begin so, newest first.
    pub(in crate::interactive) fn keys(&self, begun: &str) -> Vec<String> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        words.keys.beginning(begun)
    }

    /// Messages that begin so and are longer, newest first.
    pub(in crate::interactive) fn messages(&self, begun: &str) -> Vec<String> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        words.messages.beginning(begun)
    }
}

impl Words {
    fn has_time_for(&mut self, length: usize, now: Instant) -> bool {
        if self.since.is_none_or(|since| now >= since + SPAN) {
            self.since = Some(now);
            self.looked_at = 0;
        }
        let fits = self.looked_at + length <= ATTENTION;
        if fits {
            // Even the shortest takes its time.
            self.looked_at += length.max(64);
        }
        fits
    }

    fn learn(&mut self, message: &str) {
        if message.starts_with(['{', '['])
            && let Ok(value) = serde_json::from_str::<Value>(message)
        {
            self.learn_keys(&value);
        }
        self.messages.add(message, MESSAGES);
    }

    fn learn_keys(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    self.keys.add(key, KEYS);
                    self.learn_keys(value);
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    self.learn_keys(element);
                }
            }
            _ => {}
        }
    }
}

/// Different texts in the order in which they were last seen.
#[derive(Default)]
struct Recent(VecDeque<String>);

impl Recent {
    /// Adds what may be put on a terminal as it is.
    fn add(&mut self, text: &str, (count, longest): (usize, usize)) {
        if text.is_empty() || text.len() > longest || text.contains(sanitize::steers) {
            return;
        }
        match self.0.iter().rposition(|known| known == text) {
            Some(index) => {
                if let Some(known) = self.0.remove(index) {
                    self.0.push_back(known);
                }
            }
            None => {
                if self.0.len() == count {
                    self.0.pop_front();
                }
                self.0.push_back(text.to_owned());
            }
        }
    }

    fn beginning(&self, begun: &str) -> Vec<String> {
        let longer = |text: &&String| text.len() > begun.len() && text.starts_with(begun);
        self.0.iter().rev().filter(longer).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_at_any_depth_and_whole_messages_are_known() {
        let vocabulary = CompletionIndex::default();
        vocabulary.learn(r#"{"channel":[{"chapter":1}],"op":"a"}"#);
        vocabulary.learn("changes");
        assert_eq!(vocabulary.keys("cha"), ["chapter", "channel"]);
        assert_eq!(vocabulary.keys("op"), [""; 0], "nothing is left to offer");
        assert_eq!(vocabulary.messages("ch"), ["changes"]);
    }

    #[test]
    fn what_would_steer_the_terminal_is_never_offered() {
        let vocabulary = CompletionIndex::default();
        for hostile in ["x\u{1b}[8m", "x\u{202e}y", "x\ny", r#"{"x\u001b[2J":1}"#] {
            vocabulary.learn(hostile);
        }
        assert_eq!(vocabulary.keys("x"), [""; 0]);
        assert_eq!(vocabulary.messages("x"), [""; 0]);
    }

    #[test]
    fn it_is_bounded_and_keeps_the_newest() {
        let mut words = Words::default();
        for number in 0..1000 {
            words.learn(&format!("{{\"k{number}\":1}}"));
        }
        assert_eq!(
            (words.keys.0.len(), words.messages.0.len()),
            (KEYS.0, MESSAGES.0)
        );
        assert_eq!(words.keys.0.back().map(String::as_str), Some("k999"));
        words.learn(&"x".repeat(MESSAGES.1 + 1));
        assert_eq!(words.messages.beginning("x"), [""; 0]);
    }

    #[test]
    fn a_flood_gets_a_bounded_share_of_attention() {
        let mut words = Words::default();
        let start = Instant::now();
        let seen = (0..100_000)
            .filter(|_| words.has_time_for(100, start))
            .count();
        assert_eq!(seen, ATTENTION / 100);
        assert!(
            !words.has_time_for(ATTENTION + 1, start + SPAN),
            "too large"
        );
        assert!(words.has_time_for(100, start + SPAN));
    }
}
