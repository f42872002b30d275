//! Names and limits that both ends of the local interface hold to.

/// The most bytes that a request's body may have: 1 MiB and 64 KiB, so that the longest founding file fits as JSON.
pub const BODY_BYTES_MAX: usize = (1024 + 64) * 1024;

/// The most bytes of a file bundle: 8 MiB, the limit of its format.
pub const BUNDLE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The header that carries the idempotency key of a command.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The most bytes that an idempotency key may have.
pub const KEY_BYTES_MAX: usize = 128;

/// The content type of every refusal (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The most bytes of an answer that the client reads: 1 GiB, for the roots of millions of documents.
pub(crate) const ANSWER_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Tells whether a text can be an idempotency key: 1 to 128 visible ASCII characters, no space.
pub fn is_idempotency_key(text: &str) -> bool {
    (1..=KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The most cases that `GET /v1/cases` lists at once.
pub const CASES_LISTED_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_of_limited_length() {
        for (text, expected) in [
            ("k", true),
            ("0197f1a2-step/3~", true),
            (&*"k".repeat(KEY_BYTES_MAX), true),
            (&*"k".repeat(KEY_BYTES_MAX + 1), false),
            ("", false),
            ("two words", false),
            ("tab\t", false),
            ("衢州", false),
        ] {
            assert_eq!(is_idempotency_key(text), expected, "{text:?}");
        }
    }
}
