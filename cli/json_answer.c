/* JSON values that are always valid, whatever bytes and floats they are made of. */
#include "json_answer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "console.h"

#include <math.h>

bool json_line(FILE *file, json_t *value, int digits)
{
    /* What jansson cannot write to the file shows in ferror(); only memory is told apart here. */
    if (!value) {
        complain("not enough memory for an answer");
        return false;
    }
    (void)json_dumpf(value, file, JSON_COMPACT | JSON_REAL_PRECISION(digits));
    putc('\n', file);
    json_decref(value);
    return true;
}
