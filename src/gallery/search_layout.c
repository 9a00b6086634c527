/* Where things lie in a search file, and what keeps chance out of it: checksums of everything, block by block. */
#include "gallery/search_layout.h"
#include "base/checksum.h"

#include <stddef.h>
#include <string.h>

static const char magic[8] = {'v', 'u', 'l', 't', 's', 'r', 'c', 'h'};

#define ORDER 0x01020304u
#define BLOCK_ROWS 4096
#define BLOCK_NAMES 65536
#define NAMES_MAX ((uint64_t)SEARCH_FACES_MAX * (VULTUS_NAME_MAX + 1))

vultus_status layout_check_head(const struct layout_head *head, vultus_error *error)
{
    const char *fault = NULL;
    if (memcmp(head->magic, magic, sizeof magic))
        fault = "is no search file";
    else if (head->version != LAYOUT_VERSION || head->order != ORDER)
        fault = "is of another version";
    else if (head->check != checksum(head, offsetof(struct layout_head, check)))
        fault = "is damaged: its head";
    else if (!head->dimension || head->dimension > SEARCH_DIMENSION_MAX || head->raw > 1 ||
             head->turned > 1 || head->axes % CODES_CHUNK || head->axes > CODES_AXES_MAX ||
             !head->faces || head->faces > 2 * (uint64_t)SEARCH_FACES_MAX ||
             head->faces % CODES_GROUP || !head->members ||
             head->members > 2 * (uint64_t)SEARCH_FACES_MAX || !head->names ||
             head->names > 2 * NAMES_MAX || !memchr(head->embedder, '\0', sizeof head->embedder))
        fault = "is damaged: its sizes";
    else if (head->axes > (head->dimension + CODES_CHUNK - 1) / CODES_CHUNK * CODES_CHUNK)
        fault = "is damaged: its axes";
    return fault ? status_set(error, VULTUS_ERR_FORMAT, "%s", fault) : VULTUS_OK;
}

void layout_seal_head(struct layout_head *head)
{
    memcpy(head->magic, magic, sizeof magic);
    head->version = LAYOUT_VERSION;
    head->order = ORDER;
    head->check = checksum(head, offsetof(struct layout_head, check));
}

size_t layout_axes_bytes(const struct layout_head *head)
{
    return head->axes * sizeof(float) * (2 + (head->turned ? head->dimension : 0));
}

static uint64_t place(uint64_t *end, uint64_t size)
{
    uint64_t at = *end;
    *end = (at + size + LAYOUT_ALIGNMENT - 1) / LAYOUT_ALIGNMENT * LAYOUT_ALIGNMENT;
    return at;
}

void layout_of(const struct layout_head *head, size_t axes, struct layout *out)
{
    const uint64_t most = (head->dimension + CODES_CHUNK - 1) / CODES_CHUNK * CODES_CHUNK;
    const uint64_t stride = SEARCH_STRIDE(head->dimension);
    const size_t chunks = axes / CODES_CHUNK;
    uint64_t end = LAYOUT_FIRST;
    *out = (struct layout){
        .columns = {
            [COLUMN_MEMBERS] = {.size = sizeof(struct member),
                                .block = BLOCK_ROWS,
                                .most = head->members},
            [COLUMN_NAMES] = {.size = 1, .block = BLOCK_NAMES, .most = head->names},
            [COLUMN_ROWS] = {.size = sizeof(struct row), .block = BLOCK_ROWS, .most = head->faces},
            [COLUMN_CODES] = {.size = axes ? CODES_GROUP_BYTES(chunks) : 0,
                              .block = BLOCK_ROWS / CODES_GROUP,
                              .most = axes ? head->faces / CODES_GROUP : 0},
            [COLUMN_FINE] = {.size = axes ? CODES_GROUP * CODES_FINE_BYTES(chunks) : 0,
                             .block = BLOCK_ROWS / CODES_GROUP,
                             .most = axes ? head->faces / CODES_GROUP : 0}}};
    for (int c = 0; c < COLUMNS; c++) /* codes: as many as there may be, once axes are known */
        out->columns[c].sums_at =
            place(&end, sizeof(uint64_t) * ((c >= COLUMN_CODES ? head->faces / CODES_GROUP
                                                               : out->columns[c].most) /
                                                out->columns[c].block +
                                            1));
    out->axes_size = most * sizeof(float) * (2 + head->dimension);
    out->axes_at = place(&end, out->axes_size);
    for (int c = 0; c < COLUMN_CODES; c++)
        out->columns[c].at = place(&end, (uint64_t)out->columns[c].size * out->columns[c].most);
    out->matrix_size = head->faces * stride * sizeof(float);
    out->matrix_at = place(&end, out->matrix_size);
    for (int c = COLUMN_CODES; c < COLUMNS; c++)
        out->columns[c].at = place(&end, (uint64_t)out->columns[c].size * out->columns[c].most);
    out->end = end;
}

