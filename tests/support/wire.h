/* Messages of Protocol Buffers for tests, right or wrong, field by field. */
#ifndef TEST_WIRE_H
#define TEST_WIRE_H

#include "base/buffer.h"

/* An empty message; buffer_clear it, or put it into another. */
struct buffer wire_new(void);
void wire_number(struct buffer *out, unsigned field, uint64_t value);
void wire_bytes(struct buffer *out, unsigned field, const void *data, size_t size);
void wire_text(struct buffer *out, unsigned field, const char *text);
/* A message inside another; it is cleared. */
void wire_message(struct buffer *out, unsigned field, struct buffer *message);

#endif
