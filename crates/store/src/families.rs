//! The one file that says how the families are kept on disk: schema version, column families and
//! their RocksDB options.
//!
//! Which families there are is `tongban_sync::storage::Family`'s to say.

use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType,
    DEFAULT_COLUMN_FAMILY_NAME, Options,
};
use tongban_sync::storage::Family;

/// The key of the schema record in [`Family::Meta`]; its value is a `u32`, big-endian.
pub const SCHEMA_KEY: &[u8] = b"schema";

/// The version of the families, keys and records that this program reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// The memory that all families together may use for blocks, indexes and filters read from disk.
pub(crate) const BLOCK_CACHE_BYTES: usize = 32 << 20;

/// The memory of one family's write buffer; all together are bounded in `open.rs`.
const WRITE_BUFFER_BYTES: usize = 8 << 20;

/// The unit in which a write buffer takes memory. RocksDB's own choice, an eighth of the buffer,
/// would spend the bound for all families on buffers that hold a few records.
const ARENA_BLOCK_BYTES: usize = 64 << 10;

/// How a family is mostly read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// One record by its key, often one that is not there: a bloom filter saves the look.
    Point,
    /// Ranges, for which a filter of whole keys is of no use.
    Range,
    /// One large record by its key: larger blocks, so that the index stays small.
    Large,
}

const fn access(family: Family) -> Access {
    match family {
        Family::Entries
        | Family::Documents
        | Family::Inventory
        | Family::Evidence
        | Family::Idempotency
        | Family::Meta => Access::Point,
        Family::Feeds | Family::Indexes => Access::Range,
        Family::Sealed => Access::Large,
    }
}

/// Returns the column families with their options, which share one block cache.
pub(crate) fn descriptors(cache: &Cache) -> Vec<ColumnFamilyDescriptor> {
    // RocksDB always has its default family; nothing is written there.
    let default = (DEFAULT_COLUMN_FAMILY_NAME, Access::Range);
    let own = Family::ALL.map(|family| (family.name(), access(family)));
    std::iter::once(default)
        .chain(own)
        .map(|(name, access)| ColumnFamilyDescriptor::new(name, options(access, cache)))
        .collect()
}

/// Says whether a column family is one that this program knows.
pub(crate) fn is_known(name: &str) -> bool {
    name == DEFAULT_COLUMN_FAMILY_NAME || Family::ALL.iter().any(|family| family.name() == name)
}

fn options(access: Access, cache: &Cache) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    // Indexes and filters count against the cache, so that memory stays bounded as data grows.
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    // In parts: the whole index of a large file is greater than a shard of the cache, and would be read and checked
    // anew for every look.
    table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    table.set_pin_top_level_index_and_filter(true);
    if access != Access::Range {
        table.set_bloom_filter(10.0, false);
        table.set_partition_filters(true);
    }
    table.set_block_size(if access == Access::Large {
        16 << 10
    } else {
        4 << 10
    });

    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options.set_arena_block_size(ARENA_BLOCK_BYTES);
    // Sealed parts are ciphertext and the rest is small: compression would save little and add
    // libraries that parse untrusted bytes.
    options.set_compression_type(DBCompressionType::None);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_a_column_family_of_its_own() {
        let cache = Cache::new_lru_cache(1 << 20);
        let names: Vec<String> = descriptors(&cache)
            .iter()
            .map(|family| family.name().to_owned())
            .collect();
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), Family::ALL.len() + 1);
        assert!(names.iter().all(|name| is_known(name)));
        assert!(!is_known("from-the-future"));
    }
}
