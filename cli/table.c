/*
 * Tables are written row by row while the work goes on, so the widths of columns are known or
 * guessed before; a cell that is wider pushes the rest of its row. CSV follows RFC 4180, with line
 * feeds alone as every Unix tool has it.
 */
#include "table.h"
#include "text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void column_fit(struct column *column, const char *text)
{
    size_t width = text_width(text);
    if (width > column->width)
        column->width = width;
}

static bool is_shown(const struct table *table, const struct column *column)
{
    return column->side == COLUMN_BOTH ||
           (column->side == COLUMN_TABLE) == (table->format == FORMAT_TABLE);
}

static void put_padding(size_t columns)
{
    while (columns--)
        putchar(' ');
}

static void put_csv(const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void put_cell(struct table *table, const struct column *column, const char *text)
{
    if (table->format == FORMAT_CSV) {
        if (table->line)
            putchar(',');
        put_csv(text);
        table->line = true;
        return;
    }
    size_t width = text_width(text);
    size_t pad = width < column->width ? column->width - width : 0;
    put_padding(table->pad + (table->line ? 2 : 0) + (column->right ? pad : 0));
    text_print(stdout, text);
    table->pad = column->right ? 0 : pad; /* not written behind the last cell */
    table->line = true;
}

static void end_line(struct table *table)
{
    putchar('\n');
    table->line = false;
    table->pad = 0;
    table->next = 0;
}

static void begin(struct table *table)
{
    table->begun = true;
    for (size_t i = 0; i < table->count; i++) {
        struct column *column = &table->columns[i];
        char title[64] = "";
        for (size_t j = 0; column->key[j] && j + 1 < sizeof title; j++)
            title[j] = table->format == FORMAT_CSV ? column->key[j]
                       : column->key[j] == '_'     ? ' '
                                                   : (char)toupper((unsigned char)column->key[j]);
        if (!is_shown(table, column))
            continue;
        column_fit(column, title);
        put_cell(table, column, title);
    }
    end_line(table);
}

void table_text(struct table *table, const char *text)
{
    if (table->format == FORMAT_JSON)
        return;
    if (!table->begun)
        begin(table);
    const struct column *column = &table->columns[table->next++];
    if (!is_shown(table, column))
        return;
    if (table->format == FORMAT_TABLE && (!text || !*text))
        text = "-";
    put_cell(table, column, text ? text : "");
}

void table_number(struct table *table, double value, int digits, int csv_digits)
{
    char text[64] = "";
    if (isfinite(value))
        snprintf(text, sizeof text, "%.*f", table->format == FORMAT_CSV ? csv_digits : digits,
                 value);
    table_text(table, text);
}

void table_rate(struct table *table, double value)
{
    char text[32] = "";
    if (isfinite(value))
        snprintf(text, sizeof text, "%.*g", table->format == FORMAT_CSV ? 6 : 2, value);
    table_text(table, text);
}

void table_whole(struct table *table, long long value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", value);
    table_text(table, text);
}

void table_end(struct table *table)
{
    if (table->format != FORMAT_JSON)
        end_line(table);
}

void table_finish(struct table *table)
{
    if (!table->begun && table->format != FORMAT_JSON)
        begin(table);
}
