//! Which paths version control knows, from the bytes of the git index. No repository configuration is read and
//! no program is run: an audited `.git/config` can name programs.

use std::collections::BTreeSet;

/// The paths that the index in `bytes` names (git's index format, versions 2 to 4).
///
/// None when the bytes are no index that can be read: tracked state is then unknown, never "no".
pub fn tracked_paths(bytes: &[u8]) -> Option<BTreeSet<String>> {
    let options = gix_index::decode::Options {
        thread_limit: Some(1),
        min_extension_block_in_bytes_for_threading: usize::MAX,
        expected_checksum: None,
        alloc_limit_bytes: Some(512 * 1024 * 1024),
    };
    // The index belongs to the audited tree: a decoder that panics on a broken one must not end the run.
    let decoded = std::panic::catch_unwind(|| {
        let time = filetime_epoch();
        gix_index::State::from_bytes(bytes, time, gix_hash::Kind::Sha1, options).ok().map(|(state, _)| {
            let mut paths = BTreeSet::new();
            for entry in state.entries() {
                paths.insert(entry.path(&state).to_string());
            }
            paths
        })
    });
    decoded.ok().flatten()
}

fn filetime_epoch() -> filetime::FileTime {
    filetime::FileTime::zero()
}
