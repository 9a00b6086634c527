/* See room.h. One block is kept, behind one atomic pointer: who finds none there makes a new one. */
#include "base/room.h"
#include "base/memory.h"

#include <stdint.h>

struct room_block {
    size_t size;
    _Alignas(MEM_ALIGNMENT) unsigned char bytes[]; /* what callers get */
};

static void give_back(struct room_block *block)
{
    if (block)
        mem_free_wiped(block, sizeof *block + block->size);
}

void *room_take(struct room *room, size_t size)
{
    struct room_block *block = atomic_exchange(&room->kept, NULL);
    if (block && block->size >= size)
        return block->bytes;
    give_back(block);
    block = size < SIZE_MAX - sizeof *block ? mem_aligned(1, sizeof *block + size) : NULL;
    if (!block)
        return NULL;
    block->size = size;
    return block->bytes;
}

void room_return(struct room *room, void *bytes)
{
    if (!bytes)
        return;
    struct room_block *block =
        (struct room_block *)(void *)((unsigned char *)bytes - offsetof(struct room_block, bytes));
    if (block->size <= ROOM_KEPT)
        block = atomic_exchange(&room->kept, block);
    give_back(block);
}

void room_clear(struct room *room)
{
    give_back(atomic_exchange(&room->kept, NULL));
}
