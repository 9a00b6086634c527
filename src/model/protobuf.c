/* The wire format: https://protobuf.dev/programming-guides/encoding/. Nothing is copied. */
#include "model/protobuf.h"

#include <string.h>

enum protobuf_next protobuf_varint(struct protobuf *packed, uint64_t *out)
{
    uint64_t value = 0;
    if (packed->at == packed->end)
        return PROTOBUF_END;
    for (unsigned shift = 0; shift < 64 && packed->at < packed->end; shift += 7) {
        uint8_t byte = *packed->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return PROTOBUF_FIELD;
        }
    }
    return PROTOBUF_DAMAGED;
}

/* Cuts `size` bytes off the message. */
static enum protobuf_next take(struct protobuf *message, uint64_t size, struct protobuf *out)
{
    if (size > protobuf_size(message))
        return PROTOBUF_DAMAGED;
    *out = (struct protobuf){message->at, message->at + size};
    message->at += size;
    return PROTOBUF_FIELD;
}

enum protobuf_next protobuf_next(struct protobuf *message, struct protobuf_field *out)
{
    uint64_t key = 0, size = 0;
    enum protobuf_next next = protobuf_varint(message, &key);
    if (next != PROTOBUF_FIELD)
        return next;
    *out = (struct protobuf_field){.number = key >> 3};
    if (!out->number || out->number > (1u << 29) - 1)
        return PROTOBUF_DAMAGED;
    switch (key & 7) {
    case PROTOBUF_VARINT:
        out->wire = PROTOBUF_VARINT;
        return protobuf_varint(message, &out->value) == PROTOBUF_FIELD ? PROTOBUF_FIELD
                                                                       : PROTOBUF_DAMAGED;
    case PROTOBUF_64: out->wire = PROTOBUF_64; return take(message, 8, &out->body);
    case PROTOBUF_32: out->wire = PROTOBUF_32; return take(message, 4, &out->body);
    case PROTOBUF_BYTES:
        out->wire = PROTOBUF_BYTES;
        if (protobuf_varint(message, &size) != PROTOBUF_FIELD)
            return PROTOBUF_DAMAGED;
        return take(message, size, &out->body);
    default: return PROTOBUF_DAMAGED;
    }
}

bool protobuf_is(const struct protobuf *body, const char *text)
{
    size_t length = strlen(text);
    return protobuf_size(body) == length && !memcmp(body->at, text, length);
}
