//! What negotiated extensions mean.

/// What permessage-deflate does in each direction (RFC 7692 §7.1): a name and a meaning; empty when
/// it is not in use.
pub(super) fn explained(extensions: &str) -> Vec<(&'static str, String)> {
    let deflate = extensions.split(',').find_map(|extension| {
        let mut parts = extension.split(';').map(str::trim);
        (parts.next() == Some("permessage-deflate")).then(|| parts.collect::<Vec<_>>())
    });
    let Some(parameters) = deflate else {
        return Vec::new();
    };
    [("sent", "client"), ("received", "server")]
        .map(|(direction, side)| (direction, meaning(side, &parameters)))
        .into()
}

/// What the parameters say about the messages of one side.
fn meaning(side: &str, parameters: &[&str]) -> String {
    let of_side = |parameter: &&str| parameter.strip_prefix(side).map(ToOwned::to_owned);
    let mut bits = 15;
    let mut memory = "kept from message to message";
    for parameter in parameters.iter().filter_map(of_side) {
        match parameter.split_once('=') {
            Some(("_max_window_bits", value)) => {
                bits = value.trim_matches('"').parse().unwrap_or(bits);
            }
            _ if parameter == "_no_context_takeover" => memory = "new for each message",
            _ => {}
        }
    }
    // 8 to 15 bits (§7.1.2.1).
    let window = 1_u32 << bits.clamp(8, 15);
    match window {
        0..1024 => format!("deflate, a window of {window} B, {memory}"),
        _ => format!("deflate, a window of {} KiB, {memory}", window / 1024),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_direction_has_its_window_and_its_memory() {
        let told =
            explained("permessage-deflate; client_no_context_takeover; server_max_window_bits=12");
        let expected = [
            ("sent", "deflate, a window of 32 KiB, new for each message"),
            (
                "received",
                "deflate, a window of 4 KiB, kept from message to message",
            ),
        ];
        assert_eq!(told, expected.map(|(name, text)| (name, text.to_owned())));
        let narrow = explained("permessage-deflate; client_max_window_bits=8");
        assert!(narrow[0].1.contains(" 256 B,"), "{narrow:?}");
    }

    #[test]
    fn without_compression_there_is_nothing_to_explain() {
        assert!(explained("").is_empty());
        assert!(explained("x-other; a=1").is_empty());
    }
}
