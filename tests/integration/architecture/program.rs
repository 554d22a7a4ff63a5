//! The laws of the program.

use super::exceptions::hold;
use super::source::Crate;

/// Each answers to `main` alone.
const FRONT_ENDS: [&str; 4] = ["interactive", "pipe", "one_shot", "json_mode"];

#[test]
fn front_ends_do_not_name_each_other() {
    let program = Crate::program();
    let mut wrong = Vec::new();
    let is_front_end = |top: &String| FRONT_ENDS.contains(&top.as_str());
    for (path, module) in &program.modules {
        let Some(front_end) = path.first().filter(|top| is_front_end(top)) else {
            continue;
        };
        let named = program.modules_named_in(path);
        let named = named.iter().filter_map(|module| module.first());
        let others = named.filter(|top| is_front_end(top) && *top != front_end);
        wrong.extend(others.map(|other| format!("{} names {other}", module.file)));
    }
    hold("front ends do not know each other", wrong, &[]);
}

#[test]
fn only_the_command_line_knows_clap() {
    let mut wrong = Vec::new();
    for code in [Crate::program(), Crate::library()] {
        for (path, module) in &code.modules {
            let outside = code.outside_names(path);
            let knows = outside.iter().any(|name| name[0].starts_with("clap"));
            if knows && path.first().is_none_or(|top| top != "cli") {
                wrong.push(module.file.clone());
            }
        }
    }
    hold("clap is for `cli`", wrong, &[]);
}
