/* Reading UTF-8 that may be none: names of files and people. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX
#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD, for what is no character */

/* The code point at text[*at], *at < size, and moves *at behind it. UTF8_BAD, one byte at a time, for
 * what RFC 3629 forbids: cut or overlong forms, surrogates, over U+10FFFF. */
uint32_t utf8_next(const char *text, size_t size, size_t *at);

/* A copy that is UTF-8: what is not becomes U+FFFD. NULL when memory runs out; mem_free. */
char *utf8_repaired(const char *text);

/* The end of a text, at most `most` bytes, from the start of a character: a pointer into it. */
const char *utf8_tail(const char *text, size_t most);

#endif
