/* Bytes as text, as RFC 4648 has it: pictures in JSON and in pages. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buffer.h"

/* NULL when memory runs out; mem_free. */
char *base64_encode(const uint8_t *data, size_t size);

/* Appends what the text stands for, which has its padding and nothing else in it. FORMAT; LIMIT and MEMORY as
 * buffer_append. After a failure the buffer is as it was. */
vultus_status base64_decode(const char *text, size_t length, struct buffer *out,
                            vultus_error *error) VULTUS_MUST_USE;

#endif
