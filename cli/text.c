/*
 * A file name is any bytes, a terminal obeys control characters, and JSON is UTF-8 only. Everything
 * that is shown passes through here. Widths are wcwidth's, so that columns stay in line with names
 * in any script.
 */
#define _GNU_SOURCE
#include "text.h"
#include "base/memory.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xFFFDu
#define REPLACEMENT_TEXT "\xEF\xBF\xBD"

void text_setup(void)
{
    /* Only LC_CTYPE: a comma in numbers would break CSV and JSON. */
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* Decodes one character and returns its bytes; *good is false where it is none, and one byte of it
 * is passed over. Shortest form only, no surrogates, as RFC 3629 has it. */
static size_t decode(const unsigned char *at, uint32_t *character, bool *good)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80   ? 1
                    : at[0] < 0xC2 ? 0
                    : at[0] < 0xE0 ? 2
                    : at[0] < 0xF0 ? 3
                    : at[0] < 0xF5 ? 4
                                   : 0;
    uint32_t value = length == 1 ? at[0] : length ? at[0] & (0x7Fu >> length) : 0;
    *good = length > 0;
    for (size_t i = 1; i < length && *good; i++) {
        *good = (at[i] & 0xC0) == 0x80;
        value = value << 6 | (at[i] & 0x3Fu);
    }
    if (*good && (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)))
        *good = false;
    *character = *good ? value : REPLACEMENT;
    return *good ? length : 1;
}

char *text_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    char *copy = mem_array(strlen(text) + 1, sizeof REPLACEMENT_TEXT - 1), *end = copy;
    if (!copy)
        return NULL;
    while (*at) {
        uint32_t character;
        bool good;
        size_t length = decode(at, &character, &good);
        size_t put = good ? length : sizeof REPLACEMENT_TEXT - 1;
        memcpy(end, good ? (const char *)at : REPLACEMENT_TEXT, put);
        end += put;
        at += length;
    }
    *end = '\0';
    return copy;
}

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

void text_print(FILE *file, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        uint32_t character;
        bool good;
        size_t length = decode(at, &character, &good);
        if (!good)
            fputs(REPLACEMENT_TEXT, file);
        else if (is_control(character))
            putc('?', file);
        else
            fwrite(at, 1, length, file);
        at += length;
    }
}

size_t text_width(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t width = 0;
    while (*at) {
        uint32_t character;
        bool good;
        at += decode(at, &character, &good);
        int columns = is_control(character) ? 1 : wcwidth((wchar_t)character);
        width += columns < 0 ? 1 : (size_t)columns;
    }
    return width;
}
