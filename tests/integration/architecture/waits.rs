//! A law of the tests.

use super::exceptions::hold;
use super::source::files;

/// A wait without a bound turns a failing test into one that hangs. The harness has bounded ones:
/// `channel`, `Task`, `wait_or_kill`, `output_of`.
#[test]
fn no_test_waits_without_a_bound() {
    let unbounded = [
        ("mpsc::channel", ".recv()"),
        ("thread::spawn", ".join()"),
        ("Command", "child.wait()"),
        ("Command", ".output()"),
    ];
    let mut wrong = Vec::new();
    for file in files("tests/integration") {
        if file.path.contains("/harness/") || file.path.contains("/architecture/") {
            continue;
        }
        let stands = |part: &str| file.text.contains(part);
        let found = unbounded
            .iter()
            .filter(|(made_by, wait)| stands(made_by) && stands(wait));
        wrong.extend(found.map(|(_, wait)| format!("{}: {wait}", file.path)));
    }
    hold("use the harness's waits", wrong, &[]);
}
