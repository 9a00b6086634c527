/* Bytes as text, as RFC 4648 has it: pictures in JSON and in pages. */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* NULL when memory runs out; mem_free. */
char *base64(const uint8_t *data, size_t size);

#endif
