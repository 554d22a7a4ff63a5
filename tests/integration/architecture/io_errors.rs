//! A law of both crates: `io_reason` is the one text for an I/O error.

use super::exceptions::hold;
use super::source::files;
use syn::visit::{self, Visit};
use syn::{FnArg, ReturnType, Signature, Type};

const HOME: &str = "src/io_error.rs";

#[test]
fn no_second_function_makes_a_text_of_an_io_error() {
    let mut wrong = Vec::new();
    for file in files("src").into_iter().filter(|file| file.path != HOME) {
        let parsed = syn::parse_file(&file.text).expect("Rust");
        let mut texts = TextsOfIoErrors(Vec::new());
        texts.visit_file(&parsed);
        let names = texts.0.into_iter();
        wrong.extend(names.map(|name| format!("{}: {name}", file.path)));
    }
    hold("use `io_reason` for an I/O error", wrong, &[]);
}

/// The functions that take nothing but an I/O error and return a `String`.
struct TextsOfIoErrors(Vec<String>);

impl Visit<'_> for TextsOfIoErrors {
    fn visit_signature(&mut self, function: &Signature) {
        let returns_text =
            matches!(&function.output, ReturnType::Type(_, of) if ends_with(of, &["String"]));
        let takes_error = |argument: &FnArg| match argument {
            FnArg::Typed(argument) => ends_with(&argument.ty, &["io", "Error"]),
            FnArg::Receiver(_) => false,
        };
        if returns_text && function.inputs.len() == 1 && function.inputs.iter().all(takes_error) {
            self.0.push(function.ident.to_string());
        }
        visit::visit_signature(self, function);
    }
}

/// Whether a type, or what it refers to, is a path that ends this way.
fn ends_with(of: &Type, end: &[&str]) -> bool {
    match of {
        Type::Reference(reference) => ends_with(&reference.elem, end),
        Type::Path(of) => {
            let names: Vec<_> = of
                .path
                .segments
                .iter()
                .map(|s| s.ident.to_string())
                .collect();
            names.ends_with(
                &end.iter()
                    .map(|name| (*name).to_owned())
                    .collect::<Vec<_>>(),
            )
        }
        _ => false,
    }
}