size_t layout_items(const struct layout_slot *slot, enum layout_column column)
{
    switch (column) {
    case COLUMN_MEMBERS: return slot->members;
    case COLUMN_NAMES: return slot->names;
    case COLUMN_ROWS: return slot->faces;
    default: return slot->faces / CODES_GROUP;
    }
}

void layout_seal_slot(const struct layout_head *head, struct layout_slot *slot)
{
    slot->head = head->check;
    slot->check = checksum(slot, offsetof(struct layout_slot, check));
}

bool layout_find_slot(const struct layout_head *head, const uint8_t *beginning,
                      struct layout_slot *out)
{
    bool found = false;
    for (uint64_t i = 0; i < 2; i++) {
        struct layout_slot slot;
        memcpy(&slot, beginning + LAYOUT_SLOT(i), sizeof slot);
        if (slot.head != head->check || slot.sequence % 2 != i ||
            slot.check != checksum(&slot, offsetof(struct layout_slot, check)) ||
            slot.faces > head->faces || slot.erased > slot.faces || slot.members > head->members ||
            slot.names > head->names)
            continue;
        if (!found || slot.sequence > out->sequence)
            *out = slot;
        found = true;
    }
    return found;
}

static const uint8_t *item(const struct layout *layout, enum layout_column column,
                           const uint8_t *base, size_t index)
{
    return base + layout->columns[column].at + (uint64_t)layout->columns[column].size * index;
}

static uint64_t block_sum(const struct layout *layout, enum layout_column column,
                          const uint8_t *base, size_t first, size_t items)
{
    return checksum(item(layout, column, base, first), items * layout->columns[column].size);
}

uint64_t layout_sum(const struct layout *layout, enum layout_column column, uint8_t *base,
                    size_t from, size_t to)
{
    const size_t block = layout->columns[column].block;
    uint64_t *sums = (uint64_t *)(void *)(base + layout->columns[column].sums_at);
    for (size_t b = from / block; b < to / block; b++)
        sums[b] = block_sum(layout, column, base, b * block, block);
    return block_sum(layout, column, base, to / block * block, to % block);
}

void layout_note_sums(const struct layout *layout, enum layout_column column, uint8_t *base,
                      size_t from, struct layout_slot *slot)
{
    const size_t items = layout->columns[column].size ? layout_items(slot, column) : 0;
    slot->checks[column].tail = layout_sum(layout, column, base, from, items);
    slot->checks[column].sums = checksum(base + layout->columns[column].sums_at,
                                         items / layout->columns[column].block * sizeof(uint64_t));
}

bool layout_verify(const struct layout *layout, enum layout_column column, const uint8_t *base,
                   const struct layout_slot *slot)
{
    const size_t items = layout->columns[column].size ? layout_items(slot, column) : 0;
    const size_t block = layout->columns[column].block;
    const uint64_t *sums = (const uint64_t *)(const void *)(base + layout->columns[column].sums_at);
    if (slot->checks[column].sums != checksum(sums, items / block * sizeof *sums) ||
        slot->checks[column].tail !=
            block_sum(layout, column, base, items / block * block, items % block))
        return false;
    for (size_t b = 0; b < items / block; b++)
        if (sums[b] != block_sum(layout, column, base, b * block, block))
            return false;
    return true;
}
