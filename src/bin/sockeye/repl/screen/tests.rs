use super::*;
use std::time::Instant;

/// Shows what the editor would, when it may.
struct Paper(Sender<String>, Typing);

impl ExternalPrinter for Paper {
    fn print(&mut self, lines: String) -> rustyline::Result<()> {
        if lines == "Enter\n" {
            self.1.is_accepted();
            self.1.is_over();
        }
        // Some tests have seen enough.
        _ = self.0.send(lines);
        Ok(())
    }
}

fn screen() -> (Screen, mpsc::Receiver<String>) {
    let (printed, paper) = mpsc::channel();
    let screen = Screen::start();
    screen.print_above(Paper(printed, screen.typing().clone()));
    (screen, paper)
}

#[test]
fn a_block_ends_with_a_line() {
    assert_eq!(end_of_line("ab\ncd\nef\n", 5), 3);
    assert_eq!(end_of_line("abcdef\ngh\n", 3), 7);
    assert_eq!(end_of_line("abcdef", 3), 6);
}

#[test]
fn lines_wait_until_a_line_is_typed_and_keep_their_order() {
    let (screen, paper) = screen();
    let many: String = (0..10_000).map(|number| format!("{number}\n")).collect();
    screen.print("first\n".to_owned());
    screen.print(many.clone());
    assert!(paper.try_recv().is_err());
    screen.typing().is_asked_for();
    screen.typing().goes_on();
    let mut shown = String::new();
    while shown.len() < many.len() + 6 {
        let block = paper.recv_timeout(Duration::from_secs(10)).expect("lines");
        assert!(block.len() <= BLOCK && block.ends_with('\n'));
        assert!(block.capacity() <= BLOCK, "{}", block.capacity());
        shown.push_str(&block);
    }
    assert_eq!(shown, format!("first\n{many}"));
}

#[test]
fn events_wait_while_much_is_to_be_shown_and_commands_do_not() {
    let (screen, paper) = screen();
    screen.print("x\n".repeat(MUCH));
    let events = screen.clone();
    let (shown, is_shown) = mpsc::channel();
    thread::spawn(move || {
        events.print_in_turn("event\n".to_owned());
        shown.send(()).expect("a reader");
    });
    assert!(is_shown.recv_timeout(Duration::from_millis(50)).is_err());
    screen.typing().is_asked_for();
    screen.typing().goes_on();
    is_shown
        .recv_timeout(Duration::from_secs(10))
        .expect("its turn");
    let last = paper.iter().find(|block| block == "event\n");
    assert!(last.is_some());
}

#[test]
fn between_two_lines_a_command_is_answered_at_once() {
    let (screen, paper) = screen();
    screen.print("answer\n".to_owned());
    screen.print_between();
    screen.typing().is_asked_for();
    screen.typing().goes_on();
    screen.print("later\n".to_owned());
    let first = paper.recv_timeout(Duration::from_secs(10));
    assert_eq!(first.as_deref(), Ok("later\n"));
}

#[test]
fn nothing_overtakes_what_the_editor_has_still_to_show() {
    let (screen, paper) = screen();
    screen.typing().is_asked_for();
    screen.typing().goes_on();
    screen.print("Enter\n".to_owned());
    let first = paper.recv_timeout(Duration::from_secs(10));
    assert_eq!(first.as_deref(), Ok("Enter\n"));
    screen.print("answer\n".to_owned());
    screen.print_between();
    assert_eq!(screen.0.queue().jobs.len(), 1);
    screen.typing().is_asked_for();
    screen.typing().goes_on();
    let second = paper.iter().find(|block| block != NOTHING);
    assert_eq!(second.as_deref(), Some("answer\n"));
}

#[test]
fn settling_waits_for_all_before_it() {
    let (screen, paper) = screen();
    screen.typing().is_asked_for();
    screen.typing().goes_on();
    screen.print("before\n".to_owned());
    screen.settle();
    assert_eq!(paper.try_recv().as_deref(), Ok("before\n"));
}

#[test]
fn settling_is_bounded_where_nothing_is_shown() {
    let (screen, _paper) = screen();
    screen.print("never\n".to_owned());
    let began = Instant::now();
    screen.settle();
    assert!(began.elapsed() >= SETTLING);
}
