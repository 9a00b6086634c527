/*
 * A file name is any bytes, a terminal obeys control characters, and JSON is UTF-8 only. Everything
 * that is shown passes through here. Widths are wcwidth's, so that columns stay in line with names
 * in any script.
 */
#define _GNU_SOURCE
#include "text.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xFFFD

void text_setup(void)
{
    /* Only LC_CTYPE: a comma in numbers would break CSV and JSON. */
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

void text_print(FILE *file, const char *text)
{
    const size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        size_t from = at;
        uint32_t character = utf8_next(text, size, &at);
        if (character == UTF8_BAD)
            fputs(UTF8_REPLACEMENT, file);
        else if (is_control(character))
            putc('?', file);
        else
            fwrite(text + from, 1, at - from, file);
    }
}

size_t text_width(const char *text)
{
    const size_t size = strlen(text);
    size_t width = 0;
    for (size_t at = 0; at < size;) {
        uint32_t character = utf8_next(text, size, &at);
        if (character == UTF8_BAD)
            character = REPLACEMENT;
        int columns = is_control(character) ? 1 : wcwidth((wchar_t)character);
        width += columns < 0 ? 1 : (size_t)columns;
    }
    return width;
}
