/*
 * How a search file is laid out, for the files that are it. All of it is little-endian and begins on multiples of
 * 64 KiB; what has no faces yet is a hole. `head` is written once, the two slots in turn: the one with the larger
 * sequence counts. What lies behind what a slot counts is not there.
 *
 *   0       head: what stays the same for as long as the file lives
 *   4096    slot of even sequences
 *   8192    slot of odd ones
 *   12288   erasures: counts up whenever something that is mapped may change
 *   65536   sums: of each column a number for each of its whole blocks
 *           axes: weights, inverses, vectors
 *           columns: members, names, rows
 *           matrix: an embedding for each row, whose checksum the row has
 *           codes, short and fine, the last columns: only when all else is there their size is known
 */
#ifndef GALLERY_SEARCH_LAYOUT_H
#define GALLERY_SEARCH_LAYOUT_H

#include "gallery/search_file.h"
#include "gallery/search_index.h"

#define LAYOUT_VERSION 2
#define LAYOUT_ALIGNMENT 65536 /* the largest page of any Linux */
#define LAYOUT_FIRST LAYOUT_ALIGNMENT
#define LAYOUT_HEAD 0
#define LAYOUT_SLOT(sequence) (4096 + 4096 * ((sequence) % 2))
#define LAYOUT_ERASURES 12288

enum layout_column {
    COLUMN_MEMBERS,
    COLUMN_NAMES,
    COLUMN_ROWS,
    COLUMN_CODES,
    COLUMN_FINE,
    COLUMNS
};

struct layout_head {
    char magic[8];
    uint32_t version, order;
    uint32_t dimension, raw;
    uint32_t axes, turned; /* 0 axes: without codes */
    uint64_t learnt_from;
    uint64_t faces, members, names; /* there is room for */
    char embedder[SEARCH_FILE_EMBEDDER_MAX + 1];
    uint64_t axes_check;
    uint64_t check; /* of all before it */
};

struct layout_slot {
    uint64_t head; /* the head's check: slots of another file do not count */
    uint64_t sequence;
    uint64_t valid; /* 0: being changed */
    uint64_t faces, erased, members, names;
    struct search_file_mark mark;
    struct {
        uint64_t sums; /* of the sums of its whole blocks */
        uint64_t tail; /* of what lies behind them */
    } checks[COLUMNS];
    uint64_t check; /* of all before it */
};

struct layout {
    struct {
        uint64_t at, sums_at;
        size_t size;  /* bytes of an item */
        size_t block; /* items */
        size_t most;  /* items that there is room for */
    } columns[COLUMNS];
    uint64_t axes_at, axes_size; /* as large as axes can be */
    uint64_t matrix_at, matrix_size;
    uint64_t end;
};

/* FORMAT: it is no head, or one of another version, machine or size. The message is the end of a sentence. */
vultus_status layout_check_head(const struct layout_head *head,
                                vultus_error *error) VULTUS_MUST_USE;
void layout_seal_head(struct layout_head *head);
/* Of a head that was checked. Before axes are known, `axes` is the most that there can be. */
void layout_of(const struct layout_head *head, size_t axes, struct layout *out);
size_t layout_axes_bytes(const struct layout_head *head);

/* Items of a column that a slot counts. */
size_t layout_items(const struct layout_slot *slot, enum layout_column column);
void layout_seal_slot(const struct layout_head *head, struct layout_slot *slot);
/* The slot that counts, of the bytes of a file's beginning; false: neither is whole. */
bool layout_find_slot(const struct layout_head *head, const uint8_t *beginning,
                      struct layout_slot *out);

/* Sums of the column's blocks in `base` between two numbers of items, `from` having been summed before: writes
 * those of whole blocks and returns the one of the tail. */
uint64_t layout_sum(const struct layout *layout, enum layout_column column, uint8_t *base,
                    size_t from, size_t to);
/* True where the column is what the slot says. */
bool layout_verify(const struct layout *layout, enum layout_column column, const uint8_t *base,
                   const struct layout_slot *slot);
/* Puts the sums of a column into a slot. */
void layout_note_sums(const struct layout *layout, enum layout_column column, uint8_t *base,
                      size_t from, struct layout_slot *slot);

#endif
