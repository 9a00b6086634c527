/*
 * What is the same for every store: the bytes of floats, what a row of a face must be, and how facts are
 * told. A store hands over what its database gave, and nothing of it is believed.
 */
#ifndef GALLERY_STORE_ROWS_H
#define GALLERY_STORE_ROWS_H

#include "gallery/store.h"

/* Bytes of a text of the history: a fact with its key. */
#define STORE_CHANGE_MAX (VULTUS_FACT_KEY_MAX + VULTUS_FACT_VALUE_MAX + 32)

/* Little-endian float32, whatever this machine has. */
void store_put_floats(const float *values, size_t count, uint8_t *out);
/* False unless they are `count` finite floats. */
bool store_get_floats(const uint8_t *bytes, size_t size, size_t count, float *out);
/* As the search index has it. */
bool store_is_unit(const float *embedding, size_t dimension);

struct store_bytes {
    const uint8_t *data; /* NULL: none */
    size_t size;
};

enum store_number { /* what is kept of a face, in this order */
                    STORE_X,
                    STORE_Y,
                    STORE_WIDTH,
                    STORE_HEIGHT,
                    STORE_SCORE,
                    STORE_SIZE,
                    STORE_SHARPNESS,
                    STORE_BRIGHTNESS,
                    STORE_ROLL,
                    STORE_YAW,
                    STORE_NUMBERS
};

/* The numbers of a face, and a face of such numbers. */
void store_numbers(const vultus_face *face, float out[STORE_NUMBERS]);
/* False when one of them is no float: what grew too large is refused like NaN. */
bool store_face(const double numbers[STORE_NUMBERS], vultus_face *out);

struct store_row { /* of a face; the dimension is what its embedder has */
    int64_t id, dimension;
    const char *source, *embedder, *created; /* NULL: missing, or nothing that can be such a text */
    bool bad_source;                         /* NULL, and should not be */
    double numbers[STORE_NUMBERS];
    struct store_bytes landmarks, picture, vector, thumbnail; /* floats are little-endian */
};

/* Returns what is wrong with a row, as the end of a sentence, or NULL; *memory when memory ran out. What `out`
 * has is the caller's in every case. */
const char *store_row_read(const struct store_row *row, vultus_face_record *out, bool *memory);

/* A fact as the history tells it: "tag vip", "attribute born=1815", "consent: form 7"; NULL for none. */
const char *store_fact_tell(const struct store_fact *fact, const char *value, char *out,
                            size_t size);
/* One more, with copies. What is wrong with it, as the end of a sentence, or NULL; *memory as above. */
const char *store_fact_read(const char *const texts[4], vultus_facts *facts, bool *memory);
/* What is wrong with a fact's texts (kind, key, value, since; NULL: missing or too long), or NULL. */
const char *store_fact_fault(const char *const texts[4], vultus_fact_kind *kind);

/* How many of them were added, and are no duplicates. */
size_t store_added(const vultus_enrolled *enrolled, size_t count);

#endif
