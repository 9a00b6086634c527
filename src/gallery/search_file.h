/*
 * An index in a file that is mapped: a cache beside a database, which can be made again from it. Nothing in
 * it is believed without checks: head, slots, axes, people, rows and codes when it is opened, each embedding
 * whenever it is looked at. What a process adds lies behind what is in the file, in its own memory, until it is appended. Knows
 * nothing of databases: the mark says what of one the file stands for.
 */
#ifndef GALLERY_SEARCH_FILE_H
#define GALLERY_SEARCH_FILE_H

#include "base/hash.h"
#include "gallery/search.h"

#define SEARCH_FILE_EMBEDDER_MAX 95
#define SEARCH_FILE_DATE_SIZE 24

struct search_file_mark {
    uint8_t identity[HASH_SIZE]; /* of the database, as it is up to these people and faces */
    int64_t edits, person, face;
    char expires[SEARCH_FILE_DATE_SIZE]; /* when the next retention passes; "": never */
    char filled[SEARCH_FILE_DATE_SIZE];  /* when the first of its faces were read */
};

/* Fills an empty index from a file. NOT_FOUND: there is none. BUSY: it is being changed, or who did was killed. FORMAT:
 * damaged, or not of this embedder, dimension and length; the message is the end of a sentence about the file. IO,
 * MEMORY. */
vultus_status search_file_open(const char *path, const char *embedder, struct search *search,
                               struct search_file_mark *mark, vultus_error *error) VULTUS_MUST_USE;

/* The same of whatever embedder, in a new index; *out is the caller's also where it could not be filled. */
vultus_status search_file_open_any(const char *path, struct search **out,
                                   struct search_file_mark *mark,
                                   vultus_error *error) VULTUS_MUST_USE;

struct search_file_size {
    size_t faces, people, name_bytes;
};

/* Lets an empty index be filled in a new file, PATH.new, with room for that much and some more. Who calls
 * it holds the lock of `path`. IO: no file can be made here, or there is no room for it. */
vultus_status search_file_begin(const char *path, const struct search_file_size *size,
                                struct search *search, vultus_error *error) VULTUS_MUST_USE;
/* Gives the file its name, and tells processes that have another under it. Where that fails the index is to be
 * cleared: IO, MEMORY. */
vultus_status search_file_seal(const char *path, const char *embedder,
                               const struct search_file_mark *mark, struct search *search,
                               vultus_error *error) VULTUS_MUST_USE;

/* Writes what was added since the file was opened. BUSY: another process writes, or has written. LIMIT: there is
 * no room; search_file_renew makes some. IO. */
vultus_status search_file_append(const char *path, const struct search_file_mark *mark,
                                 struct search *search, vultus_error *error) VULTUS_MUST_USE;
/* True when much of the file is erased or full, or the index was not opened from it. */
bool search_file_worn(const struct search *search);
/* Writes a new file without what was erased, beside those who read the old one, and goes on in it. Who calls
 * it holds the lock. On failure the index is as it was. */
vultus_status search_file_renew(const char *path, const char *embedder,
                                const struct search_file_mark *mark, struct search *search,
                                vultus_error *error) VULTUS_MUST_USE;

/*
 * Changing what a file says of some people. Begin opens it; people makes it void and says whom it is about; their names and all
 * of their faces are said anew; write overwrites what was not said again; finish makes the file valid with the mark of the
 * database as it is by then. Others keep their hands off in between.
 */
struct search_file_change;
/* NOT_FOUND: there is no file that is valid. BUSY: another process has it for longer than this. IO, MEMORY. */
vultus_status search_file_change_begin(const char *path, unsigned milliseconds,
                                       struct search_file_change **out,
                                       vultus_error *error) VULTUS_MUST_USE;
/* The file as it is to be, to which people and faces may be added. */
struct search *search_file_change_index(struct search_file_change *change);
const struct search_file_mark *search_file_change_mark(const struct search_file_change *change);
const char *search_file_change_embedder(const struct search_file_change *change);

/* From here on LIMIT: there is no room. MEMORY, IO. After a failure the file stays void. */
vultus_status search_file_change_people(struct search_file_change *change, const int64_t *people,
                                        size_t count, vultus_error *error) VULTUS_MUST_USE;
/* NULL: they have none any more. */
vultus_status search_file_change_name(struct search_file_change *change, int64_t person,
                                      const char *name, vultus_error *error) VULTUS_MUST_USE;
/* *there is false where those people do not have the face in the file: it is to be added. */
vultus_status search_file_change_face(struct search_file_change *change, int64_t face,
                                      int64_t person, bool *there,
                                      vultus_error *error) VULTUS_MUST_USE;
vultus_status search_file_change_write(struct search_file_change *change,
                                       vultus_error *error) VULTUS_MUST_USE;
/* mark NULL: it stays as it is, void where the people were said. */
void search_file_change_finish(struct search_file_change *change,
                               const struct search_file_mark *mark);

/* What a file stands for, if it is valid as far as a look at its beginning says. */
bool search_file_peek(const char *path, struct search_file_mark *mark);
/* Overwrites and removes a file, and what somebody was making of it. BUSY, IO. */
vultus_status search_file_remove(const char *path, vultus_error *error) VULTUS_MUST_USE;

#endif
