//! Masking (RFC 6455 §5.3).

/// XORs `bytes` with the key, which both masks and unmasks.
pub(in crate::protocol) fn apply(bytes: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        let mut buffer = [0; 8];
        buffer.copy_from_slice(word);
        word.copy_from_slice(&(u64::from_ne_bytes(buffer) ^ wide).to_ne_bytes());
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

/// The key for the payload after its first `done` bytes.
pub(in crate::protocol) fn rotated(key: [u8; 4], done: usize) -> [u8; 4] {
    let mut key = key;
    key.rotate_left(done % 4);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    #[test]
    fn section_5_7_masks_hello() {
        let mut hello = *b"Hello";
        apply(&mut hello, KEY);
        assert_eq!(hello, [0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn section_5_3_every_byte_is_masked_with_its_own_octet_of_the_key() {
        for len in 0..40 {
            let plain: Vec<u8> = (0..len).collect();
            let expected: Vec<u8> = (0..).zip(&plain).map(|(i, b)| b ^ KEY[i % 4]).collect();
            let mut masked = plain.clone();
            apply(&mut masked, KEY);
            assert_eq!(masked, expected);
        }
    }

    #[test]
    fn a_payload_may_be_masked_in_pieces() {
        let plain: Vec<u8> = (0..50).collect();
        let mut whole = plain.clone();
        apply(&mut whole, KEY);
        for cut in 0..plain.len() {
            let mut pieces = plain.clone();
            let (head, tail) = pieces.split_at_mut(cut);
            apply(head, KEY);
            apply(tail, rotated(KEY, cut));
            assert_eq!(pieces, whole, "cut at {cut}");
        }
    }
}
