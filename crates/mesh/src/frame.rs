//! The framing of a link: a length of 4 bytes, big-endian, then that many bytes. Pure; it reads no stream and
//! knows nothing of what a frame contains.

/// Bytes of the length prefix.
pub(crate) const PREFIX_BYTES: usize = 4;

/// The length prefix of a frame, or nothing if the frame is longer than a prefix can say.
pub(crate) fn prefix(frame: &[u8]) -> Option<[u8; PREFIX_BYTES]> {
    u32::try_from(frame.len()).ok().map(u32::to_be_bytes)
}

/// Why a byte stream is not a sequence of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    /// The prefix announces more than is allowed at this point of the link.
    #[error("a frame of {length} bytes is announced where {max} are allowed")]
    TooLarge {
        /// Announced length, in bytes.
        length: u32,
        /// Allowed length, in bytes.
        max: usize,
    },
}

/// Cuts a byte stream into frames.
///
/// It holds at most one frame, and memory for at most twice the bytes that have arrived of it: an announced
/// length alone reserves nothing.
#[derive(Debug, Default)]
pub(crate) struct FrameDecoder {
    prefix: [u8; PREFIX_BYTES],
    prefix_filled: usize,
    body: Vec<u8>,
}

impl FrameDecoder {
    /// Takes bytes up to the end of one frame.
    ///
    /// Returns how many bytes of `input` were taken and the frame, if it is complete. Without a frame all of
    /// `input` was taken. `max` is the most bytes that this frame may have. After an error the stream is lost.
    pub(crate) fn feed(
        &mut self,
        input: &[u8],
        max: usize,
    ) -> Result<(usize, Option<Vec<u8>>), FrameError> {
        let prefix_taken = input.len().min(PREFIX_BYTES - self.prefix_filled);
        let (head, rest) = input.split_at(prefix_taken);
        self.prefix[self.prefix_filled..self.prefix_filled + prefix_taken].copy_from_slice(head);
        self.prefix_filled += prefix_taken;
        if self.prefix_filled < PREFIX_BYTES {
            return Ok((prefix_taken, None));
        }

        let announced = u32::from_be_bytes(self.prefix);
        let length = match usize::try_from(announced) {
            Ok(length) if length <= max => length,
            _ => {
                return Err(FrameError::TooLarge {
                    length: announced,
                    max,
                });
            }
        };
        let missing = length - self.body.len();
        let body_taken = rest.len().min(missing);
        self.reserve(body_taken, missing);
        self.body.extend_from_slice(&rest[..body_taken]);
        let taken = prefix_taken + body_taken;
        if body_taken < missing {
            return Ok((taken, None));
        }
        self.prefix_filled = 0;
        Ok((taken, Some(std::mem::take(&mut self.body))))
    }

    /// Whether the stream stands between two frames, where it may end.
    pub(crate) fn at_boundary(&self) -> bool {
        self.prefix_filled == 0
    }

    /// Makes room for `arrived` bytes: by doubling, and never beyond the `missing` rest of the frame.
    fn reserve(&mut self, arrived: usize, missing: usize) {
        if self.body.capacity() - self.body.len() < arrived {
            self.body
                .reserve_exact(arrived.max(self.body.len()).min(missing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(frames: &[Vec<u8>]) -> Vec<u8> {
        frames
            .iter()
            .flat_map(|frame| [prefix(frame).unwrap().to_vec(), frame.clone()].concat())
            .collect()
    }

    /// Decodes `bytes`, handed over in pieces of the given sizes, in turn.
    fn decode(
        bytes: &[u8],
        pieces: &[usize],
        max: usize,
    ) -> Result<(Vec<Vec<u8>>, FrameDecoder), FrameError> {
        let mut decoder = FrameDecoder::default();
        let mut frames = Vec::new();
        let mut sizes = pieces.iter().cycle();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (mut piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            while !piece.is_empty() {
                let (taken, frame) = decoder.feed(piece, max)?;
                assert!(taken > 0);
                frames.extend(frame);
                piece = &piece[taken..];
            }
            rest = after;
        }
        Ok((frames, decoder))
    }

    #[test]
    fn a_frame_has_this_form() {
        assert_eq!(encode(&[b"abc".to_vec()]), b"\0\0\0\x03abc");
    }

    #[test]
    fn an_empty_frame_is_a_frame() {
        let (frames, decoder) = decode(&[0, 0, 0, 0], &[1], 8).unwrap();
        assert_eq!(frames, [Vec::<u8>::new()]);
        assert!(decoder.at_boundary());
    }

    #[test]
    fn the_greatest_allowed_frame_passes_and_one_byte_more_does_not() {
        let fits = encode(&[vec![7; 9]]);
        assert_eq!(decode(&fits, &[3], 9).unwrap().0, [vec![7; 9]]);
        assert_eq!(
            decode(&fits, &[3], 8).unwrap_err(),
            FrameError::TooLarge { length: 9, max: 8 }
        );
    }

    #[test]
    fn a_giant_length_is_refused_at_its_prefix() {
        let mut decoder = FrameDecoder::default();
        let error = decoder.feed(&[0xff; 4], 256 * 1024).unwrap_err();
        assert_eq!(
            error,
            FrameError::TooLarge {
                length: u32::MAX,
                max: 256 * 1024
            }
        );
        assert_eq!(decoder.body.capacity(), 0);
    }

    #[test]
    fn an_announced_length_reserves_no_memory() {
        let mut decoder = FrameDecoder::default();
        decoder.feed(&[0, 4, 0, 0], 256 * 1024).unwrap();
        assert_eq!(decoder.body.capacity(), 0);
        decoder.feed(&[1; 100], 256 * 1024).unwrap();
        decoder.feed(&[1], 256 * 1024).unwrap();
        assert!(
            decoder.body.capacity() <= 202,
            "{}",
            decoder.body.capacity()
        );
    }

    #[test]
    fn a_truncated_frame_is_not_at_a_boundary() {
        let bytes = encode(&[b"abc".to_vec()]);
        for end in 1..bytes.len() {
            let (frames, decoder) = decode(&bytes[..end], &[2], 8).unwrap();
            assert!(frames.is_empty());
            assert!(!decoder.at_boundary(), "cut after {end} bytes");
        }
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting(
            frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..12),
            pieces in proptest::collection::vec(1usize..90, 1..9),
        ) {
            let (decoded, decoder) = decode(&encode(&frames), &pieces, 300).unwrap();
            prop_assert_eq!(decoded, frames);
            prop_assert!(decoder.at_boundary());
        }

        #[test]
        fn foreign_bytes_never_panic(
            bytes in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..400),
            pieces in proptest::collection::vec(1usize..90, 1..9),
        ) {
            if let Ok((frames, _)) = decode(&bytes, &pieces, 64) {
                prop_assert!(frames.iter().all(|frame| frame.len() <= 64));
            }
        }
    }
}
