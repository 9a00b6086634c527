/*
 * The word that was probably meant: the nearest by edit distance, with two neighbours swapped
 * counted as one edit (the distance of optimal string alignment). A word that begins with what was
 * typed is near as well.
 */
#include "command.h"

#include <string.h>

#define WORD_MAX 32

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t edits(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > WORD_MAX || m > WORD_MAX)
        return WORD_MAX;
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[m];
}

const char *suggest(const char *wrong, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t length = strlen(wrong), best_edits = 1 + length / 3;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edits(wrong, words[i]);
        if (length >= 3 && !strncmp(wrong, words[i], length))
            distance = 1;
        if (distance <= best_edits && (!best || distance < best_edits)) {
            best = words[i];
            best_edits = distance;
        }
    }
    return best;
}
