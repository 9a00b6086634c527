/* Protocol Buffers as bytes, field by field; see wire.h. */
#include "wire.h"
#include "support.h"

static void put(struct buffer *out, const void *data, size_t size)
{
    vultus_error error = {0};
    assert_ok(buffer_append(out, data, size, &error), &error);
}

static void put_varint(struct buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(out, &(uint8_t){(uint8_t)(value | 0x80)}, 1);
    put(out, &(uint8_t){(uint8_t)value}, 1);
}

void wire_number(struct buffer *out, unsigned field, uint64_t value)
{
    put_varint(out, field << 3);
    put_varint(out, value);
}

void wire_bytes(struct buffer *out, unsigned field, const void *data, size_t size)
{
    put_varint(out, field << 3 | 2);
    put_varint(out, size);
    put(out, data, size);
}

void wire_text(struct buffer *out, unsigned field, const char *text)
{
    wire_bytes(out, field, text, strlen(text));
}

void wire_message(struct buffer *out, unsigned field, struct buffer *message)
{
    wire_bytes(out, field, message->data, message->size);
    buffer_clear(message);
}

struct buffer wire_new(void)
{
    struct buffer buffer;
    buffer_init(&buffer, (size_t)16 << 20);
    return buffer;
}
