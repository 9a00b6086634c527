/* Protocol Buffers' wire format, read field by field within bounds. Knows nothing of messages. */
#ifndef MODEL_PROTOBUF_H
#define MODEL_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct protobuf { /* what is left of a message */
    const uint8_t *at, *end;
};

enum protobuf_wire { PROTOBUF_VARINT = 0, PROTOBUF_64 = 1, PROTOBUF_BYTES = 2, PROTOBUF_32 = 5 };

struct protobuf_field {
    uint64_t number;
    enum protobuf_wire wire;
    uint64_t value;       /* of a varint */
    struct protobuf body; /* of the others: text, a message, packed numbers, 4 or 8 bytes */
};

enum protobuf_next { PROTOBUF_FIELD, PROTOBUF_END, PROTOBUF_DAMAGED };

/* The next field. DAMAGED: it reaches over the end, or is of a kind that proto3 does not have. */
enum protobuf_next protobuf_next(struct protobuf *message, struct protobuf_field *out);
/* The next number of packed varints, in the same way. */
enum protobuf_next protobuf_varint(struct protobuf *packed, uint64_t *out);

static inline size_t protobuf_size(const struct protobuf *body)
{
    return (size_t)(body->end - body->at);
}

/* True when the field is this text. */
bool protobuf_is(const struct protobuf *body, const char *text);

#endif
