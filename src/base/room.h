/*
 * Room that is kept from use to use: mapping and overwriting megabytes for each picture takes longer than filling
 * them. What was put there stays until the room is used again, or, overwritten, is given back.
 */
#ifndef BASE_ROOM_H
#define BASE_ROOM_H

#include <stdatomic.h>
#include <stddef.h>

#define ROOM_KEPT                                                                                  \
    ((size_t)8 << 20) /* bytes: the planes of 640 x 640 pixels, and more; not of a crowd */

struct room_block;
struct room { /* all zero: nothing is kept yet */
    _Atomic(struct room_block *) kept;
};

/* A block on MEM_ALIGNMENT; from any number of threads. One of them gets what is kept, the others new ones. NULL when
 * memory runs out. */
void *room_take(struct room *room, size_t size);
/* Keeps it, or, if it is larger than ROOM_KEPT or another is kept already, gives one back. NULL is allowed. */
void room_return(struct room *room, void *block);
/* Nobody may use it meanwhile. */
void room_clear(struct room *room);

#endif
