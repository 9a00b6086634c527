/*
 * The keys of a server: a file for its owner only, with the hash of each key and never the key. A key is 256 random
 * bits, so one round of SHA-256 is enough: there is nothing to guess.
 */
#ifndef SERVER_KEYS_H
#define SERVER_KEYS_H

#include "key_bounds.h"

#include "base/hash.h"

#define KEYS_MAX 1000
#define KEY_ID_SIZE 9    /* eight hexadecimal digits */
#define KEY_NAME_MAX 63  /* bytes of what somebody calls it */
#define KEY_TEXT_SIZE 81 /* "vultus_", the id, "_", 64 digits, NUL */
#define KEY_ENDS_SIZE 5  /* the last digits of a key, which tell it from others */
#define KEYS_FILE_MAX                                                                              \
    ((size_t)4 << 20) /* a thousand keys with 16 galleries and 16 workspaces have 2.4 MB */
#define KEY_RATE_MAX 1000000

enum key_scope { /* each may do what those before it may */
                 SCOPE_NONE,
                 SCOPE_READ,  /* ask: detect, identify, list, pictures of faces */
                 SCOPE_ENROL, /* also add people and faces */
                 SCOPE_ADMIN, /* also change and delete, and read the history */
                 SCOPE_COUNT
};

struct key {
    char id[KEY_ID_SIZE];
    char name[KEY_NAME_MAX + 1];
    char created[32]; /* UTC, ISO 8601 */
    enum key_scope scope;
    struct key_bounds bounds;
    char ends[KEY_ENDS_SIZE]; /* "": of before there was such a note */
    bool revoked;
    unsigned rate; /* requests a second; 0: the server's */
    uint8_t hash[HASH_SIZE];
};

struct keys { /* in the order of their making */
    struct key *items;
    size_t count;
};

/* "read", "enrol", "admin"; NULL for another. Static storage. */
const char *key_scope_name(enum key_scope scope);
/* SCOPE_NONE: there is no such scope. */
enum key_scope key_scope_find(const char *name);

/* Where the keys of a gallery are: `file`, or its path with ".keys" behind it, or keys.json in the user's data folder
 * where it is no file. `gallery` as for vultus_gallery_open. */
vultus_status keys_place(const char *file, const char *gallery, char *path, size_t size,
                         vultus_error *error) VULTUS_MUST_USE;

/* No file is a success without keys. DATABASE: others may read or write the file. FORMAT. */
vultus_status keys_read(const char *path, struct keys *out, vultus_error *error) VULTUS_MUST_USE;
void keys_clear(struct keys *keys);

struct key_wish {
    const char *name;
    enum key_scope scope;
    unsigned rate; /* requests a second; 0: the server's */
    struct key_wanted galleries, workspaces;
};
/* Makes a key and writes the file. `text` receives what is shown once, and never again. */
vultus_status keys_create(const char *path, const struct key_wish *wish, char text[KEY_TEXT_SIZE],
                          struct key *out, vultus_error *error) VULTUS_MUST_USE;
/* NOT_FOUND: there is no such key that still counts. */
vultus_status keys_revoke(const char *path, const char *id, vultus_error *error) VULTUS_MUST_USE;

/* The key that this is, or NULL. Takes the same time whichever it is. */
const struct key *keys_find(const struct keys *keys, const char *text);
/* What may be told of a key: all but its hash. */
json_t *key_json(const struct key *key);
/* True when one of them still counts. */
bool keys_any(const struct keys *keys);

#endif
